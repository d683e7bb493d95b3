// A growing text as blocks: those before the last never change again, so only the last is read anew.
import { lex } from './lexer.ts'

export class GrowingBlocks {
  #text = ''
  #closed: readonly string[] = []
  /** Where the last block begins. */
  #start = 0

  /**
   * The source of each block. What `text` begins with is kept where it is what was given before, else all is read anew.
   * @returns the same array items for blocks that are closed.
   */
  read(text: string): readonly string[] {
    if (!text.startsWith(this.#text)) {
      this.#closed = []
      this.#start = 0
    }
    this.#text = text
    const tail = text.slice(this.#start)
    const blocks = splitBlocks(tail)
    const last = blocks.at(-1)
    if (last === undefined) return this.#closed
    const all = [...this.#closed, ...blocks]
    // marked drops blanks here and there, so the place of the last block is counted from the end
    if (blocks.length > 1 && tail.endsWith(last)) {
      this.#closed = all.slice(0, -1)
      this.#start = text.length - last.length
    }
    return all
  }
}

/** Blocks with the blank lines that follow them: joined they are the text, but for some blanks. */
function splitBlocks(text: string): readonly string[] {
  const blocks: string[] = []
  for (const { type, raw } of lex(text)) {
    if (type === 'space' && blocks.length > 0) blocks[blocks.length - 1] += raw
    else blocks.push(raw)
  }
  return blocks
}
