// Watches generated text line by line: where a line begins with too few blanks.

export class LineWatch {
  readonly #nIndent: number
  /** Blanks at the start of the line that is being written; undefined: it is past them, or is the first. */
  #nBlanks: number | undefined

  /** @param nIndent the fewest blanks that a line but the first may begin with; 0: any number. */
  constructor(nIndent: number) {
    this.#nIndent = nIndent
  }

  /** @returns where in this text the first line that is indented too little has its first character; undefined: nowhere. */
  push(text: string): number | undefined {
    if (this.#nIndent <= 0) return undefined
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!
      if (char === '\n') this.#nBlanks = 0
      else if (this.#nBlanks === undefined) continue
      else if (char === ' ' || char === '\t') this.#nBlanks++
      else if (this.#nBlanks < this.#nIndent) return i
      else this.#nBlanks = undefined
    }
    return undefined
  }
}
