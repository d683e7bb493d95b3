// The samplers as their definitions say them, slowly, on lists: what the chain is compared with.

export type Candidate = { readonly token: number; readonly logit: number }

/** Probability of each candidate, in their order. */
export function softmax(list: readonly Candidate[]): number[] {
  const max = Math.max(...list.map(({ logit }) => logit))
  const exps = list.map(({ logit }) => Math.exp(logit - max))
  const sum = exps.reduce((a, b) => a + b, 0)
  return exps.map((exp) => exp / sum)
}

/** Likeliest first; equals keep their order. */
export function sorted(list: readonly Candidate[]): Candidate[] {
  return [...list].sort((a, b) => b.logit - a.logit)
}

/** Without those that can never come. */
export function possible(list: readonly Candidate[]): Candidate[] {
  return list.filter(({ logit }) => logit !== Number.NEGATIVE_INFINITY)
}

export function topK(list: readonly Candidate[], k: number): Candidate[] {
  return sorted(list).slice(0, k)
}

/** The fewest likeliest that together reach p: each whose predecessors do not reach it yet; one at least. */
export function topP(list: readonly Candidate[], p: number, minKeep = 0): Candidate[] {
  const order = sorted(list)
  const probs = softmax(order)
  return order.filter((_, i) => i < Math.max(1, minKeep) || probs.slice(0, i).reduce((a, b) => a + b, 0) < p)
}

export function minP(list: readonly Candidate[], p: number, minKeep = 0): Candidate[] {
  const order = sorted(list)
  const probs = softmax(order)
  return order.filter((_, i) => i < minKeep || probs[i]! >= p * probs[0]!)
}

/** "Locally Typical Sampling", Meister et al. 2022: those whose surprise is nearest to the entropy, until p is exceeded. */
export function typical(list: readonly Candidate[], p: number, minKeep = 0): Candidate[] {
  const probs = softmax(list)
  const entropy = probs.reduce((sum, prob) => sum - (prob === 0 ? 0 : prob * Math.log(prob)), 0)
  const order = list
    .map((candidate, i) => ({ candidate, prob: probs[i]!, distance: Math.abs(-Math.log(probs[i]!) - entropy) }))
    .sort((a, b) => a.distance - b.distance)
  const kept: Candidate[] = []
  let total = 0
  for (const { candidate, prob } of order) {
    kept.push(candidate)
    total += prob
    if (total > p && kept.length >= minKeep) break
  }
  return kept
}

/** "Tail Free Sampling": up to where the normalized second differences, summed, exceed z; one at least. */
export function tailFreeSlowly(list: readonly Candidate[], z: number, minKeep = 0): Candidate[] {
  if (z >= 1 || list.length <= 2) return [...list]
  const order = sorted(list)
  const probs = softmax(order)
  const first = probs.slice(1).map((prob, i) => probs[i]! - prob)
  const second = first.slice(1).map((step, i) => Math.abs(first[i]! - step))
  const sum = second.reduce((a, b) => a + b, 0)
  const weights = second.map((value) => (sum > 1e-6 ? value / sum : 1 / second.length))
  const totals = weights.map((_, i) => weights.slice(0, i + 1).reduce((a, b) => a + b, 0))
  const end = totals.findIndex((total, i) => total > z && i >= minKeep && i >= 1)
  return end < 0 ? order : order.slice(0, end)
}

/** "Top-nσ", Tang et al. 2024: logits within n standard deviations of the best. */
export function topNSigma(list: readonly Candidate[], n: number): Candidate[] {
  const logits = possible(list).map(({ logit }) => logit)
  const mean = logits.reduce((a, b) => a + b, 0) / logits.length
  const deviation = Math.sqrt(logits.reduce((sum, logit) => sum + (logit - mean) ** 2, 0) / logits.length)
  const least = Math.max(...logits) - n * deviation
  return list.filter(({ logit }) => logit >= least)
}

/** "Exclude Top Choices", when its coin says yes: of those above the threshold only the least likely stays. */
export function excludeTopChoices(list: readonly Candidate[], threshold: number, minKeep = 0): Candidate[] {
  const order = sorted(list)
  const nAbove = softmax(order).filter((prob) => prob >= threshold).length
  const kept = order.slice(Math.max(0, nAbove - 1))
  return kept.length >= minKeep ? kept : order
}

export function temperature(list: readonly Candidate[], degree: number): Candidate[] {
  return list.map(({ token, logit }) => ({ token, logit: logit / degree }))
}

/** Temperature by entropy, between degree - range and degree + range. */
export function dynamicTemperature(list: readonly Candidate[], degree: number, range: number, exponent: number) {
  const entropy = softmax(list).reduce((sum, prob) => sum - (prob === 0 ? 0 : prob * Math.log(prob)), 0)
  const low = Math.max(0, degree - range)
  const share = (entropy / Math.log(list.length)) ** exponent
  return temperature(list, low + (degree + range - low) * share)
}

export type Penalties = { readonly repeat: number; readonly frequency: number; readonly presence: number }

/** @param before the tokens that the penalties see. */
export function penalized(list: readonly Candidate[], before: readonly number[], penalties: Penalties): Candidate[] {
  return list.map(({ token, logit }) => {
    const count = before.filter((other) => other === token).length
    if (count === 0) return { token, logit }
    const divided = logit <= 0 ? logit * penalties.repeat : logit / penalties.repeat
    return { token, logit: divided - count * penalties.frequency - penalties.presence }
  })
}

export type Dry = {
  readonly multiplier: number
  readonly base: number
  readonly allowedLength: number
  readonly breakers: readonly number[]
}

/** "DRY", p-e-w 2024: a token that would go on with a repetition of more than allowedLength tokens costs, more the longer it is. */
export function dryPenalized(list: readonly Candidate[], before: readonly number[], dry: Dry): Candidate[] {
  const end = before.length
  return list.map(({ token, logit }) => {
    if (dry.breakers.includes(token)) return { token, logit }
    let longest = 0
    for (let at = 1; at < end; at++) {
      if (before[at] !== token) continue
      let length = 0 // how far the tokens before `at` are those at the end
      while (length < at) {
        const last = before[end - 1 - length]!
        if (before[at - 1 - length] !== last || dry.breakers.includes(last)) break
        length++
      }
      longest = Math.max(longest, length)
    }
    const isFree = longest < dry.allowedLength || longest === 0
    return { token, logit: isFree ? logit : logit - dry.multiplier * dry.base ** (longest - dry.allowedLength) }
  })
}

/** Surprise in bits of each candidate. */
export function surprises(list: readonly Candidate[]): number[] {
  return softmax(list).map((prob) => -Math.log2(prob))
}

/** Mirostat 2.0, Basu et al. 2021, algorithm 2: those that surprise by mu at most; one at least. */
export function mirostat2(list: readonly Candidate[], mu: number): Candidate[] {
  const order = sorted(list)
  const bits = surprises(order)
  return order.slice(0, Math.max(1, bits.filter((surprise) => surprise <= mu).length))
}

/** Mirostat, algorithm 1: the k that makes the surprise mu, if probabilities follow Zipf's law. @param nVocab N of the paper. */
export function mirostat1(list: readonly Candidate[], mu: number, nVocab: number, m = 100): Candidate[] {
  const order = sorted(list)
  const probs = softmax(order).slice(0, m)
  let sumTb = 0
  let sumTt = 0
  for (let i = 0; i + 1 < probs.length; i++) {
    const t = Math.log((i + 2) / (i + 1))
    sumTb += t * Math.log(probs[i]! / probs[i + 1]!)
    sumTt += t * t
  }
  const s = sumTb / sumTt
  const epsilon = s - 1
  const k = ((epsilon * 2 ** mu) / (1 - nVocab ** -epsilon)) ** (1 / s)
  return order.slice(0, Math.max(1, Math.floor(k)))
}

/** What libllama's `infill` asks of a vocabulary. */
export type Pieces = {
  readonly eot: number
  readonly eos: number
  readonly piece: (token: number) => Uint8Array
  readonly isEndOfGeneration: (token: number) => boolean
}

/** Of the 256 likeliest. @returns logits; probabilities that were joined decide who stays and are not given on. */
export function infill(list: readonly Candidate[], vocab: Pieces): Candidate[] {
  const best = topK(list, 256)
  const isEnd = ({ token }: Candidate) => vocab.isEndOfGeneration(token)
  const probs = softmax(best)
  const end = best.reduce((sum, candidate, i) => sum + (isEnd(candidate) ? probs[i]! : 0), 0)
  if (3 * end * best.length > 1 - end) return best.filter(isEnd)
  const bytes = best.map(({ token }) => Buffer.from(vocab.piece(token)))
  const begins = (i: number, j: number) =>
    bytes[i]!.length > 0 && bytes[j]!.subarray(0, bytes[i]!.length).equals(bytes[i]!)
  const isGone = best.map(() => false)
  for (let i = 0; i < best.length; i++) {
    for (let j = 0; j < best.length && !isGone[i]; j++) {
      if (i === j || isGone[j] || !begins(i, j)) continue
      const [stays, goes] = probs[j]! > probs[i]! ? [j, i] : [i, j]
      probs[stays]! += probs[goes]!
      probs[goes] = 0
      isGone[goes] = true
    }
  }
  let left = best.map((candidate, i) => ({ candidate, prob: probs[i]!, isEnd: isEnd(candidate) }))
  const keep = (least: number) => {
    left = left.filter((entry) => entry.isEnd || entry.prob >= least)
  }
  keep(0.2)
  const nTexts = left.filter((entry) => !entry.isEnd).length
  if (nTexts === 0) return [{ token: vocab.eot >= 0 ? vocab.eot : vocab.eos, logit: 1 }]
  const sum = left.reduce((total, { prob }) => total + prob, 0)
  for (const entry of left) entry.prob /= sum
  keep(1 / (nTexts + 1))
  return left.filter(({ candidate }) => !isGone[best.indexOf(candidate)]).map(({ candidate }) => candidate)
}
