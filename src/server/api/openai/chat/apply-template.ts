// POST /apply-template: the prompt that messages become, without generating anything.
import { type BodyOf, bodyOf, readFields } from '../../../../options/field.ts'
import { generationFields } from '../../../../options/generation-fields.ts'
import { anyObject, boolean, oneOf } from '../../../../options/schema.ts'
import { renderChat } from '../../../chat/chat.ts'
import { plainChat } from '../../../chat/chat-request.ts'
import { overflowOf } from '../../../generate/overflow.ts'
import { type Answer, type HttpRequest, json } from '../../../http/handler.ts'
import type { Model } from '../../../model/model.ts'
import { messagesSchema, readMessages } from './messages.ts'

export const applyTemplateFields = {
  messages: { names: ['messages'], schema: messagesSchema, help: 'The conversation so far.' },
  addGenerationPrompt: {
    names: ['add_generation_prompt'],
    schema: boolean,
    default: true,
    help: "End with the beginning of the assistant's turn.",
  },
  continueFinalMessage: {
    names: ['continue_final_message'],
    schema: oneOf(true, false, 'content', 'reasoning_content'),
    help: "Whether the answer goes on with the last message, and with which part. Without it: when that is the assistant's.",
  },
  chatTemplateKwargs: {
    names: ['chat_template_kwargs'],
    schema: anyObject,
    default: {},
    help: 'More variables for the chat template.',
  },
} as const

export const applyTemplateBody = bodyOf(applyTemplateFields, ['messages'])

export async function applyTemplate(
  { body, signal }: HttpRequest<BodyOf<typeof applyTemplateBody>>,
  model: Model,
): Promise<Answer> {
  const request = {
    ...plainChat,
    messages: await readMessages(body.messages),
    options: readFields(generationFields, {}),
    overflow: overflowOf('refuse', model.options),
    addGenerationPrompt: body.addGenerationPrompt,
    continueFinalMessage: body.continueFinalMessage,
    templateVariables: body.chatTemplateKwargs,
  }
  return json({ prompt: await renderChat(request, model, signal) })
}
