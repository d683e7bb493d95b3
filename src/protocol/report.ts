// The engine's reports while it works: the contents of each slot, the amount computed, the progress
// of each request. Plain data.
import type { Timings } from './timings.ts'

/**
 * The state of a slot. For an idle slot only `nCells` is meaningful: the cells kept for the next
 * prompt that begins alike.
 */
export type SlotState = {
  /** Its task; null while it is idle. */
  readonly taskId: number | null
  /** Tokens in its part of the KV cache. */
  readonly nCells: number
  /** Prompt tokens of the task, after truncation. */
  readonly nPrompt: number
  /** The number of prompt tokens that came from the cache. */
  readonly nCached: number
  /** Tokens generated so far. */
  readonly nPredicted: number
}

/** The fields of a slot that have changed since the last report. */
export type SlotChange = { readonly id: number } & Partial<SlotState>

/** One call of `llama_decode`. */
export type StepWork = {
  /** Its duration, without sampling. */
  readonly ms: number
  readonly nRows: number
  /** The number of rows that are tokens of prompts, or of texts to embed. */
  readonly nPromptRows: number
  /** The number of tokens that came out of it. */
  readonly nGenerated: number
  /**
   * The number of slots with a task, whether or not they had rows; where texts are embedded, those
   * with rows.
   */
  readonly nBusy: number
}

/** Sent only for tasks that ask for it, until their first token. */
export type ProgressEvent =
  /** Its place in the queue, from 1; sent when it changes. */
  | { readonly kind: 'queued'; readonly taskId: number; readonly position: number; readonly nWaiting: number }
  /**
   * Sent when it gets a slot, and after each step with rows of its prompt: `timings.nPrompt` counts
   * those.
   */
  | {
      readonly kind: 'prefill'
      readonly taskId: number
      readonly slotId: number
      /** Tokens of the prompt, cached ones included. */
      readonly nTotal: number
      readonly timings: Timings
    }
