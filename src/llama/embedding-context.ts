// A context that outputs vectors instead of logits: one for each row, or the result of a reranker's
// head for each sequence. libllama's own pooling counts only the rows of one micro-batch, so here
// nothing is pooled except by that head.
import koffi from 'koffi'
import { assert } from '../base/assert.ts'
import { Context, type ContextOptions, type EmbeddingKind } from './context.ts'
import type { Model } from './model.ts'
import type { Pointer } from './structs.ts'
import type { Symbols } from './symbols.ts'

export type EmbeddingContextOptions = ContextOptions & { readonly embeddingKind: EmbeddingKind }

export class EmbeddingContext extends Context {
  readonly kind: EmbeddingKind
  /** Length of a vector. */
  readonly width: number
  readonly #symbols: Symbols
  readonly #nScores: number
  readonly #encodes: boolean
  #wantsVectors = true

  /** @throws StartError when there is not enough memory for it. */
  constructor(model: Model, options: EmbeddingContextOptions) {
    super(model, options)
    this.#symbols = model.symbols
    this.kind = options.embeddingKind
    this.width = model.nEmbdOutput
    this.#nScores = model.nScores
    this.#encodes = !model.hasDecoder
  }

  /** Whether the rows of the following decodes output vectors: all of them, or none. */
  set wantsVectors(wanted: boolean) {
    if (wanted !== this.#wantsVectors) this.#symbols.llama_set_embeddings(this.pointer, wanted)
    this.#wantsVectors = wanted
  }

  /**
   * The vectors of the rows of the last decode, in order: a view into the library, valid until the
   * next decode.
   */
  vectors(nRows: number): Float32Array {
    assert(this.kind === 'rows' && this.#wantsVectors, 'the last decode gave no vectors')
    return this.#view(this.#symbols.llama_get_embeddings(this.pointer), nRows * this.width)
  }

  /** The head's scores of a sequence of the last decode: a view as for `vectors`. */
  scores(seqId: number): Float32Array {
    assert(this.kind === 'scores' && this.#wantsVectors, 'the last decode gave no scores')
    return this.#view(this.#symbols.llama_get_embeddings_seq(this.pointer, seqId), this.#nScores)
  }

  protected override run(batch: Record<string, unknown>): number {
    return this.#encodes ? this.#symbols.llama_encode(this.pointer, batch) : super.run(batch)
  }

  #view(pointer: Pointer | null, length: number): Float32Array {
    assert(pointer !== null, 'the decode gave nothing')
    return new Float32Array(koffi.view(pointer, length * Float32Array.BYTES_PER_ELEMENT))
  }
}

/**
 * The memory of a context beside the model, read from libllama's log of its creation: its cache,
 * its outputs, its compute buffers.
 */
export function memoryMiB(log: readonly string[]): number {
  const sizes = log.map((line) => Number(/buffer size *= *([\d.]+) MiB/.exec(line)?.[1] ?? 0))
  return sizes.reduce((sum, size) => sum + size, 0)
}
