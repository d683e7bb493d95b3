// Conversations as a JSON file, with all their versions.
import { t } from '../words/words.ts'
import type { Conversation, Message } from './types.ts'

export type Bundle = { readonly conversation: Conversation; readonly messages: readonly Message[] }

const format = 'cria-conversations'

export function toJson(bundles: readonly Bundle[]): string {
  return JSON.stringify({ format, version: 1, conversations: bundles }, null, 2)
}

/** @throws Error that says what is wrong with the file. */
export function fromJson(text: string): readonly Bundle[] {
  let json: { format?: unknown; conversations?: unknown }
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Error(t('file.notJson', { message: error instanceof Error ? error.message : String(error) }))
  }
  if (json?.format !== format || !Array.isArray(json.conversations)) throw new Error(t('file.format', { format }))
  for (const [i, bundle] of json.conversations.entries()) checkBundle(bundle, `conversations[${i}]`)
  return json.conversations
}

function checkBundle(bundle: Partial<Bundle>, name: string): void {
  const { conversation, messages } = bundle
  const need = (isGood: boolean, field: string) => {
    if (!isGood) throw new Error(t('file.field', { name: `${name}.${field}` }))
  }
  need(typeof conversation === 'object' && conversation !== null, 'conversation')
  const { id, title, kind }: { id: unknown; title: unknown; kind: unknown } = conversation!
  need(typeof id === 'string' && typeof title === 'string', 'conversation')
  need(
    kind === 'chat' || (kind === 'text' && typeof (conversation as { text?: unknown }).text === 'string'),
    'conversation.kind',
  )
  need(Array.isArray(messages), 'messages')
  for (const [i, message] of messages!.entries()) {
    const isRole = message?.role === 'user' || message?.role === 'assistant'
    need(typeof message?.id === 'string' && typeof message.content === 'string' && isRole, `messages[${i}]`)
    need(message.conversationId === id, `messages[${i}].conversationId`)
  }
}
