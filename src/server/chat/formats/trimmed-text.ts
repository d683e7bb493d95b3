// Text without the blanks at its ends that belong to the format: blanks are withheld until more
// text follows.
export class TrimmedText {
  #isBegun: boolean
  #held = ''

  /** @param trimsStart whether blanks at the start are dropped too. */
  constructor(trimsStart: boolean) {
    this.#isBegun = !trimsStart
  }

  push(text: string): string {
    const all = this.#held + text
    const begun = this.#isBegun ? all : all.trimStart()
    const end = begun.trimEnd().length
    if (end > 0) this.#isBegun = true
    this.#held = end > 0 || this.#isBegun ? begun.slice(end) : ''
    return begun.slice(0, end)
  }

  /** The withheld blanks at the end, for a text that nothing follows. */
  get held(): string {
    return this.#held
  }
}
