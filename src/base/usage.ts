// The number of tokens that a request has used, keyed by its signal: whoever computes adds, whoever
// logs reads.

export type Usage = {
  /** All tokens of its prompts, cached ones included. */
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

/** @returns undefined for a request that has computed nothing so far. */
export function usageOf(signal: AbortSignal): Usage | undefined {
  return bySignal.get(signal)
}
