// Limits the delay of others by the choices of one request: a single call of libllama cannot be
// interrupted, so it may be slow now and then, but not at every token.
import { RequestError } from '../../base/errors.ts'

/** Free of charge: more than any chain with any window of candidates takes on a busy machine. */
const freeMs = 100
/** The budget beyond that; each quick choice gives some of it back. */
const maxMs = 4000

export class ChoiceBudget {
  readonly #now: () => number
  #usedMs = 0

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** @returns the result of `choose`. @throws RequestError when the budget is used up. */
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
