// POST /apply-template: the prompt of some messages, without generating anything.
import { type BodyOf, bodyOf, readFields } from '../../../../options/field.ts'
import { generationFields } from '../../../../options/generation-fields.ts'
import { renderChat } from '../../../chat/chat.ts'
import { type ChatRequest, plainChat } from '../../../chat/chat-request.ts'
import { overflowOf } from '../../../generate/overflow.ts'
import { type Answer, type HttpRequest, json } from '../../../http/handler.ts'
import type { Model } from '../../../model/model.ts'
import { chatFields } from './fields.ts'
import { readMessages } from './messages.ts'
import { readReasoning } from './reasoning.ts'
import { readTools } from './tools.ts'

const {
  messages,
  model,
  tools,
  toolChoice,
  parallelToolCalls,
  functions,
  functionCall,
  reasoningFormat,
  enableThinking,
  reasoningEffort,
  thinkingBudgetTokens,
  reasoningBudgetMessage,
  addGenerationPrompt,
  continueFinalMessage,
  chatTemplateKwargs,
} = chatFields

/** The fields of a chat that make the prompt. */
export const applyTemplateFields = {
  messages,
  model,
  tools,
  toolChoice,
  parallelToolCalls,
  functions,
  functionCall,
  reasoningFormat,
  enableThinking,
  reasoningEffort,
  thinkingBudgetTokens,
  reasoningBudgetMessage,
  addGenerationPrompt,
  continueFinalMessage,
  chatTemplateKwargs,
} as const

export const applyTemplateBody = bodyOf(applyTemplateFields, ['messages'])

export async function applyTemplate(
  { body, signal }: HttpRequest<BodyOf<typeof applyTemplateBody>>,
  model: Model,
): Promise<Answer> {
  return json({ prompt: await renderChat(await readTemplated(body, model), model, signal) })
}

/**
 * A chat that is rendered and not answered. @throws RequestError naming the field that cannot be
 * served.
 */
export async function readTemplated(body: BodyOf<typeof applyTemplateBody>, model: Model): Promise<ChatRequest> {
  return {
    ...plainChat,
    messages: await readMessages(body.messages),
    ...readTools(body),
    reasoning: readReasoning(body, model.options),
    options: readFields(generationFields, {}),
    overflow: overflowOf('refuse', model.options),
    addGenerationPrompt: body.addGenerationPrompt,
    continueFinalMessage: body.continueFinalMessage,
    templateVariables: body.chatTemplateKwargs,
  }
}
