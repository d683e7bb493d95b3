// POST /tokenize: llama-server's, and vLLM's for a body with `prompt` or `messages`.
import type { Body, BodyOf } from '../../options/field.ts'
import { bodyOf } from '../../options/field.ts'
import type { Answer, HttpRequest } from '../http/handler.ts'
import type { Model } from '../model/model.ts'
import { tokenize, tokenizeBody, tokenizeFields } from './native/tokenize.ts'
import { promptTokens, promptTokensBody, promptTokensFields } from './openai/tokenize.ts'

type EitherBody =
  | { readonly dialect: 'openai'; readonly body: BodyOf<typeof promptTokensBody> }
  | { readonly dialect: 'native'; readonly body: BodyOf<typeof tokenizeBody> }

const { schema } = bodyOf({ ...tokenizeFields, ...promptTokensFields })

export const eitherTokenizeBody: Body<EitherBody> = {
  schema,
  read: (given) =>
    isOpenai(given)
      ? { dialect: 'openai', body: promptTokensBody.read(given) }
      : { dialect: 'native', body: tokenizeBody.read(given) },
  ignored: (given, isStrict) => (isOpenai(given) ? promptTokensBody : tokenizeBody).ignored(given, isStrict),
}

export function eitherTokenize({ body: either, ...request }: HttpRequest<EitherBody>, model: Model): Promise<Answer> {
  return either.dialect === 'openai'
    ? promptTokens({ ...request, body: either.body }, model)
    : tokenize({ ...request, body: either.body }, model)
}

function isOpenai(given: unknown): boolean {
  const { content, prompt, messages } = given as Readonly<Record<string, unknown>>
  return (content ?? null) === null && ((prompt ?? null) !== null || (messages ?? null) !== null)
}
