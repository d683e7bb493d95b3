// POST /v1/chat/completions.
import { runChat } from '../../../chat/chat.ts'
import type { Answer, HttpRequest } from '../../../http/handler.ts'
import { reply } from '../../../http/reply.ts'
import type { Model } from '../../../model/model.ts'
import type { Services } from '../../../services.ts'
import { type ChatBody, readChat } from './read.ts'
import { ChatReply } from './write.ts'

export async function chatCompletions(
  { body, signal }: HttpRequest<ChatBody>,
  model: Model,
  { version }: Services,
): Promise<Answer> {
  const request = await readChat(body, model, signal)
  return reply(runChat(request, model, signal), new ChatReply(body, model, version), body)
}
