// A value between blanks that belong to the format: one is dropped at each end. The halves of a
// surrogate pair stay together.
export class PaddedValue {
  readonly #pad: string
  #held = ''
  #isBegun = false

  /** @param pad the blanks; '' if a value stands between its markers without blanks. */
  constructor(pad: string) {
    this.#pad = pad
  }

  /** @returns the part that certainly belongs to the value. */
  push(delta: string): string {
    let text = this.#held + delta
    if (!this.#isBegun) {
      if (text.length < this.#pad.length && this.#pad.startsWith(text)) {
        this.#held = text
        return ''
      }
      if (text.startsWith(this.#pad)) text = text.slice(this.#pad.length)
      this.#isBegun = true
    }
    const nHalf = /[\ud800-\udbff]$/.test(text) ? 1 : 0
    const nHeld = Math.max(overlap(text, this.#pad), nHalf)
    this.#held = text.slice(text.length - nHeld)
    return text.slice(0, text.length - nHeld)
  }

  finish(): string {
    const held = this.#held
    this.#held = ''
    return held === this.#pad ? '' : held
  }
}

/** Length of the longest suffix of `text` that is a prefix of `pad`. */
function overlap(text: string, pad: string): number {
  let n = Math.min(text.length, pad.length)
  while (n > 0 && !pad.startsWith(text.slice(text.length - n))) n--
  return n
}
