// libllama's samplers as objects: made from parameters, applied to candidates, informed of the
// chosen token, freed.
import koffi from 'koffi'
import { assert } from '../base/assert.ts'
import type { Model } from './model.ts'
import { LogitBias, type Pointer } from './structs.ts'
import type { CandidateArrayRecord, Symbols } from './symbols.ts'

const recordBytes = 12

/** The memory that a sampler works on; `Candidates` in the engine has this shape. */
export type CandidateWindow = { start: number; size: number; selected: number; isSorted: boolean }

/** A block of memory outside JavaScript that samplers can be applied to. */
export class CandidateMemory {
  readonly buffer: ArrayBuffer
  readonly #address: bigint

  constructor(nVocab: number) {
    const pointer = koffi.alloc('char', nVocab * recordBytes)
    this.#address = koffi.address(pointer)
    this.buffer = koffi.view(pointer, nVocab * recordBytes)
  }

  /** Applies a sampler to the records of the window and updates the window. */
  apply(sampler: NativeSampler, window: CandidateWindow): void {
    const record: CandidateArrayRecord = {
      data: this.#address + BigInt(window.start * recordBytes),
      size: window.size,
      selected: window.selected,
      sorted: window.isSorted,
    }
    sampler.apply(record)
    window.start = Number((record.data - this.#address) / BigInt(recordBytes))
    window.size = record.size
    window.selected = record.selected
    window.isSorted = record.sorted
  }
}

export class NativeSampler {
  readonly pointer: Pointer
  readonly #symbols: Symbols
  /** Whether a chain owns it and will free it. */
  #isOwned = false

  constructor(symbols: Symbols, pointer: Pointer) {
    this.#symbols = symbols
    this.pointer = pointer
  }

  apply(candidates: CandidateArrayRecord): void {
    this.#symbols.llama_sampler_apply(this.pointer, candidates)
  }

  /** Accepts a token. A grammar aborts the process when the token does not match: check first. */
  accept(token: number): void {
    this.#symbols.llama_sampler_accept(this.pointer, token)
  }

  disown(): void {
    this.#isOwned = true
  }

  free(): void {
    if (!this.#isOwned) this.#symbols.llama_sampler_free(this.pointer)
  }
}

/** Makes samplers for a model. Parameters are those of llama.h, in its order. */
export class SamplerFactory {
  readonly #symbols: Symbols
  readonly #model: Model

  constructor(model: Model) {
    this.#symbols = model.symbols
    this.#model = model
  }

  chain(samplers: readonly NativeSampler[]): NativeSampler {
    const chain = this.#wrap(this.#symbols.llama_sampler_chain_init({ no_perf: true }))
    for (const sampler of samplers) {
      this.#symbols.llama_sampler_chain_add(chain.pointer, sampler.pointer)
      sampler.disown()
    }
    return chain
  }

  greedy(): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_greedy())
  }

  dist(seed: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_dist(seed))
  }

  topK(k: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_top_k(k))
  }

  topP(p: number, minKeep: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_top_p(p, minKeep))
  }

  minP(p: number, minKeep: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_min_p(p, minKeep))
  }

  typical(p: number, minKeep: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_typical(p, minKeep))
  }

  /**
   * Aborts if the vocabulary has neither EOT nor EOS; takes time quadratic in the number of
   * candidates.
   */
  infill(): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_infill(this.#model.vocab.pointer))
  }

  topNSigma(n: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_top_n_sigma(n))
  }

  xtc(probability: number, threshold: number, minKeep: number, seed: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_xtc(probability, threshold, minKeep, seed))
  }

  temperature(temperature: number, range: number, exponent: number): NativeSampler {
    return this.#wrap(this.#symbols.llama_sampler_init_temp_ext(temperature, range, exponent))
  }

  mirostat(version: 1 | 2, seed: number, tau: number, eta: number): NativeSampler {
    const nVocab = this.#model.vocab.nTokens
    return this.#wrap(
      version === 1
        ? this.#symbols.llama_sampler_init_mirostat(nVocab, seed, tau, eta, 100)
        : this.#symbols.llama_sampler_init_mirostat_v2(seed, tau, eta),
    )
  }

  penalties(lastN: number, repeat: number, frequency: number, presence: number): NativeSampler {
    const nVocab = this.#model.vocab.nTokens
    return this.#wrap(this.#symbols.llama_sampler_init_penalties(nVocab, lastN, repeat, frequency, presence))
  }

  dry(
    multiplier: number,
    base: number,
    allowedLength: number,
    lastN: number,
    breakers: readonly string[],
  ): NativeSampler {
    const vocab = this.#model.vocab.pointer
    return this.#wrap(
      this.#symbols.llama_sampler_init_dry(vocab, multiplier, base, allowedLength, lastN, breakers, breakers.length),
    )
  }

  /** As `dry`, on another thread. */
  async dryBeside(...[multiplier, base, allowedLength, lastN, breakers]: Parameters<SamplerFactory['dry']>) {
    const { llama_sampler_init_dry: init } = this.#symbols
    const vocab = this.#model.vocab.pointer
    return this.#wrap(await beside(init, vocab, multiplier, base, allowedLength, lastN, breakers, breakers.length))
  }

  /** @param biases token ids of the vocabulary and the values added to their logits. */
  logitBias(biases: readonly (readonly [number, number])[]): NativeSampler {
    const packed = Buffer.alloc(Math.max(1, biases.length) * LogitBias.size)
    biases.forEach(([token, bias], i) => {
      assert(this.#model.vocab.has(token), `bias for token ${token}, which is not in the vocabulary`)
      packed.writeInt32LE(token, i * LogitBias.size)
      packed.writeFloatLE(bias, i * LogitBias.size + 4)
    })
    const nVocab = this.#model.vocab.nTokens
    return this.#wrap(this.#symbols.llama_sampler_init_logit_bias(nVocab, biases.length, packed))
  }

  /** @returns undefined when libllama cannot parse it. */
  grammar(source: string): NativeSampler | undefined {
    const pointer = this.#symbols.llama_sampler_init_grammar(this.#model.vocab.pointer, source, 'root')
    return pointer === null ? undefined : this.#wrap(pointer)
  }

  /** As `grammar`, on another thread. */
  async grammarBeside(source: string): Promise<NativeSampler | undefined> {
    const { llama_sampler_init_grammar: init } = this.#symbols
    const pointer = await beside(init, this.#model.vocab.pointer, source, 'root')
    return pointer === null ? undefined : this.#wrap(pointer)
  }

  #wrap(pointer: Pointer): NativeSampler {
    return new NativeSampler(this.#symbols, pointer)
  }
}

/** One call at a time, which leaves the cores to the decodes. */
let lastCall: Promise<unknown> = Promise.resolve()

/**
 * Calls a function of the library on another thread. Only for functions that change no shared
 * state.
 */
function beside<A extends readonly unknown[], R>(call: (...args: A) => R, ...args: A): Promise<R> {
  const { async: start } = call as unknown as { readonly async: (...args: unknown[]) => void }
  const result = lastCall.then(
    () =>
      new Promise<R>((resolve, reject) => {
        start(...args, (error: Error | null, value: R) => (error ? reject(error) : resolve(value)))
      }),
  )
  lastCall = result.catch(() => {})
  return result
}
