// POST /completions: llama-server's alias of /completion, and OpenAI's text completion without /v1.
import type { Body, BodyOf } from '../../options/field.ts'
import type { Answer, HttpRequest } from '../http/handler.ts'
import type { Model } from '../model/model.ts'
import type { Services } from '../services.ts'
import { completion, completionBody } from './native/completion.ts'
import { textCompletions } from './openai/text/completions.ts'
import { isTextCompletion, type TextBody, textCompletionBody } from './openai/text/fields.ts'

type EitherBody =
  | { readonly dialect: 'openai'; readonly body: TextBody }
  | { readonly dialect: 'native'; readonly body: BodyOf<typeof completionBody> }

export const eitherBody: Body<EitherBody> = {
  schema: textCompletionBody.schema, // it has every field of the other body
  read(given, defaults) {
    return isTextCompletion(given as Readonly<Record<string, unknown>>)
      ? { dialect: 'openai', body: textCompletionBody.read(given, defaults) }
      : { dialect: 'native', body: completionBody.read(given, defaults) }
  },
  ignored: textCompletionBody.ignored,
}

export function completions(
  { body: either, ...request }: HttpRequest<EitherBody>,
  model: Model,
  services: Services,
): Promise<Answer> {
  return either.dialect === 'openai'
    ? textCompletions({ ...request, body: either.body }, model, services)
    : completion({ ...request, body: either.body }, model)
}
