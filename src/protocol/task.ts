// What the server asks of the engine. Plain data, no behaviour: it crosses a process boundary as JSON.
import type { SamplerName } from '../options/generation-fields.ts'
import type { KvOverride } from '../options/kv-override.ts'
import type { ControlTask } from './control.ts'
import type { EmbeddingOptions, EmbeddingTask } from './embedding.ts'
import type { TaskImage } from './image.ts'

/** How to load the model and its context. */
export type EngineOptions = {
  readonly modelPath: string
  readonly gpuLayers: number
  readonly mainGpu: number
  readonly tensorSplit: readonly number[]
  readonly mlock: boolean
  readonly mmap: boolean
  readonly numa: 'distribute' | 'isolate' | 'numactl' | undefined
  readonly kvOverrides: readonly KvOverride[]
  /** LoRA adapters to load; tasks say how strongly they are applied. */
  readonly adapterPaths: readonly string[]
  /** Tokens of context in all; 0: the model's own, at most 8192 per slot. */
  readonly nCtx: number
  readonly nBatch: number
  readonly nSlots: number
  /** The slots share one pool of nCtx tokens. */
  readonly kvUnified: boolean
  /** A slot is chosen for its prefix when that is more than this part of the prompt; 0: never. */
  readonly slotPromptSimilarity: number
  readonly nThreads: number
  readonly nThreadsBatch: number
  readonly splitMode: 'none' | 'layer' | 'row'
  readonly nUbatch: number
  readonly typeK: KvType
  readonly typeV: KvType
  readonly flashAttn: 'on' | 'off' | 'auto'
  readonly rope: RopeOptions
  readonly contBatching: boolean
  /** Whether tasks may carry images. */
  readonly takesImages: boolean
  /** Where slots are saved, if they are, and the projector that images are encoded with. */
  readonly slotFiles: { readonly folder: string; readonly projectorPath: string | undefined } | undefined
  /** Undefined: there are none. */
  readonly embeddings: EmbeddingOptions | undefined
  /** Self-extend; factor 1: off. */
  readonly groupAttention: { readonly factor: number; readonly width: number }
  readonly tokenGapMs: number
  /** Which lines of libllama's log are sent. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

export type KvType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0' | 'q4_1' | 'iq4_nl' | 'q5_0' | 'q5_1'

/** Scaling of positions; undefined: as the model has it. */
export type RopeOptions = {
  readonly scaling: 'none' | 'linear' | 'yarn' | undefined
  readonly freqBase: number | undefined
  readonly freqScale: number | undefined
  readonly yarnOrigCtx: number | undefined
  readonly yarnExtFactor: number | undefined
  readonly yarnAttnFactor: number | undefined
  readonly yarnBetaSlow: number | undefined
  readonly yarnBetaFast: number | undefined
}

/** Every sampling parameter, checked, with numbers that libllama takes as they are. */
export type SamplingParams = {
  readonly temperature: number
  readonly dynatempRange: number
  readonly dynatempExponent: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  readonly topNSigma: number
  readonly tfsZ: number
  readonly typicalP: number
  readonly xtcProbability: number
  readonly xtcThreshold: number
  readonly minKeep: number
  readonly samplers: readonly SamplerName[]
  readonly repeatPenalty: number
  readonly repeatLastN: number
  readonly penalizeNl: boolean
  readonly presencePenalty: number
  readonly frequencyPenalty: number
  /** Token ids that the penalties see in place of the prompt. */
  readonly penaltyPrompt: readonly number[] | undefined
  readonly dryMultiplier: number
  readonly dryBase: number
  readonly dryAllowedLength: number
  readonly dryPenaltyLastN: number
  readonly drySequenceBreakers: readonly string[]
  readonly mirostat: 0 | 1 | 2
  readonly mirostatTau: number
  readonly mirostatEta: number
  /** GBNF with a rule `root`; empty: none. */
  readonly grammar: string
  /** Texts that wake the grammar, which begins with them; undefined: it is awake from the first token. */
  readonly grammarTriggers: readonly string[] | undefined
  readonly seed: number
  readonly ignoreEos: boolean
  /** Token id and what is added to its logit; null bans the token. */
  readonly logitBias: readonly (readonly [number, number | null])[]
}

export type GenerationTask = {
  readonly kind: 'generate'
  readonly taskId: number
  /** Token ids of the prompt, BOS included where it belongs; at least one. */
  readonly prompt: readonly number[]
  /** A slot, or -1 for the one that fits best. */
  readonly slotId: number
  readonly cachePrompt: boolean
  /** Leading tokens that are the server's system prompt: used from the cache whatever `cachePrompt` says. */
  readonly nSystem: number
  /** Images in the prompt, in their order; none overlap. A prompt with images neither shifts nor is truncated. */
  readonly images: readonly TaskImage[]
  /** The most tokens to generate; -1 is no limit. */
  readonly nPredict: number
  readonly nKeep: number
  /** How many tokens leave a full context; 0: half of those behind nKeep. */
  readonly nDiscard: number
  /** After so long a prompt that is not computed ends it; 0 or less: never. */
  readonly tMaxPromptMs: number
  /** After so long the next new line ends it; 0 or less: never. */
  readonly tMaxPredictMs: number
  /** A line that begins with fewer blanks ends it. */
  readonly nIndent: number
  /** A prompt that does not fit: cut it, or refuse it. */
  readonly whenPromptTooLong: 'truncate' | 'refuse'
  /** A context that is full: drop its older half and go on, or end with `limit`. */
  readonly whenContextFull: 'shift' | 'stop'
  readonly stop: readonly string[]
  /** How strongly each LoRA adapter is applied, in the order of `adapterPaths`. */
  readonly adapterScales: readonly number[]
  /** How many of the likeliest tokens to tell at each place. */
  readonly nProbs: number
  /**
   * Tell of each token of the prompt how likely it was, beside so many of the likeliest; undefined: of none. Such a prompt
   * is computed anew, since cells have no logits, and it neither shifts nor is truncated.
   */
  readonly nPromptProbs: number | undefined
  /** Whether to tell its place in the queue and how far its prompt is. */
  readonly wantsProgress: boolean
  /** Control tokens that come out as text: markers by which the server tells the parts of an answer. */
  readonly shownTokens: readonly number[]
  /** Undefined: a thought may get as long as the answer. */
  readonly thought: ThoughtLimit | undefined
  readonly sampling: SamplingParams
}

/** When a thought is closed by force. */
export type ThoughtLimit = {
  /** The markers around a thought. */
  readonly start: string
  readonly end: string
  /** The prompt ends inside a thought. */
  readonly isOpen: boolean
  /** Tokens of the thought; 0 closes it at once. */
  readonly maxTokens: number
  /** Text that comes before the end marker when it is forced. */
  readonly message: string
}

export type Task =
  | GenerationTask
  | EmbeddingTask
  | { readonly kind: 'cancel'; readonly taskId: number }
  /** Its reader has fallen behind: no rows of it are computed until it is resumed. Its slot stays its own. */
  | { readonly kind: 'pause'; readonly taskId: number }
  | { readonly kind: 'resume'; readonly taskId: number }

/** What the engine process reads from its pipe. */
export type ToEngine =
  | { readonly kind: 'load'; readonly options: EngineOptions }
  | Task
  | ControlTask
  | { readonly kind: 'stop' }
