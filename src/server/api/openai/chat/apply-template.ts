// POST /apply-template: the prompt that messages become, without generating anything.
import { bodySchema, boolean, readFields, type Schema } from '../../../../options/field.ts'
import type { ChatTemplate } from '../../../chat/template.ts'
import type { Answer, HttpRequest } from '../../../http/handler.ts'
import { messagesSchema, readMessages } from './messages.ts'

const object: Schema<Readonly<Record<string, unknown>>> = { type: ['object', 'null'] }

export const applyTemplateFields = {
  messages: { names: ['messages'], schema: messagesSchema, help: 'The conversation so far.' },
  addGenerationPrompt: {
    names: ['add_generation_prompt'],
    schema: boolean,
    default: true,
    help: "End with the beginning of the assistant's turn.",
  },
  chatTemplateKwargs: {
    names: ['chat_template_kwargs'],
    schema: object,
    default: {} as Readonly<Record<string, unknown>>,
    help: 'More variables for the chat template.',
  },
} as const

export const applyTemplateBody = bodySchema(applyTemplateFields, ['messages'])

export function applyTemplate({ body }: HttpRequest, template: ChatTemplate): Answer {
  const fields = readFields(applyTemplateFields, body)
  const messages = readMessages(fields.messages ?? [])
  return { json: { prompt: template.render(messages, fields.addGenerationPrompt, fields.chatTemplateKwargs) } }
}
