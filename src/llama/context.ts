// A libllama context: the KV cache of all sequences, and decode. What could abort the process is checked before the call.
import koffi from 'koffi'
import { assert } from '../base/assert.ts'
import { StartError } from '../base/errors.ts'
import { Batch, type BatchRow } from './batch.ts'
import type { Model } from './model.ts'
import type { Pointer } from './structs.ts'
import type { Symbols } from './symbols.ts'

export type ContextOptions = {
  /** Tokens of context of one sequence. */
  readonly nCtxSeq: number
  readonly nSeqMax: number
  /** The most rows of one decode. */
  readonly nBatch: number
  readonly nThreads: number
  readonly nThreadsBatch: number
  readonly kvType: 'f16' | 'f32'
}

// ggml_type in ggml.h
const kvTypes = { f32: 0, f16: 1 } as const

export class Context {
  readonly pointer: Pointer
  readonly nCtxSeq: number
  /** Whether positions of a sequence can be moved (context shift). */
  readonly canShift: boolean
  /** Whether the end of a sequence can be removed and computed anew. */
  readonly canCut: boolean
  readonly #symbols: Symbols
  readonly #memory: Pointer
  readonly #batch: Batch
  readonly #nVocab: number
  readonly #nSeqMax: number

  /** @throws StartError when the memory for it cannot be had. */
  constructor(model: Model, options: ContextOptions) {
    this.#symbols = model.symbols
    this.#nVocab = model.vocab.nTokens
    this.#nSeqMax = options.nSeqMax
    this.nCtxSeq = options.nCtxSeq
    const nBatch = Math.max(options.nBatch, options.nSeqMax) // every sequence decodes a row in the same step
    const pointer = this.#symbols.llama_init_from_model(model.pointer, {
      ...this.#symbols.llama_context_default_params(),
      n_ctx: options.nCtxSeq * options.nSeqMax,
      n_batch: nBatch,
      n_ubatch: Math.min(nBatch, 512),
      n_seq_max: options.nSeqMax,
      n_threads: options.nThreads,
      n_threads_batch: options.nThreadsBatch,
      type_k: kvTypes[options.kvType],
      type_v: kvTypes[options.kvType],
      kv_unified: false,
    })
    if (pointer === null) {
      const asked = `${options.nSeqMax} × ${options.nCtxSeq} tokens`
      throw new StartError(`there is not enough memory for a context of ${asked}; try a smaller -c`)
    }
    this.pointer = pointer
    assert(this.#symbols.llama_n_ctx_seq(pointer) >= options.nCtxSeq, 'the context is smaller than asked')
    const memory = this.#symbols.llama_get_memory(pointer)
    if (memory === null) throw new StartError('the model has no memory to generate with; it is not a text generator')
    this.#memory = memory
    this.canShift = this.#symbols.llama_memory_can_shift(memory)
    this.canCut = !model.isRecurrent
    this.#batch = new Batch(this.#symbols, nBatch)
  }

  /**
   * Computes the rows.
   * @returns 0 when done; else libllama's code: 1 no room in the KV cache, 2 aborted, negative: invalid or fatal.
   */
  decode(rows: readonly BatchRow[]): number {
    for (const row of rows) {
      assert(row.token >= 0 && row.token < this.#nVocab, `token ${row.token} is not in the vocabulary`)
      assert(row.pos >= 0 && row.pos < this.nCtxSeq, `position ${row.pos} is outside the context`)
      assert(row.seqId >= 0 && row.seqId < this.#nSeqMax, `there is no sequence ${row.seqId}`)
    }
    this.#batch.fill(rows)
    return this.#symbols.llama_decode(this.pointer, this.#batch.record)
  }

  /** Touches all weights once, so that the first request does not wait for the disk. Sequence 0 must be empty. */
  warmUp(): void {
    this.decode([{ token: 0, pos: 0, seqId: 0, wantsLogits: true }])
    this.remove(0, 0, -1)
  }

  /** The logits after a row that wanted them, length nVocab: a view into the library, valid until the next decode. */
  logits(row: number): Float32Array {
    const pointer = this.#symbols.llama_get_logits_ith(this.pointer, row)
    assert(pointer !== null, `row ${row} has no logits`)
    return new Float32Array(koffi.view(pointer, this.#nVocab * 4))
  }

  /**
   * Forgets the positions [start, end) of a sequence; end -1: to its end.
   * @returns false when the memory cannot be cut there; nothing has changed then.
   */
  remove(seqId: number, start: number, end: number): boolean {
    return this.#symbols.llama_memory_seq_rm(this.#memory, seqId, start, end)
  }

  /** Moves the positions [start, end) of a sequence by `delta`. Only where `canShift`. */
  shift(seqId: number, start: number, end: number, delta: number): void {
    assert(this.canShift, 'this memory cannot be shifted')
    this.#symbols.llama_memory_seq_add(this.#memory, seqId, start, end, delta)
  }

  /** The last position of a sequence, -1 when it is empty. */
  lastPos(seqId: number): number {
    return this.#symbols.llama_memory_seq_pos_max(this.#memory, seqId)
  }

  /** The first position of a sequence that is still there, -1 when it is empty. */
  firstPos(seqId: number): number {
    return this.#symbols.llama_memory_seq_pos_min(this.#memory, seqId)
  }

  free(): void {
    this.#batch.free()
    this.#symbols.llama_free(this.pointer)
  }
}
