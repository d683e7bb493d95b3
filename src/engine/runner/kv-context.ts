// What the engine needs of a context with a KV cache. libllama's (`Context` in src/llama/context.ts) and the tests' fake have it;
// the runner is the only one who calls what changes cells.
import type { EmbeddingRows } from '../../llama/embedding-batch.ts'
import type { StepRow } from '../scheduler/step.ts'

/** The code of `decode` for a cache that is full. */
export const noRoom = 1

export interface KvContext {
  /** Tokens of context of one stream. */
  readonly nCtxSeq: number
  /** The most rows that are computed together. */
  readonly nUbatch: number
  /** Copies between streams wait for the next decode. */
  readonly hasPendingCopies: boolean

  /** How strongly each LoRA adapter is applied to the rows of the decodes that follow. */
  setAdapterScales(scales: readonly number[]): void
  /** @returns 0 when the rows are computed; `noRoom` when the cache has none for them; else why not, in libllama's numbers. */
  decode(rows: readonly StepRow[]): number
  /** Computes rows of an image, as `decode` does. */
  decodeEmbeddings(rows: EmbeddingRows): number

  /** @returns false when the memory cannot be cut there; nothing has changed then. A whole stream can always be removed. */
  remove(streamId: number, start: number, end: number): boolean
  copy(from: number, to: number): void
  shift(streamId: number, start: number, end: number, delta: number): void
  divide(streamId: number, start: number, end: number, divisor: number): void
  /** Has the copies made that wait, by a decode in an empty stream, which is empty afterwards. */
  settleCopies(streamId: number): void

  /** -1 when the stream is empty. */
  lastPosition(streamId: number): number
  stateBytes(streamId: number): number
  /** @throws RangeError without memory for it. */
  state(streamId: number): Uint8Array
  /** Fills an empty stream. @returns why not, when the state does not fit; the stream is empty then. */
  setState(streamId: number, state: Uint8Array): string | undefined
}
