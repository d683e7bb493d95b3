// The rows of one llama_decode that are embeddings rather than tokens: an image in the space of the
// text model's tokens.
import koffi from 'koffi'
import type { Pointer } from './structs.ts'

/**
 * Positions in several dimensions, in the layout of a batch: all first components, then all second,
 * third, fourth (time, row, column, and one more), each as many as the image has rows. With its
 * first row at position p they are `atZero + p × slope`.
 */
export type MropePositions = { readonly atZero: Int32Array; readonly slope: Int32Array }

/** The rows [start, start + nRows) of an image. */
export type EmbeddingRows = {
  readonly seqId: number
  /** Of the image's first row; without `positions` the other rows follow it. */
  readonly pos: number
  readonly start: number
  readonly nRows: number
  /** Of the whole image: a row has the model's input width. */
  readonly embeddings: Float32Array
  /** Of the whole image. */
  readonly positions: MropePositions | undefined
  /** Whether the rows attend to those after them: the batch must then contain all rows. */
  readonly isNonCausal: boolean
  /** Whether the logits after the last of these rows are needed. */
  readonly wantsLogits: boolean
}

/**
 * `llama_batch` in memory of its own: `llama_batch_init` has no room for positions in several
 * dimensions.
 */
export class EmbeddingBatch {
  readonly record: Record<string, unknown>
  readonly #memory: unknown[] = []

  /** @param width the length of a row. */
  constructor(rows: EmbeddingRows, width: number) {
    const { seqId, start, nRows, embeddings, wantsLogits } = rows
    const logits = new Int8Array(nRows)
    if (wantsLogits) logits[nRows - 1] = 1
    const seqIds = this.#copy(Int32Array.of(seqId))
    this.record = {
      n_tokens: nRows,
      token: null,
      embd: this.#copy(embeddings.subarray(start * width, (start + nRows) * width)),
      pos: this.#copy(placesOf(rows)),
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

function placesOf({ pos, start, nRows, positions }: EmbeddingRows): Int32Array {
  if (positions === undefined) return Int32Array.from({ length: nRows }, (_, i) => pos + start + i)
  const { atZero, slope } = positions
  const nAll = atZero.length / 4
  return Int32Array.from({ length: 4 * nRows }, (_, i) => {
    const at = Math.floor(i / nRows) * nAll + start + (i % nRows)
    return atZero[at]! + pos * slope[at]!
  })
}
