// Finds stop strings in text that arrives in pieces, and keeps back what may become one.

export type Scanned = {
  /** How much of all text so far is safe to show, in UTF-16 units from the start. */
  readonly safeEnd: number
  /** The stop string that was found; the text ends before it. */
  readonly word: string | undefined
}

export class StopScanner {
  readonly #words: readonly string[]
  readonly #longest: number
  #tail = ''
  #tailStart = 0

  /** @param words stop strings; empty ones are never found. */
  constructor(words: readonly string[]) {
    this.#words = words.filter((word) => word !== '')
    this.#longest = Math.max(0, ...this.#words.map((word) => word.length))
  }

  /** @param text the next piece; nothing may be pushed after a word was found. */
  push(text: string): Scanned {
    this.#tail += text
    const found = this.#find()
    if (found !== undefined) return { safeEnd: this.#tailStart + found.start, word: found.word }
    const end = this.#tailStart + this.#tail.length
    const held = this.#heldBack()
    const keep = Math.max(held, this.#longest - 1) // what a later piece may still complete
    if (this.#tail.length > keep) {
      this.#tailStart += this.#tail.length - keep
      this.#tail = this.#tail.slice(this.#tail.length - keep)
    }
    return { safeEnd: end - held, word: undefined }
  }

  /** The word that begins first; of two at the same place the longer one. */
  #find(): { start: number; word: string } | undefined {
    let best: { start: number; word: string } | undefined
    for (const word of this.#words) {
      const start = this.#tail.indexOf(word)
      if (start < 0) continue
      const isBetter =
        best === undefined || start < best.start || (start === best.start && word.length > best.word.length)
      if (isBetter) best = { start, word }
    }
    return best
  }

  /** Length of the longest end of the text that is the beginning of a stop string. */
  #heldBack(): number {
    for (let length = Math.min(this.#longest - 1, this.#tail.length); length > 0; length--) {
      const end = this.#tail.slice(this.#tail.length - length)
      if (this.#words.some((word) => word.length > length && word.startsWith(end))) return length
    }
    return 0
  }
}
