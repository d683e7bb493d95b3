// POST /v1/completions: OpenAI's text completions.
import { badField } from '../../../../base/errors.ts'
import { readPrompts } from '../../../generate/prompt.ts'
import { runText, type TextRequest } from '../../../generate/text.ts'
import type { Answer, HttpRequest } from '../../../http/handler.ts'
import { reply } from '../../../http/reply.ts'
import type { Model } from '../../../model/model.ts'
import type { Services } from '../../../services.ts'
import { refuseNative } from '../head.ts'
import { readFormat } from '../response-format.ts'
import { overflowWith } from '../truncation.ts'
import type { TextBody } from './fields.ts'
import { TextReply } from './write.ts'

export function textCompletions(
  { body, signal }: HttpRequest<TextBody>,
  model: Model,
  { version }: Services,
): Promise<Answer> {
  return reply(runText(readText(body, model), model, signal), new TextReply(body, model, version), body)
}

/** @throws RequestError naming the field that cannot be served. */
function readText(body: TextBody, model: Model): TextRequest {
  refuseNative(body, 'there are no images here')
  if (body.postSamplingProbs) throw badField('post_sampling_probs', true, 'is for /completion and chats')
  const nProbs = Math.max(body.nProbs, body.logprobs === undefined ? 0 : Math.max(1, body.logprobs))
  return {
    prompts: readPrompts(body.prompt, 'prompt').sources,
    options: { ...body, nProbs },
    format: readFormat(body),
    overflow: overflowWith(body.truncation, model.options),
    whenEmpty: 'begin',
  }
}
