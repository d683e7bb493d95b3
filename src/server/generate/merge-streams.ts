// Several streams as one: each event as it arrives. Leaving early ends all of them.

export function mergeStreams<T>(streams: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const [only] = streams
  return only !== undefined && streams.length === 1 ? only : merged(streams)
}

async function* merged<T>(streams: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = async (stream: AsyncGenerator<T>) => ({ stream, result: await stream.next() })
  const waiting = new Map(streams.map((stream) => [stream, next(stream)]))
  try {
    while (waiting.size > 0) {
      const { stream, result } = await Promise.race(waiting.values())
      // and to the end of the line, so a fast stream does not overtake the others
      waiting.delete(stream)
      if (result.done) continue
      yield result.value
      waiting.set(stream, next(stream))
    }
  } finally {
    for (const stream of streams) stream.return(undefined).catch(() => {})
  }
}
