// One input whose vector is being computed: its tokens, and their progress. Knows no context.
import { assert } from '../../base/assert.ts'
import type { EmbeddingInput, EmbeddingTask } from '../../protocol/embedding.ts'
import type { TaskImage } from '../../protocol/image.ts'
import { ImagePlaces } from '../image-places.ts'

/**
 * The tokens that must be computed, and those that output vectors. `whole`: the tokens attend to
 * each other, so all are computed in one step, and all output vectors. Otherwise a token attends
 * only to those before it, and `first`, `last`, `all` name the tokens that count: those after the
 * first one change nothing, and those before the last one are needed only as memory.
 */
export type RowsThatCount = 'whole' | 'first' | 'last' | 'all'

export class EmbeddingJob {
  readonly taskId: number
  /** The index of the input in the task. */
  readonly index: number
  readonly tokens: readonly number[]
  readonly adapterScales: readonly number[]
  readonly adapters: string
  readonly images: ImagePlaces
  /** Whether it is computed in one step. */
  readonly isWhole: boolean
  /** Tokens [0, nNeeded) are computed, and those from `firstWanted` on output vectors. */
  readonly nNeeded: number
  readonly firstWanted: number
  nComputed = 0
  /** Its sequence in the context while it is being computed. */
  seqId = -1
  /** The step in which it last got rows, for fairness. */
  lastStep = 0

  constructor(task: EmbeddingTask, index: number, { tokens, images }: EmbeddingInput, rows: RowsThatCount) {
    assert(tokens.length > 0, 'an input is empty')
    this.taskId = task.taskId
    this.index = index
    this.tokens = tokens
    this.adapterScales = task.adapterScales
    this.adapters = task.adapterScales.join()
    this.images = new ImagePlaces(images)
    this.isWhole = rows === 'whole'
    this.nNeeded = rows === 'first' ? this.#firstPart() : tokens.length
    this.firstWanted = rows === 'last' ? this.#lastPart() : 0
  }

  get isDone(): boolean {
    return this.nComputed === this.nNeeded
  }

  /** Whether the next tokens output vectors. */
  get isAtVectors(): boolean {
    return this.nComputed >= this.firstWanted
  }

  /** The image whose rows are next, if an image is. */
  get nextImage(): TaskImage | undefined {
    return this.images.at(this.nComputed)
  }

  /** The number of tokens of one kind that can follow in one step. */
  get nNext(): number {
    const end = this.isAtVectors ? this.nNeeded : this.firstWanted
    return Math.min(end, this.images.boundaryAfter(this.nComputed, this.tokens.length)) - this.nComputed
  }

  /** Position of a token: images may take fewer positions than they have rows. */
  position(index: number): number {
    return index - this.images.nPositionsSaved(index)
  }

  /** An image whose rows attend to each other is computed as a whole and cannot be cut. */
  #firstPart(): number {
    const image = this.images.at(0)
    return image?.isNonCausal ? image.nTokens : 1
  }

  #lastPart(): number {
    const image = this.images.at(this.tokens.length - 1)
    return image?.isNonCausal ? image.start : this.tokens.length - 1
  }
}
