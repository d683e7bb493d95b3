// Events of a request → the answer: one object, or wire events as they come.
import { type Answer, type Framing, json, type WireEvent } from './handler.ts'

/** Writes the events of one request in one dialect. */
export interface ReplyWriter<E> {
  whole(events: readonly E[]): object
  push(event: E): Iterable<WireEvent>
  /** Called after the last event. */
  end(): Iterable<WireEvent>
}

type ReplyOptions = {
  readonly stream: boolean
  readonly framing?: Framing
  /** Seconds of silence after which a stream sends a comment; 0 or less: never. */
  readonly ssePingInterval?: number
}

/** @throws the error of the events, if the answer is not a stream. */
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
