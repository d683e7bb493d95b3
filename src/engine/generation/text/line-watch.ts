// Watches generated text line by line, for a line with too little indentation.

export class LineWatch {
  readonly #nIndent: number
  /** Blanks at the start of the current line; undefined: past them, or in the first line. */
  #nBlanks: number | undefined

  /**
   * @param nIndent the minimum number of blanks at the start of every line except the first; 0: any
   *   number.
   */
  constructor(nIndent: number) {
    this.#nIndent = nIndent
  }

  /**
   * @returns the offset of the first character after the blanks of the first line with too little
   *   indentation; undefined: there is none.
   */
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
