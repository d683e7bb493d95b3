// Removes the candidates that a grammar refuses, in parts. libllama tests each candidate at each
// place where the grammar may be, so a grammar of thousands of alternatives takes seconds for a
// token; between two parts other sequences get their steps.
import { RequestError } from '../../base/errors.ts'
import type { CandidateMemory, NativeSampler } from '../../llama/sampler.ts'
import type { Candidates } from './candidates.ts'

/** The time of a part: an ordinary grammar is done by then. */
const partMs = 40
/** The target time of one call of libllama. */
const callMs = 5
/** The maximum time of a token in total. */
const maxMs = 20_000

export class GrammarFilter {
  readonly #candidates: Candidates
  readonly #memory: Pick<CandidateMemory, 'apply'>
  readonly #grammar: NativeSampler
  /** Candidates before this one, in the order of their ids, are done. */
  #nDone = 0
  /** The number of candidates offered in one call. */
  #nOffered = 256
  #spentMs = 0
  /**
   * The logits between two parts, with refused ones removed: the candidates serve other sequences
   * meanwhile.
   */
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
   * Continues for a while.
   * @returns whether it is done; then the refused candidates have the logit -Infinity.
   * @throws RequestError when it takes too long in total.
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
