// What every OpenAI answer begins with, and what two of them share.
import { randomBytes } from 'node:crypto'
import type { FinishReason } from '../../../protocol/event.ts'
import type { FinishEvent } from '../../generate/request-maker.ts'

export type Head = {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly system_fingerprint: string
}

/** @param prefix of the id, as `chatcmpl` or `cmpl`; 32 letters and digits follow. */
export function makeHead(prefix: string, modelName: string, version: string): Head {
  const random = randomBytes(24).toString('base64').replaceAll('+', 'A').replaceAll('/', 'B')
  return {
    id: `${prefix}-${random}`,
    created: Math.floor(Date.now() / 1000),
    model: modelName,
    system_fingerprint: `b0-cria-${version}`,
  }
}

export function finishReason(reason: FinishReason): 'length' | 'stop' {
  return reason === 'limit' ? 'length' : 'stop'
}

/**
 * Tokens of the answers to one request.
 * @param nAnswers to each prompt, which counts once.
 */
export function usage(finished: readonly FinishEvent[], nAnswers: number): object {
  const sum = (count: (event: FinishEvent) => number) => finished.reduce((total, event) => total + count(event), 0)
  const nPredicted = sum((event) => event.timings.nPredicted)
  const nPrompt = sum((event) => event.nPromptTokens) / nAnswers
  return {
    completion_tokens: nPredicted,
    prompt_tokens: nPrompt,
    total_tokens: nPredicted + nPrompt,
    prompt_tokens_details: {
      cached_tokens: Math.min(
        nPrompt,
        sum((event) => event.timings.nCached),
      ),
    },
  }
}
