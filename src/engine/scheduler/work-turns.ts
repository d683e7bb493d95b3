// Gives turns to streams, prompts and embeddings: between two tokens of a stream lies one chunk of
// other work. Knows no model and no scheduler.

/** The kinds of work that wait. */
export type Work = {
  /** Streams wait for their next token. */
  readonly decodes: boolean
  /** Prompts of generations. */
  readonly prefills: boolean
  readonly embeds: boolean
}

type Kind = 'decode' | 'prefill' | 'embed'

export class WorkTurns {
  #last: Kind = 'prefill'
  #lastOther: Exclude<Kind, 'decode'> = 'prefill'
  /** Whether the most recent turn was that of a prompt. */
  #isForPrompt = false

  /**
   * `embed`: a step of embeddings; `decode`: a step of generations, a chunk of a prompt only where
   * no stream can go on; `any` step of them.
   */
  next({ decodes, prefills, embeds }: Work): 'embed' | 'decode' | 'any' {
    this.#isForPrompt = false
    if (!embeds) return 'any'
    if (!decodes) return prefills && this.#last === 'embed' ? 'any' : 'embed'
    if (this.#last === 'embed') return 'decode'
    this.#isForPrompt = this.#last === 'decode' && prefills && this.#lastOther === 'embed'
    return this.#last === 'decode' && !this.#isForPrompt ? 'embed' : 'any'
  }

  /** Called after the work. @param kind undefined: there was nothing to compute after all. */
  did(kind: Kind | undefined): void {
    this.#last = kind ?? 'prefill'
    if (kind === 'embed') this.#lastOther = kind
    // a prompt that cannot go on had its turn
    else if (kind === 'prefill' || this.#isForPrompt) this.#lastOther = 'prefill'
  }
}
