// Reads the fields of a chat in OpenAI's shape into a ChatRequest.
import { badField } from '../../../../base/errors.ts'
import { type BodyOf, bodyOf } from '../../../../options/field.ts'
import { type ChatRequest, plainChat } from '../../../chat/chat-request.ts'
import { imageInputFor } from '../../../generate/images.ts'
import { checkTogether, type ImageFile } from '../../../images/image-file.ts'
import { readImageUrl } from '../../../images/image-url.ts'
import type { Model } from '../../../model/model.ts'
import { refuseNative } from '../head.ts'
import { readFormat } from '../response-format.ts'
import { overflowWith } from '../truncation.ts'
import { chatFields } from './fields.ts'
import { type ReadImage, readMessages } from './messages.ts'
import { readReasoning } from './reasoning.ts'
import { readTools } from './tools.ts'

export const chatBody = bodyOf(chatFields, ['messages'])
export type ChatBody = BodyOf<typeof chatBody>

/** @throws RequestError naming the field that cannot be served. */
export async function readChat(body: ChatBody, model: Model, signal: AbortSignal): Promise<ChatRequest> {
  refuseUnserved(body)
  refuseNative(body, 'a message has image_url parts')
  const nProbs = Math.max(body.logprobs ? Math.max(1, body.topLogprobs) : 0, body.nProbs)
  return {
    ...plainChat,
    messages: await readMessages(body.messages, imageReader(model, signal)),
    format: readFormat(body),
    options: { ...body, nProbs },
    overflow: overflowWith(body.truncation, model.options),
    ...readTools(body),
    reasoning: readReasoning(body, model.options),
    addGenerationPrompt: body.addGenerationPrompt,
    continueFinalMessage: body.continueFinalMessage,
    templateVariables: body.chatTemplateKwargs,
  }
}

/** Each image is checked together with those before it. */
export function imageReader(model: Model, signal: AbortSignal): ReadImage {
  const all: ImageFile[] = []
  return async (value, name) => {
    const { limits } = imageInputFor(name, model)
    const image = await readImageUrl(value, name, limits, signal)
    all.push(image)
    checkTogether(all, limits)
    return image
  }
}

function refuseUnserved({ topLogprobs, logprobs }: ChatBody): void {
  if (topLogprobs > 0 && !logprobs) throw badField('top_logprobs', topLogprobs, 'needs "logprobs": true')
}
