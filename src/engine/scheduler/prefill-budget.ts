// The number of prompt tokens that one step may compute while streams wait for their next token.
// Source of the figures: docs/decisions/chunked-prefill.md.

/**
 * ggml's CPU flash attention has a fast kernel for 64 rows and more: smaller chunks cost more a
 * token.
 */
export const cheapestChunk = 64

/** A little more than a chunk is taken whole: the rest would be a slow small chunk. */
const slack = 1.25

/** Weight of the latest measurement. */
const weight = 0.3

export class PrefillBudget {
  readonly #gapMs: number
  readonly #nBatch: number
  #msPerToken: number | undefined
  #decodeMs = 0

  /** @param gapMs the target for the gap between two tokens of a running stream. */
  constructor(gapMs: number, nBatch: number) {
    this.#gapMs = gapMs
    this.#nBatch = nBatch
  }

  /** Prompt tokens for a step between two decodes: a multiple of the cheapest chunk. */
  get chunk(): number {
    if (this.#msPerToken === undefined) return Math.min(cheapestChunk, this.#nBatch)
    const fits = (this.#gapMs - this.#decodeMs) / this.#msPerToken
    const chunks = Math.max(1, Math.floor(fits / cheapestChunk))
    return Math.min(chunks * cheapestChunk, this.#nBatch)
  }

  /** The maximum number of rows of such a step if it finishes a prompt. */
  get stretchedChunk(): number {
    return Math.min(Math.floor(this.chunk * slack), this.#nBatch)
  }

  measure(kind: 'decode' | 'prefill', nRows: number, ms: number): void {
    if (kind === 'decode') this.#decodeMs += weight * (ms - this.#decodeMs)
    else if (nRows >= cheapestChunk) {
      const each = ms / nRows
      this.#msPerToken = this.#msPerToken === undefined ? each : this.#msPerToken + weight * (each - this.#msPerToken)
    }
  }
}
