// The tokens that may come next, as `llama_token_data` records: id int32, logit float, p float, 12
// bytes each. One block of memory that libllama's samplers and ours both work on. Knows no sampler.
import { assert } from '../../base/assert.ts'

const wordsPerRecord = 3

export class Candidates {
  /** The number of valid records, from `start`. */
  size = 0
  /** The first valid record: a sampler may cut at the front. */
  start = 0
  /** Index of the chosen record relative to `start`, -1 before a sampler chose one. */
  selected = -1
  /** Whether the records are in descending order of logit. */
  isSorted = false
  readonly capacity: number
  readonly #ids: Int32Array
  readonly #floats: Float32Array

  /** @param memory room for `memory.byteLength / 12` records. */
  constructor(memory: ArrayBuffer) {
    this.capacity = Math.floor(memory.byteLength / (4 * wordsPerRecord))
    this.#ids = new Int32Array(memory, 0, this.capacity * wordsPerRecord)
    this.#floats = new Float32Array(memory, 0, this.capacity * wordsPerRecord)
  }

  /** All tokens of the vocabulary in the order of their ids. @param logits length nVocab. */
  load(logits: Float32Array): void {
    assert(logits.length <= this.capacity, `${logits.length} logits for ${this.capacity} candidates`)
    const ids = this.#ids
    const floats = this.#floats
    for (let token = 0, word = 0; token < logits.length; token++, word += wordsPerRecord) {
      ids[word] = token
      floats[word + 1] = logits[token]!
    }
    this.start = 0
    this.size = logits.length
    this.selected = -1
    this.isSorted = false
  }

  /** A single token. */
  loadOne(token: number): void {
    this.#ids[0] = token
    this.#floats[1] = 1
    this.start = 0
    this.size = 1
    this.selected = -1
    this.isSorted = false
  }

  token(index: number): number {
    return this.#ids[(this.start + index) * wordsPerRecord]!
  }

  logit(index: number): number {
    return this.#floats[(this.start + index) * wordsPerRecord + 1]!
  }

  setLogit(index: number, logit: number): void {
    this.#floats[(this.start + index) * wordsPerRecord + 1] = logit
  }

  /** A copy of the logits of all valid records. */
  logits(): Float32Array {
    return Float32Array.from({ length: this.size }, (_, i) => this.logit(i))
  }

  /** Index of a token, -1 when it was cut. */
  indexOf(token: number): number {
    if (token < this.size && this.token(token) === token) return token // still in the order of ids
    for (let i = 0; i < this.size; i++) if (this.token(i) === token) return i
    return -1
  }

  /** Removes the records that can never be chosen; if that is all of them, one stays. */
  dropImpossible(): void {
    let n = 0
    for (let i = 0; i < this.size; i++) {
      if (this.logit(i) === Number.NEGATIVE_INFINITY) continue
      this.#ids[(this.start + n) * wordsPerRecord] = this.token(i)
      this.setLogit(n++, this.logit(i))
    }
    this.size = Math.max(Math.min(1, this.size), n)
  }

  /** Sorts the records in descending order of logit. Ties keep their order. */
  sort(): void {
    if (this.isSorted) return
    const order = Array.from({ length: this.size }, (_, i) => i)
    order.sort((a, b) => this.logit(b) - this.logit(a))
    const tokens = order.map((i) => this.token(i))
    const logits = order.map((i) => this.logit(i))
    for (let i = 0; i < this.size; i++) {
      this.#ids[(this.start + i) * wordsPerRecord] = tokens[i]!
      this.setLogit(i, logits[i]!)
    }
    this.isSorted = true
  }

  /** Softmax of the remaining logits, in the order of the records. */
  probabilities(): Float64Array {
    let max = Number.NEGATIVE_INFINITY
    for (let i = 0; i < this.size; i++) max = Math.max(max, this.logit(i))
    const probs = new Float64Array(this.size)
    let sum = 0
    for (let i = 0; i < this.size; i++) {
      probs[i] = max === Number.NEGATIVE_INFINITY ? 0 : Math.exp(this.logit(i) - max)
      sum += probs[i]!
    }
    if (sum > 0) for (let i = 0; i < this.size; i++) probs[i]! /= sum
    return probs
  }
}
