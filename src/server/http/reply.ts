// Events of a request → the answer: one object, or wire events as they come.
import { type Answer, type Framing, json, type WireEvent } from './handler.ts'

/** How one dialect writes what happens to one request. */
export interface ReplyWriter<E> {
  whole(events: readonly E[]): object
  push(event: E): Iterable<WireEvent>
  /** Written when the last event has been. */
  end(): Iterable<WireEvent>
}

type ReplyOptions = {
  readonly stream: boolean
  readonly framing?: Framing
  /** Seconds of silence until a stream sends a comment; 0 or less: never. */
  readonly ssePingInterval?: number
}

/** @throws what the events throw, when the answer is not a stream. */
export async function reply<E>(
  events: AsyncIterable<E>,
  writer: ReplyWriter<E>,
  { stream, framing = 'sse', ssePingInterval = 0 }: ReplyOptions,
): Promise<Answer> {
  if (stream) {
    return { kind: 'stream', framing, pingMs: Math.max(0, ssePingInterval * 1000), events: written(events, writer) }
  }
  const all: E[] = []
  for await (const event of events) all.push(event)
  return json(writer.whole(all))
}

async function* written<E>(events: AsyncIterable<E>, writer: ReplyWriter<E>): AsyncGenerator<WireEvent> {
  for await (const event of events) yield* writer.push(event)
  yield* writer.end()
}
