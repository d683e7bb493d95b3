// Shortens prompts that are far longer than a slot: parts that the engine would refuse or cut
// anyway do not cross two pipes. Pure.
import { RequestError } from '../../base/errors.ts'

export type Fit = {
  /** Tokens of context of a slot. */
  readonly nCtx: number
  /** As sent to the engine. */
  readonly nKeep: number
  readonly whenTooLong: 'truncate' | 'refuse'
}

/** Shorter prompts are left to the engine. */
const maxUntouched = 65_536

/**
 * @returns the prompt, or a shorter one that the engine cuts to the same tokens.
 * @throws RequestError when it is refused.
 */
export function fitPrompt(tokens: readonly number[], { nCtx, nKeep, whenTooLong }: Fit): readonly number[] {
  if (tokens.length <= Math.max(maxUntouched, 2 * nCtx)) return tokens
  if (whenTooLong === 'refuse') throw promptTooLong(tokens.length, nCtx)
  const nKept = Math.min(nKeep < 0 ? tokens.length : nKeep, nCtx - 4)
  const block = Math.floor((nCtx - nKept) / 2) // the engine drops whole blocks after the kept ones
  const nDropped = Math.floor((tokens.length - nCtx) / block) * block
  return [...tokens.slice(0, nKept), ...tokens.slice(nKept + nDropped)]
}

function promptTooLong(nTokens: number, nCtx: number): RequestError {
  const message =
    `the request exceeds the available context size: the prompt has ${nTokens} tokens, ` +
    `a slot holds ${nCtx}; try a larger -c`
  return new RequestError('exceed_context_size', message, { n_prompt_tokens: nTokens, n_ctx: nCtx })
}
