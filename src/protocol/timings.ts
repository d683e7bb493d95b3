// Timings of one generation. Plain data.

export type Timings = {
  /** Prompt tokens taken from the cache. */
  readonly nCached: number
  /** Prompt tokens computed. */
  readonly nPrompt: number
  readonly promptMs: number
  readonly nPredicted: number
  readonly predictedMs: number
}
