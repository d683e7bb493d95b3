// Takes the candidates that a grammar refuses, in parts. libllama asks each candidate at each place where the grammar may be, so
// that a grammar of thousands of alternatives takes seconds for a token; between two parts others get their steps.
import { RequestError } from '../../base/errors.ts'
import type { CandidateMemory, NativeSampler } from '../../llama/sampler.ts'
import type { Candidates } from './candidates.ts'

/** How long a part takes: an ordinary grammar is done by then. */
const partMs = 40
/** How long one call of libllama should take. */
const callMs = 5
/** How long a token may take in all. */
const maxMs = 20_000

export class GrammarFilter {
  readonly #candidates: Candidates
  readonly #memory: Pick<CandidateMemory, 'apply'>
  readonly #grammar: NativeSampler
  /** Candidates before this one, in the order of their ids, are done. */
  #nDone = 0
  /** How many are offered in one call. */
  #nOffered = 256
  #spentMs = 0
  /** The logits between two parts, refused ones taken out: the candidates serve other sequences meanwhile. */
  #kept: Float32Array | undefined

  readonly #now: () => number

  /** @param candidates all of the vocabulary in the order of their ids. */
  constructor(
    candidates: Candidates,
    memory: Pick<CandidateMemory, 'apply'>,
    grammar: NativeSampler,
    now = () => performance.now(),
  ) {
    this.#now = now
    this.#candidates = candidates
    this.#memory = memory
    this.#grammar = grammar
  }

  /**
   * Goes on for a while.
   * @returns whether it is done; then the refused candidates have the logit -Infinity.
   * @throws RequestError when it takes too long in all.
   */
  run(): boolean {
    const candidates = this.#candidates
    if (this.#kept !== undefined) candidates.load(this.#kept)
    const startedAt = this.#now()
    let now = startedAt
    while (this.#nDone < candidates.size && now - startedAt < partMs) {
      const size = Math.min(this.#nOffered, candidates.size - this.#nDone)
      this.#memory.apply(this.#grammar, { start: this.#nDone, size, selected: -1, isSorted: false })
      this.#nDone += size
      const ms = this.#now() - now
      now += ms
      if (ms < callMs) this.#nOffered *= 2
      else this.#nOffered = Math.max(8, Math.floor(this.#nOffered / 2))
    }
    if (this.#nDone === candidates.size) return true
    this.#kept = candidates.logits()
    this.#spentMs += now - startedAt
    if (this.#spentMs < maxMs) return false
    const message = `Cannot go on: the grammar is too large: finding what may come next took more than ${maxMs / 1000} s`
    throw new RequestError('invalid_request', message)
  }
}
