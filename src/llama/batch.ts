// The rows of one llama_decode. The memory is the library's own: the address of a JavaScript array
// is not stable.
import koffi from 'koffi'
import { assert } from '../base/assert.ts'
import type { Pointer } from './structs.ts'
import type { Symbols } from './symbols.ts'

export type BatchRow = {
  readonly token: number
  readonly pos: number
  readonly seqId: number
  /** Whether the logits after this row are needed. */
  readonly wantsLogits: boolean
}

export class Batch {
  readonly capacity: number
  /** `llama_batch` as it is passed by value. */
  readonly record: Record<string, unknown>
  readonly #symbols: Symbols
  readonly #token: Int32Array
  readonly #pos: Int32Array
  readonly #seqIds: readonly Int32Array[]
  readonly #logits: Int8Array

  /** @param capacity the maximum number of rows; each belongs to one sequence. */
  constructor(symbols: Symbols, capacity: number) {
    this.#symbols = symbols
    this.capacity = capacity
    this.record = symbols.llama_batch_init(capacity, 0, 1)
    const view = (field: string, bytes: number) => koffi.view(this.record[field] as Pointer, bytes)
    this.#token = new Int32Array(view('token', capacity * 4))
    this.#pos = new Int32Array(view('pos', capacity * 4))
    this.#logits = new Int8Array(view('logits', capacity))
    new Int32Array(view('n_seq_id', capacity * 4)).fill(1)
    // one small array of ids per row
    const pointers = new BigUint64Array(view('seq_id', capacity * 8))
    this.#seqIds = Array.from(pointers, (pointer) => new Int32Array(koffi.view(pointer, 4)))
  }

  fill(rows: readonly BatchRow[]): void {
    assert(rows.length > 0 && rows.length <= this.capacity, `a batch of ${rows.length} rows, capacity ${this.capacity}`)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      this.#token[i] = row.token
      this.#pos[i] = row.pos
      this.#seqIds[i]![0] = row.seqId
      this.#logits[i] = row.wantsLogits ? 1 : 0
    }
    this.record.n_tokens = rows.length
  }

  free(): void {
    this.#symbols.llama_batch_free(this.record)
  }
}
