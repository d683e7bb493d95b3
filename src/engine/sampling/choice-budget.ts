// What the choices of one request may hold up others: a single call of libllama cannot be taken apart, so it may be slow now and
// then, but not at every token.
import { RequestError } from '../../base/errors.ts'

/** Costs nothing: more than any chain, any window of candidates takes on a busy machine. */
const freeMs = 100
/** What may be used beyond that; each quick choice gives some back. */
const maxMs = 4000

export class ChoiceBudget {
  readonly #now: () => number
  #usedMs = 0

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** @returns what `choose` returned. @throws RequestError when the budget is used up. */
  spend<T>(choose: () => T): T {
    const startedAt = this.#now()
    const result = choose()
    this.#usedMs = Math.max(0, this.#usedMs + this.#now() - startedAt - freeMs)
    if (this.#usedMs <= maxMs) return result
    const message =
      'Cannot go on: choosing a token takes too long, and other requests wait meanwhile; make "grammar" or "json_schema" smaller'
    throw new RequestError('invalid_request', message)
  }
}
