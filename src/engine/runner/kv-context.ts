// The engine's port to a context with a KV cache. libllama's (`Context` in src/llama/context.ts)
// and the tests' fake implement it; only the runner calls the methods that change cells.
import type { EmbeddingRows } from '../../llama/embedding-batch.ts'
import type { StepRow } from '../scheduler/step.ts'

/** The code of `decode` for a full cache. */
export const noRoom = 1

export interface KvContext {
  /** Tokens of context of one stream. */
  readonly nCtxSeq: number
  /** The maximum number of rows that are computed together. */
  readonly nUbatch: number
  /** Copies between streams wait for the next decode. */
  readonly hasPendingCopies: boolean

  /** Sets the scale of each LoRA adapter for the rows of the following decodes. */
  setAdapterScales(scales: readonly number[]): void
  /**
   * @returns 0 when the rows are computed; `noRoom` when the cache has no room for them; otherwise
   *   libllama's error code.
   */
  decode(rows: readonly StepRow[]): number
  /** Computes rows of an image, as `decode` does. */
  decodeEmbeddings(rows: EmbeddingRows): number

  /**
   * @returns false when the memory cannot be cut there; nothing has changed then. A whole stream
   *   can always be removed.
   */
  remove(streamId: number, start: number, end: number): boolean
  copy(from: number, to: number): void
  shift(streamId: number, start: number, end: number, delta: number): void
  divide(streamId: number, start: number, end: number, divisor: number): void
  /** Carries out pending copies, by a decode in an empty stream, which is empty afterwards. */
  settleCopies(streamId: number): void

  /** -1 when the stream is empty. */
  lastPosition(streamId: number): number
  stateBytes(streamId: number): number
  /** @throws RangeError when there is not enough memory for it. */
  state(streamId: number): Uint8Array
  /**
   * Fills an empty stream. @returns the reason when the state does not fit; the stream is empty
   * then.
   */
  setState(streamId: number, state: Uint8Array): string | undefined
}
