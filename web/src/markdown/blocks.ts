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
    if (blocks.length > 1) {
      const done = blocks.slice(0, -1)
      this.#closed = [...this.#closed, ...done]
      this.#start += done.reduce((sum, block) => sum + block.length, 0)
    }
    const last = blocks.at(-1)
    return last === undefined ? this.#closed : [...this.#closed, last]
  }
}

/** Blocks with the blank lines that follow them: joined they are the text. */
function splitBlocks(text: string): readonly string[] {
  const blocks: string[] = []
  for (const { type, raw } of lex(text)) {
    if (type === 'space' && blocks.length > 0) blocks[blocks.length - 1] += raw
    else blocks.push(raw)
  }
  return blocks
}
