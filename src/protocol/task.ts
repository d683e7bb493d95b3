// Tasks that the server gives the engine. Plain data, no behaviour: it crosses a process boundary
// as JSON.
import type { SamplerName } from '../options/generation-fields.ts'
import type { KvOverride } from '../options/kv-override.ts'
import type { ControlTask } from './control.ts'
import type { EmbeddingOptions, EmbeddingTask } from './embedding.ts'
import type { TaskImage } from './image.ts'
import type { Timings } from './timings.ts'

/** The options with which to load the model and its context. */
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
  /** Tokens of context in total; 0: the model's own, at most 8192 per slot. */
  readonly nCtx: number
  readonly nBatch: number
  readonly nSlots: number
  /** The slots share one pool of nCtx tokens. */
  readonly kvUnified: boolean
  /** A slot is chosen for its prefix when that is more than this share of the prompt; 0: never. */
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
  /**
   * The folder of saved slots, if slots can be saved, and the projector that images are encoded
   * with.
   */
  readonly slotFiles: { readonly folder: string; readonly projectorPath: string | undefined } | undefined
  /** Undefined: no embeddings are served. */
  readonly embeddings: EmbeddingOptions | undefined
  /** Self-extend; factor 1: off. */
  readonly groupAttention: { readonly factor: number; readonly width: number }
  readonly tokenGapMs: number
  /** The lines of libllama's log that are sent. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

export type KvType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0' | 'q4_1' | 'iq4_nl' | 'q5_0' | 'q5_1'

/** Position scaling; undefined: as in the model. */
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

/** Every sampling parameter, checked, as numbers that libllama takes as they are. */
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
  /** Token ids that the penalties see instead of the prompt. */
  readonly penaltyPrompt: readonly number[] | undefined
  readonly dryMultiplier: number
  readonly dryBase: number
  readonly dryAllowedLength: number
  readonly dryPenaltyLastN: number
  readonly drySequenceBreakers: readonly string[]
  readonly mirostat: 0 | 1 | 2
  readonly mirostatTau: number
  readonly mirostatEta: number
  /** GBNF with a rule `root`; empty: no grammar. */
  readonly grammar: string
  /**
   * Texts that trigger the grammar, which begins with them; undefined: it is active from the first
   * token.
   */
  readonly grammarTriggers: readonly string[] | undefined
  readonly seed: number
  readonly ignoreEos: boolean
  /** Token id and the value that is added to its logit; null bans the token. */
  readonly logitBias: readonly (readonly [number, number | null])[]
}

export type GenerationTask = {
  readonly kind: 'generate'
  readonly taskId: number
  /** Token ids of the prompt, BOS included where it belongs; at least one. */
  readonly prompt: readonly number[]
  /** A slot, or -1 for the best match. */
  readonly slotId: number
  readonly cachePrompt: boolean
  /**
   * Prompts share what is computed within one scope alone; '' is the scope of those that name
   * none.
   */
  readonly cacheScope: string
  /**
   * Leading tokens that are the server's system prompt: used from the cache whatever `cachePrompt`
   * and `cacheScope` say.
   */
  readonly nSystem: number
  /**
   * Images in the prompt, in order; none overlap. A prompt with images neither shifts nor is
   * truncated.
   */
  readonly images: readonly TaskImage[]
  /** The maximum number of tokens to generate; -1 for no limit. */
  readonly nPredict: number
  readonly nKeep: number
  /** The number of tokens to discard from a full context; 0: half of those after nKeep. */
  readonly nDiscard: number
  /** Ends the generation if the prompt is not computed after this time; 0 or less: never. */
  readonly tMaxPromptMs: number
  /** Ends the generation at the first new line after this time; 0 or less: never. */
  readonly tMaxPredictMs: number
  /** Ends the generation at a line indented by fewer blanks. */
  readonly nIndent: number
  /** The treatment of a prompt that does not fit: cut it, or refuse it. */
  readonly whenPromptTooLong: 'truncate' | 'refuse'
  /** The treatment of a full context: drop the older half and go on, or end with `limit`. */
  readonly whenContextFull: 'shift' | 'stop'
  readonly stop: readonly string[]
  /** The scale of each LoRA adapter, in the order of `adapterPaths`. */
  readonly adapterScales: readonly number[]
  /** The number of likeliest tokens to report at each place. */
  readonly nProbs: number
  /**
   * The number of likeliest tokens to report beside the probability of each token of the prompt;
   * undefined: none is reported. Such a prompt is computed again, since cells have no logits, and
   * it neither shifts nor is truncated.
   */
  readonly nPromptProbs: number | undefined
  /** Whether to report the place in the queue and the progress of the prompt. */
  readonly wantsProgress: boolean
  /** Control tokens that come out as text: markers that separate the parts of an answer. */
  readonly shownTokens: readonly number[]
  /** Undefined: reasoning may be as long as the answer. */
  readonly thought: ThoughtLimit | undefined
  readonly sampling: SamplingParams
  /** The answer as far as an engine wrote it that ended: it goes on from there. */
  readonly resume?: Resume
}

/** An answer as far as it was sent. */
export type Resume = {
  readonly tokens: readonly number[]
  /** Its text in UTF-16 units: that of `tokens`, and perhaps the beginning of the next one's. */
  readonly nChars: number
  /** The number of prompt tokens whose probabilities were sent. */
  readonly nPromptProbs: number
  /** Undefined before the first text. */
  readonly timings: Timings | undefined
}

/** The limit at which reasoning is closed by force. */
export type ThoughtLimit = {
  /** The markers around reasoning. */
  readonly start: string
  readonly end: string
  /** The prompt ends inside reasoning. */
  readonly isOpen: boolean
  /** Maximum number of reasoning tokens; 0 closes it at once. */
  readonly maxTokens: number
  /** Text before the end marker when that is forced. */
  readonly message: string
}

export type Task =
  | GenerationTask
  | EmbeddingTask
  | { readonly kind: 'cancel'; readonly taskId: number }
  /**
   * Its reader has fallen behind: none of its rows are computed until it is resumed. It keeps its
   * slot.
   */
  | { readonly kind: 'pause'; readonly taskId: number }
  | { readonly kind: 'resume'; readonly taskId: number }

/** Messages that the engine process reads from its pipe. */
export type ToEngine =
  | { readonly kind: 'load'; readonly options: EngineOptions }
  | Task
  | ControlTask
  /** Asks for a sign of life: `alive`. */
  | { readonly kind: 'ping' }
  | { readonly kind: 'stop' }
