// POST /v1/chat/completions/input_tokens: how many tokens the prompt of a chat has.
import { countTokens } from '../../../chat/chat.ts'
import { type Answer, type HttpRequest, json } from '../../../http/handler.ts'
import type { Model } from '../../../model/model.ts'
import { type ChatBody, readChat } from './read.ts'

export async function countChatTokens({ body, signal }: HttpRequest<ChatBody>, model: Model): Promise<Answer> {
  const chat = await readChat(body, model, signal)
  return json({ object: 'response.input_tokens', input_tokens: await countTokens(chat, model, signal) })
}
