// Turns a task into the sequence that serves it, or into the error that refuses it. Knows no
// context and no queue.
import { type ErrorRecord, RequestError } from '../base/errors.ts'
import type { GenerationTask } from '../protocol/task.ts'
import { Sequence, truncatePrompt } from './generation/sequence.ts'

export type Limits = {
  /** Tokens of context of one slot. */
  readonly nCtx: number
  /** The maximum number of rows that are computed together. */
  readonly nUbatch: number
}

/** @throws RequestError when the task cannot be served. */
export function admit(task: GenerationTask, { nCtx, nUbatch }: Limits): Sequence {
  if (task.whenPromptTooLong === 'refuse' && task.prompt.length >= nCtx) {
    throw RequestError.from(tooLong(task.prompt.length, nCtx))
  }
  const tooWide = task.images.find(({ isNonCausal, nTokens }) => isNonCausal && nTokens > nUbatch)
  if (tooWide !== undefined) throw RequestError.from(imageTooWide(tooWide.nTokens, nUbatch))
  const { tokens, isTruncated } = truncatePrompt(task.prompt, nCtx, task.nKeep)
  const sequence = new Sequence(task, tokens, isTruncated)
  if (task.resume !== undefined) sequence.resume(task.resume, nCtx)
  return sequence
}

function tooLong(nPromptTokens: number, nCtx: number): ErrorRecord {
  return {
    kind: 'exceed_context_size',
    message:
      `the request exceeds the available context size: the prompt has ${nPromptTokens} tokens, ` +
      `a slot holds ${nCtx}; try a larger -c`,
    details: { n_prompt_tokens: nPromptTokens, n_ctx: nCtx },
  }
}

function imageTooWide(nTokens: number, nUbatch: number): ErrorRecord {
  return {
    kind: 'invalid_request',
    message: `an image of ${nTokens} rows is computed at once, and -ub ${nUbatch} allows fewer; start with a larger -ub and -b`,
  }
}
