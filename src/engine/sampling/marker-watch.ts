// Waits for a text of a fixed list in the pieces of tokens. Compares bytes: a piece may end inside
// a character.
export class MarkerWatch {
  readonly #markers: readonly string[]
  readonly #maxKept: number
  #tail = ''

  /** @param markers none is empty. */
  constructor(markers: readonly string[]) {
    this.#markers = markers.map((marker) => Buffer.from(marker, 'utf8').toString('latin1'))
    this.#maxKept = Math.max(0, ...this.#markers.map((marker) => marker.length)) - 1
  }

  /**
   * @returns the text from the first marker to the end of the piece that completed it; undefined
   *   while there is none.
   */
  push(piece: Uint8Array): string | undefined {
    const text = this.#tail + Buffer.from(piece).toString('latin1')
    const found = this.#markers.map((marker) => text.indexOf(marker)).filter((at) => at >= 0)
    if (found.length > 0) return Buffer.from(text.slice(Math.min(...found)), 'latin1').toString('utf8')
    this.#tail = this.#maxKept > 0 ? text.slice(-this.#maxKept) : ''
    return undefined
  }
}
