// One turn of the loop as a plain record: the changes of the KV cache, then the rows to compute.
import type { TaskImage } from '../../protocol/image.ts'
import type { CellMove } from '../cache/cell-move.ts'
import type { Sequence } from '../generation/sequence.ts'

export type StepRow = {
  readonly token: number
  readonly pos: number
  readonly seqId: number
  readonly wantsLogits: boolean
}

/** A row whose logits yield a token. */
export type StepOutput = { readonly row: number; readonly slotId: number; readonly sequence: Sequence }

/** A row whose logits judge the next token of a prompt. */
export type PromptRow = { readonly row: number; readonly sequence: Sequence; readonly token: number }

/** Rows of one image; a step with such rows has no others. */
export type ImageRows = {
  readonly image: TaskImage
  /** Position of the image's first row. */
  readonly pos: number
  /** The first of the rows, counted from the image's own first. */
  readonly start: number
  readonly wantsLogits: boolean
}

export type Step = {
  /** `decode`: one row for each running sequence; `prefill`: prompt tokens. */
  readonly kind: 'decode' | 'prefill'
  readonly number: number
  readonly startedAtMs: number
  /** The scale of each adapter for all rows. */
  readonly adapterScales: readonly number[]
  readonly moves: readonly CellMove[]
  readonly rows: readonly StepRow[]
  /** The image behind the rows when they are not tokens. */
  readonly imageRows: ImageRows | undefined
  /** The number of rows of each slot in this step. */
  readonly parts: readonly { readonly slotId: number; readonly sequence: Sequence; readonly nRows: number }[]
  readonly outputs: readonly StepOutput[]
  readonly promptRows: readonly PromptRow[]
  /** Rows whose logits were followed by a token that is known, in the order of their sequences. */
  readonly retakes: readonly StepOutput[]
}
