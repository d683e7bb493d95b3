// A libllama context: the KV cache of all sequences, and decode. Anything that could abort the
// process is checked before the call.
import koffi from 'koffi'
import { assert } from '../base/assert.ts'
import { StartError } from '../base/errors.ts'
import type { Adapter } from './adapter.ts'
import { Batch, type BatchRow } from './batch.ts'
import { EmbeddingBatch, type EmbeddingRows } from './embedding-batch.ts'
import { recentErrors } from './library.ts'
import type { Model } from './model.ts'
import type { Pointer } from './structs.ts'
import type { Symbols } from './symbols.ts'
import { Threadpools } from './threadpool.ts'

/**
 * The output of an embedding context: a vector for each row, or the scores of each sequence (a
 * reranker's head).
 */
export type EmbeddingKind = keyof typeof poolingTypes

// llama_pooling_type in llama.h: the caller does all other pooling
const poolingTypes = { rows: 0, scores: 4 } as const

export type ContextOptions = {
  /** Tokens of context of one sequence. */
  readonly nCtxSeq: number
  readonly nSeqMax: number
  /** All sequences share the nCtxSeq tokens. */
  readonly kvUnified: boolean
  /** The maximum number of rows of one decode. */
  readonly nBatch: number
  readonly nThreads: number
  readonly nThreadsBatch: number
  readonly nUbatch: number
  readonly typeK: keyof typeof kvTypes
  readonly typeV: keyof typeof kvTypes
  readonly flashAttn: keyof typeof flashAttention
  /** The context outputs embeddings; undefined: logits. */
  readonly embeddingKind?: EmbeddingKind | undefined
  /** LoRA adapters that can be applied; undefined: none. */
  readonly adapters?: readonly Adapter[]
  /** The maximum number of output rows of one decode; undefined: all rows. */
  readonly nOutputsMax?: number
  readonly rope: {
    readonly scaling: keyof typeof ropeScaling | undefined
    readonly freqBase: number | undefined
    readonly freqScale: number | undefined
    readonly yarnOrigCtx: number | undefined
    readonly yarnExtFactor: number | undefined
    readonly yarnAttnFactor: number | undefined
    readonly yarnBetaSlow: number | undefined
    readonly yarnBetaFast: number | undefined
  }
}

// ggml_type in ggml.h
const kvTypes = { f32: 0, f16: 1, q4_0: 2, q4_1: 3, q5_0: 6, q5_1: 7, q8_0: 8, iq4_nl: 20, bf16: 30 } as const

// llama_flash_attn_type and llama_rope_scaling_type in llama.h
const flashAttention = { auto: -1, off: 0, on: 1 } as const
const ropeScaling = { none: 0, linear: 1, yarn: 2 } as const

export class Context {
  readonly pointer: Pointer
  readonly nCtxSeq: number
  /** Whether positions of a sequence can be moved (context shift). */
  readonly canShift: boolean
  /** Whether the end of a sequence can be removed and computed again. */
  readonly canCut: boolean
  /** The maximum number of rows that are computed together. */
  readonly nUbatch: number
  /** Whether a position has several dimensions. */
  readonly usesMrope: boolean
  /** Width of the sliding attention window, 0 without one. */
  readonly nSwa: number
  /**
   * Copies between sequences wait for the next decode: until then their data is not at its
   * destination.
   */
  hasPendingCopies = false
  readonly #symbols: Symbols
  /** Null when the model only encodes. */
  readonly #memory: Pointer | null
  readonly #batch: Batch
  readonly #threadpools: Threadpools
  readonly #nVocab: number
  readonly #nEmbd: number
  /** The most recent view: a lone sequence has its logits at the same address each time. */
  #logits: { readonly pointer: Pointer; readonly view: Float32Array } | undefined
  readonly #nSeqMax: number
  readonly #adapters: readonly Adapter[]
  /** The most recent scales, as text: they are compared before each step. */
  #adapterScales = ''

  /** @throws StartError when there is not enough memory for it. */
  constructor(model: Model, options: ContextOptions) {
    this.#symbols = model.symbols
    this.#nVocab = model.vocab.nTokens
    this.#nEmbd = model.nEmbdInput
    this.usesMrope = model.usesMrope
    this.#nSeqMax = options.nSeqMax
    this.#adapters = options.adapters ?? []
    this.nCtxSeq = options.nCtxSeq
    // every sequence decodes a row in the same step
    const nBatch = Math.max(options.nBatch, options.nSeqMax)
    this.nUbatch = Math.min(nBatch, Math.max(options.nUbatch, options.nSeqMax))
    const pointer = this.#symbols.llama_init_from_model(model.pointer, {
      ...this.#symbols.llama_context_default_params(),
      n_ctx: options.kvUnified ? options.nCtxSeq : options.nCtxSeq * options.nSeqMax,
      n_batch: nBatch,
      n_ubatch: this.nUbatch,
      n_seq_max: options.nSeqMax,
      n_threads: options.nThreads,
      n_threads_batch: options.nThreadsBatch,
      type_k: kvTypes[options.typeK],
      type_v: kvTypes[options.typeV],
      flash_attn_type: flashAttention[options.flashAttn],
      kv_unified: options.kvUnified,
      n_outputs_max: options.nOutputsMax ?? 0,
      embeddings: options.embeddingKind !== undefined,
      pooling_type: options.embeddingKind === undefined ? -1 : poolingTypes[options.embeddingKind],
      ...ropeParams(options.rope),
    })
    if (pointer === null) {
      const asked = `${options.kvUnified ? 1 : options.nSeqMax} × ${options.nCtxSeq} tokens`
      throw new StartError(
        `a context of ${asked} cannot be made: ${recentErrors()}; a smaller -c, fewer slots (-np) or a cache of a smaller type (-ctk, -ctv) needs less memory`,
      )
    }
    this.pointer = pointer
    assert(this.#symbols.llama_n_ctx_seq(pointer) >= options.nCtxSeq, 'the context is smaller than asked')
    const memory = this.#symbols.llama_get_memory(pointer)
    this.#memory = memory
    // after a shift, cells that a sliding window masked are reused while a later prompt could still
    // need them
    this.canShift = memory !== null && this.#symbols.llama_memory_can_shift(memory) && model.nSwa === 0
    this.canCut = !model.isRecurrent
    this.nSwa = model.nSwa
    this.#batch = new Batch(this.#symbols, nBatch)
    this.#threadpools = new Threadpools(this.#symbols, pointer, options.nThreads, options.nThreadsBatch)
  }

  /** The number of threads for a token of each sequence, and for a prompt. */
  get threads(): { readonly forTokens: number; readonly forPrompts: number } {
    const { llama_n_threads: forTokens, llama_n_threads_batch: forPrompts } = this.#symbols
    return { forTokens: forTokens(this.pointer), forPrompts: forPrompts(this.pointer) }
  }

  /**
   * Whether sequences are remembered from one decode to the next; a model without a memory only
   * encodes.
   */
  get hasMemory(): boolean {
    return this.#memory !== null
  }

  /**
   * Computes the rows.
   * @returns 0 on success; else libllama's code: 1 no room in the KV cache, 2 aborted, negative:
   *   invalid or fatal.
   */
  decode(rows: readonly BatchRow[]): number {
    for (const row of rows) {
      assert(row.token >= 0 && row.token < this.#nVocab, `token ${row.token} is not in the vocabulary`)
      assert(row.pos >= 0 && row.pos < this.nCtxSeq, `position ${row.pos} is outside the context`)
      assert(row.seqId >= 0 && row.seqId < this.#nSeqMax, `there is no sequence ${row.seqId}`)
    }
    this.#batch.fill(rows)
    const code = this.run(this.#batch.record)
    if (code === 0) this.hasPendingCopies = false
    return code
  }

  /** Computes a batch; a context of embeddings may do it differently. */
  protected run(batch: Record<string, unknown>): number {
    return this.#symbols.llama_decode(this.pointer, batch)
  }

  /**
   * Computes rows of an image; at most nBatch, or all of them and at most nUbatch when they are
   * non-causal.
   * @returns as `decode` does. The logits of the last row are those of row nRows - 1.
   */
  decodeEmbeddings(rows: EmbeddingRows): number {
    const { seqId, pos, start, nRows, embeddings, positions, isNonCausal } = rows
    const nAll = embeddings.length / this.#nEmbd
    assert(Number.isInteger(nAll), `${embeddings.length} numbers are not whole rows of ${this.#nEmbd}`)
    assert(start >= 0 && nRows > 0 && start + nRows <= nAll, `rows [${start}, ${start + nRows}) of ${nAll}`)
    assert(!isNonCausal || nRows === nAll, `${nRows} of ${nAll} rows that see each other are decoded alone`)
    assert(nRows <= (isNonCausal ? this.nUbatch : this.#batch.capacity), `${nRows} rows are too many at once`)
    assert((positions !== undefined) === this.usesMrope, 'positions of another kind than the model has')
    assert(
      positions === undefined || positions.atZero.length === 4 * nAll,
      `${nAll} rows do not have four positions each`,
    )
    assert(pos >= 0 && pos + nAll <= this.nCtxSeq, `rows from ${pos} on are outside the context`)
    assert(seqId >= 0 && seqId < this.#nSeqMax, `there is no sequence ${seqId}`)
    const batch = new EmbeddingBatch(rows, this.#nEmbd)
    if (isNonCausal) this.#symbols.llama_set_causal_attn(this.pointer, false)
    try {
      const code = this.#symbols.llama_decode(this.pointer, batch.record)
      if (code === 0) this.hasPendingCopies = false
      return code
    } finally {
      if (isNonCausal) this.#symbols.llama_set_causal_attn(this.pointer, true)
      batch.free()
    }
  }

  /**
   * Sets the scale of each adapter for all further rows.
   * @param scales one for each adapter; 0: not applied.
   */
  setAdapterScales(scales: readonly number[]): void {
    const asked = scales.join()
    if (asked === this.#adapterScales) return
    assert(this.#adapters.length === scales.length, `${scales.length} scales for ${this.#adapters.length} adapters`)
    const pointers = BigUint64Array.from(this.#adapters, ({ pointer }) => pointer)
    this.#symbols.llama_set_adapters_lora(this.pointer, pointers, scales.length, Float32Array.from(scales))
    this.#adapterScales = asked
  }

  /**
   * Touches all weights once, so that the first request does not wait for the disk. Sequence 0 must
   * be empty.
   */
  warmUp(): void {
    this.decode([{ token: 0, pos: 0, seqId: 0, wantsLogits: true }])
    this.remove(0, 0, -1)
  }

  /**
   * The logits after a row that requested them, length nVocab: a view into the library, valid until
   * the next decode.
   */
  logits(row: number): Float32Array {
    const pointer = this.#symbols.llama_get_logits_ith(this.pointer, row)
    assert(pointer !== null, `row ${row} has no logits`)
    if (pointer !== this.#logits?.pointer) {
      this.#logits = { pointer, view: new Float32Array(koffi.view(pointer, this.#nVocab * 4)) }
    }
    return this.#logits.view
  }

  /**
   * Forgets the positions [start, end) of a sequence; end -1: to its end.
   * @returns false when the memory cannot be cut there; nothing has changed then.
   */
  remove(seqId: number, start: number, end: number): boolean {
    return this.#memory === null || this.#symbols.llama_memory_seq_rm(this.#memory, seqId, start, end)
  }

  /** Gives a whole sequence to another one, replacing its contents. */
  copy(fromSeqId: number, toSeqId: number): void {
    assert(fromSeqId !== toSeqId, `sequence ${fromSeqId} is copied to itself`)
    assert(this.#memory !== null, 'the model has no memory')
    this.remove(toSeqId, 0, -1)
    // streams do not accept a partial range
    this.#symbols.llama_memory_seq_cp(this.#memory, fromSeqId, toSeqId, -1, -1)
    this.hasPendingCopies = true
  }

  /** Carries out pending copies. @param seqId an empty sequence; it is empty afterwards. */
  settleCopies(seqId: number): void {
    this.decode([{ token: 0, pos: 0, seqId, wantsLogits: true }])
    this.remove(seqId, 0, -1)
  }

  /** The last position of a sequence in the cache; -1 when it is empty. */
  lastPosition(seqId: number): number {
    assert(this.#memory !== null, 'the model has no memory')
    return this.#symbols.llama_memory_seq_pos_max(this.#memory, seqId)
  }

  /** The size of the state of a sequence. */
  stateBytes(seqId: number): number {
    return Number(this.#symbols.llama_state_seq_get_size(this.pointer, seqId))
  }

  /**
   * A copy of everything that the library keeps of a sequence. No copies may be pending. @throws
   * RangeError when there is not enough memory for it.
   */
  state(seqId: number): Uint8Array {
    assert(!this.hasPendingCopies, 'the data of this sequence may not be there yet')
    const state = Buffer.allocUnsafeSlow(this.stateBytes(seqId))
    const n = Number(this.#symbols.llama_state_seq_get_data(this.pointer, state, state.length, seqId))
    assert(n === state.length, `the state of sequence ${seqId} has ${n} bytes, not ${state.length}`)
    return state
  }

  /**
   * Gives an empty sequence a state that `state()` returned, in this process or in another one with
   * a context like this. The library trusts the bytes: the caller is responsible for them. No
   * copies may be pending.
   * @returns the reason when the state does not fit this context; the sequence is empty then.
   */
  setState(seqId: number, state: Uint8Array): string | undefined {
    assert(!this.hasPendingCopies, 'a copy that is made later would replace this state')
    recentErrors() // discards earlier errors
    const n = Number(this.#symbols.llama_state_seq_set_data(this.pointer, state, state.length, seqId))
    if (n === state.length && this.stateBytes(seqId) === n) return undefined
    this.remove(seqId, 0, -1)
    return n === 0 ? recentErrors() : `it read ${n} of ${state.length} bytes`
  }

  /** Moves the positions [start, end) of a sequence by `delta`. Only if `canShift`. */
  shift(seqId: number, start: number, end: number, delta: number): void {
    assert(this.canShift && this.#memory !== null, 'this memory cannot be shifted')
    this.#symbols.llama_memory_seq_add(this.#memory, seqId, start, end, delta)
  }

  /**
   * Divides the positions [start, end) of a sequence, rounding down. Only if `canShift`. Makes one
   * shift per position, from the left: llama_memory_seq_div of release v0.5.0 turns the keys in the
   * wrong direction (`pos_div` in llama-kv-cells.h).
   */
  divide(seqId: number, start: number, end: number, divisor: number): void {
    assert(this.canShift && this.#memory !== null && divisor > 0 && end >= start, 'this memory cannot be divided')
    for (let pos = start; pos < end; pos++) {
      const delta = Math.floor(pos / divisor) - pos
      if (delta !== 0) this.#symbols.llama_memory_seq_add(this.#memory, seqId, pos, pos + 1, delta)
    }
  }

  free(): void {
    this.#threadpools.free()
    this.#batch.free()
    this.#symbols.llama_free(this.pointer)
  }
}

function ropeParams(rope: ContextOptions['rope']): Record<string, number> {
  const params = {
    rope_scaling_type: rope.scaling === undefined ? undefined : ropeScaling[rope.scaling],
    rope_freq_base: rope.freqBase,
    rope_freq_scale: rope.freqScale,
    yarn_orig_ctx: rope.yarnOrigCtx,
    yarn_ext_factor: rope.yarnExtFactor,
    yarn_attn_factor: rope.yarnAttnFactor,
    yarn_beta_slow: rope.yarnBetaSlow,
    yarn_beta_fast: rope.yarnBetaFast,
  }
  return Object.fromEntries(Object.entries(params).filter((entry): entry is [string, number] => entry[1] !== undefined))
}
