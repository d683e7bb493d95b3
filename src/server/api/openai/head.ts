// Parts that the answers of OpenAI's chats and text completions share.
import { randomBytes } from 'node:crypto'
import { badField } from '../../../base/errors.ts'
import type { GenerationOptions } from '../../../options/generation-fields.ts'

export type Head = {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly system_fingerprint: string
}

/** @param prefix of the id, such as `chatcmpl` or `cmpl`; 32 letters and digits follow. */
export function makeHead(prefix: string, modelName: string, version: string): Head {
  const random = randomBytes(24).toString('base64').replaceAll('+', 'A').replaceAll('/', 'B')
  return {
    id: `${prefix}-${random}`,
    created: Math.floor(Date.now() / 1000),
    model: modelName,
    system_fingerprint: `b0-cria-${version}`,
  }
}

export type TokenCounts = {
  readonly nPrompt: number
  readonly nCached: number
  readonly nPredicted: number
  /** The number of predicted tokens that are reasoning; undefined for answers without reasoning. */
  readonly nReasoning?: number
}

/**
 * Tokens of the answers to one request.
 * @param nAnswers answers to each prompt, which counts once.
 */
export function usage(counts: readonly TokenCounts[], nAnswers: number): object {
  const sum = (count: (of: TokenCounts) => number) => counts.reduce((total, of) => total + count(of), 0)
  const nPredicted = sum((of) => of.nPredicted)
  const nPrompt = sum((of) => of.nPrompt) / nAnswers
  const nComputed = sum((of) => of.nPrompt - of.nCached)
  return {
    completion_tokens: nPredicted,
    prompt_tokens: nPrompt,
    total_tokens: nPredicted + nPrompt,
    prompt_tokens_details: { cached_tokens: Math.max(0, nPrompt - nComputed) },
    ...(counts.every((of) => of.nReasoning === undefined)
      ? {}
      : { completion_tokens_details: { reasoning_tokens: sum((of) => of.nReasoning ?? 0) } }),
  }
}

/**
 * Refuses fields that OpenAI's routes cannot serve and would otherwise ignore.
 * @param inPlaceOfImages where images belong instead.
 * @throws RequestError naming the field.
 */
export function refuseNative(
  { imageData, responseFields, returnTokens, verbose, stream }: GenerationOptions,
  inPlaceOfImages: string,
): void {
  if (imageData.length > 0) throw badField('image_data', imageData, `is for /completion; ${inPlaceOfImages}`)
  // [""], which selects nothing, is how editors say that they will not read the answer
  if (stream && responseFields.some((path) => path !== '')) {
    throw badField('response_fields', responseFields, 'is for answers that are whole, and "stream" is true')
  }
  if (returnTokens && !verbose) throw badField('return_tokens', true, 'needs "verbose": true here')
}
