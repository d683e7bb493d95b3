// The engine's answers. Plain data, no behaviour: it crosses a process boundary as JSON.
import type { ErrorRecord } from '../base/errors.ts'
import type { ControlEvent } from './control.ts'
import type { EmbeddingEvent, EmbeddingInfo } from './embedding.ts'
import type { ProgressEvent, SlotChange, StepWork } from './report.ts'
import type { Timings } from './timings.ts'

/** Facts about the engine, known once it can take tasks. */
export type EngineInfo = {
  readonly pid: number
  readonly nSlots: number
  /** Tokens of context of one slot. */
  readonly nCtxSlot: number
  readonly nCtxTrain: number
  readonly nVocab: number
  readonly nEmbd: number
  readonly nParams: number
  readonly sizeBytes: number
  /** Architecture and quantization, as in "llama 135M Q4_1". */
  readonly description: string
  /** The name in the model's file. */
  readonly name: string | undefined
  /** The engine package. */
  readonly backend: string
  /** The device that holds the weights and the cache, as in "NVIDIA L4" or "CPU". */
  readonly device: string
  /** The reasons why installed GPU packages are not used, a sentence each. */
  readonly gpuProblems: readonly string[]
  /** Memory of the context beside the weights: its cache and its compute buffers. */
  readonly contextMiB: number
  readonly threads: { readonly forTokens: number; readonly forPrompts: number }
  /** The LoRA adapters, as their files describe them. */
  readonly adapters: readonly { readonly taskName: string; readonly promptPrefix: string }[]
  readonly canShift: boolean
  readonly canCut: boolean
  /** Whether it generates text; a model that only encodes has no slots. */
  readonly generates: boolean
  /** Undefined without --embedding, or when ranking was requested and the model cannot rank. */
  readonly embeddings: EmbeddingInfo | undefined
}

export type TopToken = {
  readonly token: number
  /** Probability after the sampling chain; at temperature 0, of the raw logits. */
  readonly prob: number
  readonly bytes: readonly number[]
}

export type TopLogprob = { readonly token: number; readonly logprob: number; readonly bytes: readonly number[] }

/**
 * A generated token with the probabilities that the model gave. Logprobs are natural logarithms
 * over the raw logits.
 */
export type TokenProbs = {
  readonly token: number
  readonly bytes: readonly number[]
  readonly logprob: number
  /** Its probability after the sampling chain. */
  readonly prob: number
  readonly probs: readonly TopToken[]
  readonly topLogprobs: readonly TopLogprob[]
}

/**
 * A token of the prompt with what the model thought of it. `rank` 1 is the likeliest; the first
 * token comes after none.
 */
export type PromptTokenProbs = {
  readonly token: number
  readonly bytes: readonly number[]
  readonly logprob: number
  readonly rank: number
  readonly topLogprobs: readonly TopLogprob[]
}

export type FinishReason = 'eos' | 'word' | 'limit'

export type Generated = {
  /** Text that is whole: no half character, no part of a stop string. May be empty. */
  readonly text: string
  readonly tokens: readonly number[]
  /** One entry per token of `tokens` when the task asked for probabilities, else empty. */
  readonly probs: readonly TokenProbs[]
}

export type GenerationEvent =
  | ({ readonly kind: 'text'; readonly taskId: number; readonly slotId: number; readonly timings: Timings } & Generated)
  | ({
      readonly kind: 'finish'
      readonly taskId: number
      readonly slotId: number
      readonly reason: FinishReason
      readonly stoppingWord: string
      /** All tokens of the computed prompt, after truncation; cached ones count. */
      readonly nPromptTokens: number
      /** Tokens in the slot's cache at the end. */
      readonly nPast: number
      readonly truncated: boolean
      readonly timings: Timings
    } & Generated)
  /**
   * The next tokens of a prompt whose task asked for their probabilities; the first that has one is
   * its second.
   */
  | {
      readonly kind: 'prompt'
      readonly taskId: number
      readonly slotId: number
      readonly probs: readonly PromptTokenProbs[]
    }
  | { readonly kind: 'error'; readonly taskId: number; readonly error: ErrorRecord }
  | ProgressEvent

export type TaskEvent = GenerationEvent | EmbeddingEvent

/** All results of one step. */
export type StepMessage = {
  readonly kind: 'step'
  readonly events: readonly TaskEvent[]
  readonly slots: readonly SlotChange[]
  /** null: nothing was computed. */
  readonly work: StepWork | null
}

/** Messages that the engine process writes to its pipe. */
export type FromEngine =
  | { readonly kind: 'loading'; readonly progress: number }
  | { readonly kind: 'ready'; readonly info: EngineInfo }
  | { readonly kind: 'failed'; readonly message: string }
  /** A warning of ours, for whoever started the server; `log` is libllama's. */
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }
  | StepMessage
  /** It is between two steps, or idle. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'control'; readonly event: ControlEvent }
