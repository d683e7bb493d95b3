// Encoded images by key; the least recently used one is evicted first. Knows neither images nor
// models.

export class EmbeddingCache {
  readonly maxBytes: number
  #nBytes = 0
  /** In order of last use. */
  readonly #entries = new Map<string, Float32Array>()

  /** @param maxBytes 0 keeps nothing. */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get nBytes(): number {
    return this.#nBytes
  }

  get(key: string): Float32Array | undefined {
    const rows = this.#entries.get(key)
    if (rows === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, rows)
    return rows
  }

  /** Keeps the rows, unless they alone exceed the maximum. */
  set(key: string, rows: Float32Array): void {
    this.#remove(key)
    if (rows.byteLength > this.maxBytes) return
    this.#entries.set(key, rows)
    this.#nBytes += rows.byteLength
    for (const oldest of this.#entries.keys()) {
      if (this.#nBytes <= this.maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    this.#nBytes -= this.#entries.get(key)?.byteLength ?? 0
    this.#entries.delete(key)
  }
}
