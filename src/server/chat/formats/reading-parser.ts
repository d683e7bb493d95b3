// A parser that is a reading: straight-line code over a text that arrives in deltas.
import { type ChatDelta, type ChatParser, more, type Reading } from './chat-parser.ts'
import { TextReader } from './text-reader.ts'

/**
 * Runs a reading over a text that arrives in deltas. What a reading leaves unread when it returns
 * is text.
 */
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

/** Neighbouring deltas of one part become one delta. */
function append(deltas: ChatDelta[], next: ChatDelta): void {
  const last = deltas.at(-1)
  if (last === undefined || !('delta' in last) || !('delta' in next) || last.kind !== next.kind) deltas.push(next)
  else if (last.kind !== 'tool-arguments' || next.kind !== 'tool-arguments' || last.index === next.index) {
    deltas[deltas.length - 1] = { ...last, delta: last.delta + next.delta }
  } else deltas.push(next)
}
