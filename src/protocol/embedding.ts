// Embedding requests from the server to the engine: vectors of texts, and scores of pairs of texts.
// Plain data.
import type { ErrorRecord } from '../base/errors.ts'
import type { TaskImage } from './image.ts'

/**
 * The way from the vectors of a text's tokens to the answer: all of them, one of them, their mean,
 * or a reranker's score.
 */
export type Pooling = 'none' | 'mean' | 'cls' | 'last' | 'rank'

/** The options from the command line. */
export type EmbeddingOptions = {
  /** Undefined: as the model file specifies. */
  readonly pooling: Pooling | undefined
}

/** Facts that are known once the model is loaded. */
export type EmbeddingInfo = {
  readonly pooling: Pooling
  /** Length of a vector. */
  readonly width: number
  /** The maximum number of tokens of one input. */
  readonly maxTokens: number
  /**
   * The cause of that limit: the context (-c), the number of rows that are computed at once (-ub),
   * or the model.
   */
  readonly limit: 'context' | 'batch' | 'model'
  /** Memory of the context, without the model. */
  readonly memoryMiB: number
}

/** Token ids, at least one; images have virtual ids in their place. */
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
      /** Index of the input. */
      readonly index: number
      /**
       * Pooling none: the vectors of all tokens, one after the other. Rank: the scores of the head.
       */
      readonly vector: Float32Array
    }
  | { readonly kind: 'error'; readonly taskId: number; readonly error: ErrorRecord }
