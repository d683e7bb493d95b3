// Combines the vectors of a text's tokens, as they are computed, into the answer. Knows no model.
import { assert } from '../../base/assert.ts'
import type { Pooling } from '../../protocol/embedding.ts'

/** Pooling that is done here: a reranker's head is part of its model. */
export type RowPooling = Exclude<Pooling, 'rank'>

export class RowPool {
  readonly #pooling: RowPooling
  readonly #nTokens: number
  readonly #width: number
  readonly #kept: Float32Array
  readonly #sums: Float64Array

  /** @param width the length of a vector. */
  constructor(pooling: RowPooling, nTokens: number, width: number) {
    this.#pooling = pooling
    this.#nTokens = nTokens
    this.#width = width
    this.#kept = new Float32Array(pooling === 'none' ? nTokens * width : width)
    // in double precision, the order of chunks does not show
    this.#sums = new Float64Array(pooling === 'mean' ? width : 0)
  }

  /** @param vectors of the tokens from `start` on, one after the other; copied. */
  add(start: number, vectors: Float32Array): void {
    const nRows = vectors.length / this.#width
    assert(start >= 0 && start + nRows <= this.#nTokens, `rows [${start}, ${start + nRows}) of ${this.#nTokens}`)
    switch (this.#pooling) {
      case 'none':
        this.#kept.set(vectors, start * this.#width)
        break
      case 'mean':
        for (let i = 0; i < vectors.length; i++) this.#sums[i % this.#width]! += vectors[i]!
        break
      case 'cls':
        if (start === 0) this.#kept.set(vectors.subarray(0, this.#width))
        break
      case 'last':
        if (start + nRows === this.#nTokens) this.#kept.set(vectors.subarray(vectors.length - this.#width))
        break
    }
  }

  /** Call it once all tokens that count have been added. */
  result(): Float32Array {
    return this.#pooling === 'mean' ? Float32Array.from(this.#sums, (sum) => sum / this.#nTokens) : this.#kept
  }
}
