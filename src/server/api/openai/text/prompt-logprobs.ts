// `prompt_logprobs` as vLLM answers it: of each token of the prompt an object by token ids, null
// for the first.
import type { PromptTokenProbs, TopLogprob } from '../../../../protocol/event.ts'
import { tokenName } from '../../shared/token-name.ts'

/**
 * @param tokens of the prompt; the last of them have `probs`. @param nTop alternatives beside each
 *   token.
 */
export function promptLogprobsJson(
  tokens: readonly number[],
  probs: readonly PromptTokenProbs[],
  nTop: number,
): (object | null)[] {
  const nBefore = tokens.length - probs.length
  return tokens.map((_, i) => {
    const own = probs[i - nBefore]
    if (own === undefined) return null
    const ranked = own.topLogprobs.slice(0, nTop).map((top, rank) => [top, rank + 1] as const)
    return Object.fromEntries([...ranked, [own, own.rank] as const].map(([entry, rank]) => named(entry, rank)))
  })
}

function named({ token, logprob, bytes }: TopLogprob, rank: number): [string, object] {
  return [String(token), { logprob, rank, decoded_token: tokenName(bytes) }]
}
