// How many tokens a request has used, found by the signal that it hands on: whoever computes counts, whoever logs asks.

export type Usage = {
  /** All tokens of its prompts, those of the cache too. */
  readonly nPrompt: number
  readonly nCached: number
  readonly nPredicted: number
}

const bySignal = new WeakMap<AbortSignal, Usage>()

/** Adds to what the request of this signal has used. */
export function countUsage(signal: AbortSignal, more: Usage): void {
  const { nPrompt, nCached, nPredicted } = usageOf(signal) ?? { nPrompt: 0, nCached: 0, nPredicted: 0 }
  bySignal.set(signal, {
    nPrompt: nPrompt + more.nPrompt,
    nCached: nCached + more.nCached,
    nPredicted: nPredicted + more.nPredicted,
  })
}

/** @returns undefined for a request that computed nothing, or has not yet. */
export function usageOf(signal: AbortSignal): Usage | undefined {
  return bySignal.get(signal)
}
