// What the server asks of the engine beside generations: vectors of texts, and scores of pairs of texts. Plain data.
import type { ErrorRecord } from '../base/errors.ts'
import type { TaskImage } from './image.ts'

/** How the vectors of a text's tokens become what is answered: all of them, one of them, their mean, or a reranker's score. */
export type Pooling = 'none' | 'mean' | 'cls' | 'last' | 'rank'

/** What the command line asks for. */
export type EmbeddingOptions = {
  /** Undefined: as the model's file says. */
  readonly pooling: Pooling | undefined
}

/** What is known once the model is there. */
export type EmbeddingInfo = {
  readonly pooling: Pooling
  /** Length of a vector. */
  readonly width: number
  /** The most tokens of one input. */
  readonly maxTokens: number
  /** What sets that: the context (-c), how many rows are computed at once (-ub), or the model. */
  readonly limit: 'context' | 'batch' | 'model'
  /** What the context takes beside the model. */
  readonly memoryMiB: number
}

/** Token ids, at least one; virtual ones in the place of images. */
export type EmbeddingInput = { readonly tokens: readonly number[]; readonly images: readonly TaskImage[] }

export type EmbeddingTask = {
  readonly kind: 'embed'
  readonly taskId: number
  /** At least one, none longer than `maxTokens`. */
  readonly inputs: readonly EmbeddingInput[]
  readonly adapterScales: readonly number[]
}

/** One `embedding` for each input, in any order; or an `error`, and nothing after it. */
export type EmbeddingEvent =
  | {
      readonly kind: 'embedding'
      readonly taskId: number
      /** Which input. */
      readonly index: number
      /** Pooling none: the vectors of all tokens, one after the other. Rank: the scores of the head. */
      readonly vector: Float32Array
    }
  | { readonly kind: 'error'; readonly taskId: number; readonly error: ErrorRecord }
