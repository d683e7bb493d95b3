// Generated text → the parts of an answer. A parser is pure, knows no request, and may be fed a text cut anywhere.
import { TextReader } from './text-reader.ts'

/** A step of an answer. Concatenated, the deltas of a part are the part. */
export type ChatDelta =
  | { readonly kind: 'text' | 'reasoning'; readonly delta: string }
  /** `id` is undefined where the format has no ids. */
  | { readonly kind: 'tool-start'; readonly index: number; readonly id: string | undefined; readonly name: string }
  /** The arguments as JSON text: those of a call together are one object, unless the answer is cut off. */
  | { readonly kind: 'tool-arguments'; readonly index: number; readonly delta: string }
  | { readonly kind: 'tool-end'; readonly index: number }

export interface ChatParser {
  push(text: string): readonly ChatDelta[]
  /** The text is over: returns what was held back. */
  finish(): readonly ChatDelta[]
}

/** Yielded by a reading that cannot go on without more text. */
export const more = Symbol('more text')

/** A parser as straight-line code: it reads, yields deltas, and yields `more` where the text ends too early. */
export type Reading<T = void> = Generator<ChatDelta | typeof more, T, void>

/** Turns a piece of text into deltas; none, where the text is only collected. */
export type Emit = (text: string) => Iterable<ChatDelta | typeof more>

/** Runs a reading over a text that arrives in pieces. What a reading leaves unread when it returns is text. */
export class ReadingParser implements ChatParser {
  readonly #reader = new TextReader()
  readonly #reading: Reading

  constructor(read: (reader: TextReader) => Reading) {
    this.#reading = read(this.#reader)
  }

  push(text: string): readonly ChatDelta[] {
    this.#reader.append(text)
    return this.#run()
  }

  finish(): readonly ChatDelta[] {
    this.#reader.end()
    return this.#run()
  }

  #run(): readonly ChatDelta[] {
    const deltas: ChatDelta[] = []
    for (;;) {
      const { value, done } = this.#reading.next()
      if (done === true) {
        const rest = this.#reader.takeAll()
        if (rest !== '') append(deltas, { kind: 'text', delta: rest })
        return deltas
      }
      if (value === more) return deltas
      append(deltas, value)
    }
  }
}

/** Neighbouring pieces of one part become one delta. */
function append(deltas: ChatDelta[], next: ChatDelta): void {
  const last = deltas.at(-1)
  if (last === undefined || !('delta' in last) || !('delta' in next) || last.kind !== next.kind) deltas.push(next)
  else if (last.kind !== 'tool-arguments' || next.kind !== 'tool-arguments' || last.index === next.index) {
    deltas[deltas.length - 1] = { ...last, delta: last.delta + next.delta }
  } else deltas.push(next)
}
