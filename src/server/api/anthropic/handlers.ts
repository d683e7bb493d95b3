// POST /v1/messages and /v1/messages/count_tokens.
import { countTokens, runChat } from '../../chat/chat.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import { reply } from '../../http/reply.ts'
import type { Model } from '../../model/model.ts'
import { type MessagesBody, readChat, readCounted } from './read.ts'
import { MessageReply } from './write.ts'

export async function messages({ body, signal }: HttpRequest<MessagesBody>, model: Model): Promise<Answer> {
  const request = await readChat(body, model, signal)
  return reply(runChat(request, model, signal), new MessageReply(body.model ?? model.name), body)
}

export async function countMessageTokens({ body, signal }: HttpRequest<MessagesBody>, model: Model): Promise<Answer> {
  return json({ input_tokens: await countTokens(await readCounted(body, model, signal), model, signal) })
}
