// Timings under the names that llama.cpp's servers have always used.
import type { Timings } from '../../../protocol/timings.ts'

/** Rates are per second, 0 where nothing was timed. */
export function timingsJson({ timings }: { readonly timings: Timings }): Record<string, number> {
  const { nCached, nPrompt, promptMs, nPredicted, predictedMs } = timings
  const nIntervals = Math.max(0, nPredicted - 1) // the first token comes from the prompt
  return {
    cache_n: nCached,
    prompt_n: nPrompt,
    prompt_ms: promptMs,
    prompt_per_token_ms: nPrompt > 0 ? promptMs / nPrompt : 0,
    prompt_per_second: promptMs > 0 ? (nPrompt / promptMs) * 1000 : 0,
    predicted_n: nPredicted,
    predicted_ms: predictedMs,
    predicted_per_token_ms: nIntervals > 0 ? predictedMs / nIntervals : 0,
    predicted_per_second: predictedMs > 0 ? (nIntervals / predictedMs) * 1000 : 0,
  }
}
