// Probabilities of tokens, from the raw logits.

/** ln of the sum of exp over all logits: subtract it from a logit to get its logprob. */
export function logSumExp(logits: Float32Array): number {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < logits.length; i++) if (logits[i]! > max) max = logits[i]!
  if (max === Number.NEGATIVE_INFINITY) return max
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - max)
  return max + Math.log(sum)
}

/**
 * The token with the highest logit that is not banned; of equal ones, the lowest id: the choice of
 * libllama's greedy sampler.
 */
export function argmax(logits: Float32Array, banned: readonly number[] = []): number {
  let best = 0
  let max = Number.NEGATIVE_INFINITY
  for (let token = 0; token < logits.length; token++) {
    if (logits[token]! > max && !(banned.length > 0 && banned.includes(token))) {
      max = logits[token]!
      best = token
    }
  }
  return best
}

/**
 * The n tokens with the highest logits, most likely first; of equal ones, the lower id first.
 * @param logits length nVocab, unchanged.
 */
export function topTokens(logits: Float32Array, n: number): number[] {
  const best: number[] = []
  let least = Number.NEGATIVE_INFINITY
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token]!
    if (best.length >= n && !(logit > least)) continue
    let at = best.length
    while (at > 0 && logits[best[at - 1]!]! < logit) at--
    best.splice(at, 0, token)
    if (best.length > n) best.pop()
    if (best.length === n) least = logits[best[n - 1]!]!
  }
  return n === 0 ? [] : best
}

/** The rank of the token: the number of likelier tokens, plus one. */
export function rankOf(token: number, logits: Float32Array): number {
  const own = logits[token]!
  let rank = 1
  for (let i = 0; i < logits.length; i++) if (logits[i]! > own) rank++
  return rank
}
