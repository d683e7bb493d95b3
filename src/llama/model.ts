// A GGUF model: its weights, or only its vocabulary and metadata.
import koffi from 'koffi'
import { StartError } from '../base/errors.ts'
import { textOf } from '../base/utf8.ts'
import { type KvOverride, packOverrides, unusedKeys } from './kv-overrides.ts'
import { type Library, loadLibrary, recentErrors, withLog } from './library.ts'
import { isNuma } from './numa.ts'
import { type ModelParamsRecord, type Pointer, ProgressCallback } from './structs.ts'
import type { Symbols } from './symbols.ts'
import { Vocab } from './vocab.ts'

export type ModelOptions = {
  readonly gpuLayers: number
  readonly mainGpu: number
  readonly splitMode: keyof typeof splitModes
  readonly tensorSplit: readonly number[]
  readonly mlock: boolean
  readonly mmap: boolean
  readonly numa: 'distribute' | 'isolate' | 'numactl' | undefined
  readonly kvOverrides?: readonly KvOverride[]
  /** Called while the weights load, from 0 to 1. */
  readonly onProgress?: (progress: number) => void
}

// llama_load_mode in llama.h
const loadMode = { auto: -1, none: 0, mmap: 1, mlock: 2, mmapMlock: 3 } as const

// llama_split_mode in llama.h
const splitModes = { none: 0, layer: 1, row: 2 } as const

// LLAMA_ROPE_TYPE_MROPE and LLAMA_ROPE_TYPE_IMROPE in llama.h
const mropeTypes: readonly number[] = [8, 40]

// llama_pooling_type in llama.h
const poolingTypes = ['none', 'mean', 'cls', 'last', 'rank'] as const

// ggml_numa_strategy in ggml-cpu.h
const numaStrategy = { distribute: 1, isolate: 2, numactl: 3 } as const

export class Model {
  readonly symbols: Symbols
  readonly library: Library
  readonly pointer: Pointer
  readonly vocab: Vocab
  /** Keys of overrides that the loader did not read. */
  readonly unusedOverrides: readonly string[]
  /** The reason why its memory could not be locked, if that was requested. */
  readonly lockProblem: string | undefined

  /** @param log the library's log of its loading. */
  private constructor(library: Library, pointer: Pointer, unusedOverrides: readonly string[], log: readonly string[]) {
    this.symbols = library.symbols
    this.library = library
    this.pointer = pointer
    this.unusedOverrides = unusedOverrides
    this.lockProblem = log.find((line) => /mlock/.test(line) && /fail|not supported/.test(line))?.split('\n')[0]
    this.vocab = new Vocab(library.symbols, library.symbols.llama_model_get_vocab(pointer))
  }

  /** @throws StartError that says what is wrong with the file. */
  static load(path: string, options: ModelOptions): Model {
    const library = loadLibrary(true)
    const { symbols } = library
    if (options.numa !== undefined) symbols.llama_numa_init(numaStrategy[options.numa])
    const split = options.tensorSplit.length === 0 ? null : new Float32Array(symbols.llama_max_devices())
    split?.set(options.tensorSplit.slice(0, split.length))
    const progress = koffi.register((value: number) => {
      options.onProgress?.(value)
      return true
    }, koffi.pointer(ProgressCallback))
    try {
      const params = {
        n_gpu_layers: options.gpuLayers,
        main_gpu: symbols.llama_supports_gpu_offload() ? options.mainGpu : -1, // there is no GPU
        split_mode: splitModes[options.splitMode],
        tensor_split: split,
        load_mode: loadModeOf(options),
        progress_callback: progress,
      }
      return Model.#open(library, path, params, options.kvOverrides)
    } finally {
      koffi.unregister(progress)
    }
  }

  /**
   * Metadata and vocabulary without the weights: a few megabytes. @throws StartError as `load`
   * does.
   */
  static loadVocabulary(path: string, kvOverrides: readonly KvOverride[] = []): Model {
    return Model.#open(loadLibrary(false), path, { vocab_only: true }, kvOverrides)
  }

  /**
   * Metadata, vocabulary and the sizes of the tensors, without the weights: everything that a
   * projector needs of its model.
   * @throws StartError as `load` does.
   */
  static loadShape(path: string): Model {
    return Model.#open(loadLibrary(true), path, { no_alloc: true, n_gpu_layers: 0, load_mode: loadMode.none })
  }

  static #open(
    library: Library,
    path: string,
    params: ModelParamsRecord,
    overrides: readonly KvOverride[] = [],
  ): Model {
    const { symbols } = library
    const all = {
      ...symbols.llama_model_default_params(),
      ...params,
      kv_overrides: overrides.length === 0 ? null : packOverrides(overrides), // copied by the call
    }
    const { result: pointer, lines } = withLog(() => symbols.llama_model_load_from_file(path, all))
    const unused = unusedKeys(overrides, lines)
    if (pointer === null) throw new StartError(`the model ${path} cannot be loaded: ${recentErrors()}`)
    const model = new Model(library, pointer, unused, lines)
    const { problem } = model.vocab
    if (problem === undefined) return model
    model.free()
    throw new StartError(`the model ${path} cannot be loaded: ${problem}`)
  }

  /** The engine package that computes the model. */
  get packageName(): string {
    return this.library.engine.name
  }

  /** Whether layers can be given to a GPU. */
  get hasGpu(): boolean {
    return this.symbols.llama_supports_gpu_offload()
  }

  /** Whether the machine has several memory nodes; known if `numa` was requested. */
  get isNuma(): boolean {
    return isNuma(this.symbols)
  }

  get nCtxTrain(): number {
    return this.symbols.llama_model_n_ctx_train(this.pointer)
  }

  get nEmbd(): number {
    return this.symbols.llama_model_n_embd(this.pointer)
  }

  /**
   * Length of a row of input embeddings; in some models it is longer than the model's own width.
   */
  get nEmbdInput(): number {
    return this.symbols.llama_model_n_embd_inp(this.pointer)
  }

  /** Whether a position has several dimensions (time, row and column of an image). */
  get usesMrope(): boolean {
    return mropeTypes.includes(this.symbols.llama_model_rope_type(this.pointer))
  }

  get nParams(): number {
    return Number(this.symbols.llama_model_n_params(this.pointer))
  }

  get sizeBytes(): number {
    return Number(this.symbols.llama_model_size(this.pointer))
  }

  /** Architecture, size and quantization, as in "llama 135M Q4_1". */
  get description(): string {
    const buffer = new Uint8Array(256)
    const n = this.symbols.llama_model_desc(this.pointer, buffer, buffer.length)
    return textOf(buffer.subarray(0, Math.max(0, Math.min(n, buffer.length - 1))))
  }

  /** Whether positions may be rotated differently in a longer context (LongRoPE). */
  get ropeDependsOnContext(): boolean {
    return this.metadata(`${this.architecture}.rope.scaling.original_context_length`) !== undefined
  }

  /** Length of a row of output embeddings. */
  get nEmbdOutput(): number {
    return this.symbols.llama_model_n_embd_out(this.pointer)
  }

  /** The number of scores of a reranker's head. */
  get nScores(): number {
    return this.symbols.llama_model_n_cls_out(this.pointer)
  }

  /** The name given by its maker. */
  get name(): string | undefined {
    return this.metadata('general.name')
  }

  get architecture(): string {
    return this.metadata('general.architecture') ?? ''
  }

  /** The pooling that the model's file specifies. */
  get pooling(): (typeof poolingTypes)[number] | undefined {
    return poolingTypes[Number(this.metadata(`${this.architecture}.pooling_type`) ?? -1)]
  }

  /**
   * A value of the file's metadata as text; numbers and booleans are printed, and an array is
   * truncated.
   */
  metadata(key: string): string | undefined {
    const buffer = new Uint8Array(256)
    const n = this.symbols.llama_model_meta_val_str(this.pointer, key, buffer, buffer.length)
    return n < 0 ? undefined : textOf(buffer.subarray(0, Math.min(n, buffer.length - 1)))
  }

  /** Whether the model can generate token by token: a pure text encoder has no decoder. */
  get hasDecoder(): boolean {
    return this.symbols.llama_model_has_decoder(this.pointer)
  }

  /** Whether a token attends only to those before it, as far as the file states. */
  get isCausal(): boolean {
    return this.metadata(`${this.architecture}.attention.causal`) !== 'false'
  }

  /** Whether its memory is a running state that cannot be cut at a position. */
  get isRecurrent(): boolean {
    return this.symbols.llama_model_is_recurrent(this.pointer) || this.symbols.llama_model_is_hybrid(this.pointer)
  }

  /** Width of the sliding attention window, 0 without one. */
  get nSwa(): number {
    return this.symbols.llama_model_n_swa(this.pointer)
  }

  get chatTemplate(): string | undefined {
    return this.symbols.llama_model_chat_template(this.pointer, null) ?? undefined
  }

  /** The text that a reranker reads, with the placeholders `{query}` and `{document}`. */
  get rerankTemplate(): string | undefined {
    return this.symbols.llama_model_chat_template(this.pointer, 'rerank') ?? undefined
  }

  free(): void {
    this.symbols.llama_model_free(this.pointer)
  }
}

function loadModeOf(options: ModelOptions): number {
  if (options.mmap) return options.mlock ? loadMode.mmapMlock : loadMode.auto
  return options.mlock ? loadMode.mlock : loadMode.none
}
