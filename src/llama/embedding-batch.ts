// The rows of one llama_decode that are embeddings and no tokens: an image in the text model's place for words.
import koffi from 'koffi'
import type { Pointer } from './structs.ts'

/**
 * Positions in several dimensions, as a batch takes them: all first components, then all second, third, fourth (time, row,
 * column, and one more). With the image's first row at position p they are `atZero + p × slope`.
 */
export type MropePositions = { readonly atZero: Int32Array; readonly slope: Int32Array }

export type EmbeddingRows = {
  readonly seqId: number
  /** Of the first row; without `positions` the others follow. */
  readonly pos: number
  readonly nRows: number
  /** nRows × the model's input width. */
  readonly embeddings: Float32Array
  readonly positions: MropePositions | undefined
  /** Whether the rows see those after them: all must be here then. */
  readonly isNonCausal: boolean
  /** Whether the logits after the last row are wanted. */
  readonly wantsLogits: boolean
}

/** `llama_batch` in memory of its own: `llama_batch_init` has no room for positions in several dimensions. */
export class EmbeddingBatch {
  readonly record: Record<string, unknown>
  readonly #memory: unknown[] = []

  constructor({ seqId, pos, nRows, embeddings, positions, wantsLogits }: EmbeddingRows) {
    const places =
      positions === undefined
        ? Int32Array.from({ length: nRows }, (_, i) => pos + i)
        : positions.atZero.map((at, i) => at + pos * positions.slope[i]!)
    const logits = new Int8Array(nRows)
    if (wantsLogits) logits[nRows - 1] = 1
    const seqIds = this.#copy(Int32Array.of(seqId))
    this.record = {
      n_tokens: nRows,
      token: null,
      embd: this.#copy(embeddings),
      pos: this.#copy(places),
      n_seq_id: this.#copy(new Int32Array(nRows).fill(1)),
      seq_id: this.#copy(new BigUint64Array(nRows).fill(seqIds)),
      logits: this.#copy(logits),
    }
  }

  #copy(values: Float32Array | Int32Array | Int8Array | BigUint64Array): Pointer {
    const pointer = koffi.alloc('uint8_t', values.byteLength) as Pointer
    this.#memory.push(pointer)
    new Uint8Array(koffi.view(pointer, values.byteLength)).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    )
    return pointer
  }

  free(): void {
    for (const pointer of this.#memory) koffi.free(pointer)
  }
}
