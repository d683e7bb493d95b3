// What the engine tells of itself while it works: what each slot holds, how much was computed, how far a request is. Plain data.
import type { Timings } from './timings.ts'

/** A slot as it is. Of an idle one only `nCells` says something: what it keeps for the next prompt that begins alike. */
export type SlotState = {
  /** Its task; null while it is idle. */
  readonly taskId: number | null
  /** Tokens in its part of the KV cache. */
  readonly nCells: number
  /** Prompt tokens of the task, after truncation. */
  readonly nPrompt: number
  /** How many of them came from the cache. */
  readonly nCached: number
  /** Tokens generated so far. */
  readonly nPredicted: number
}

/** What is new of a slot since it was told last. */
export type SlotChange = { readonly id: number } & Partial<SlotState>

/** One call of `llama_decode`. */
export type StepWork = {
  /** How long it took, sampling not included. */
  readonly ms: number
  readonly nRows: number
  /** How many of the rows are tokens of prompts, or of texts to embed. */
  readonly nPromptRows: number
  /** Tokens that came out of it. */
  readonly nGenerated: number
  /** Slots with a task, whether they had rows or not; where texts are embedded, how many had rows. */
  readonly nBusy: number
}

/** Told only of tasks that want it, until their first token. */
export type ProgressEvent =
  /** Its place among the waiting, from 1; sent when it changes. */
  | { readonly kind: 'queued'; readonly taskId: number; readonly position: number; readonly nWaiting: number }
  /** Sent when it gets a slot, and after each step with rows of its prompt: `timings.nPrompt` counts those. */
  | {
      readonly kind: 'prefill'
      readonly taskId: number
      readonly slotId: number
      /** Tokens of the prompt, cached ones too. */
      readonly nTotal: number
      readonly timings: Timings
    }
