// Conversations as a JSON file, with all their versions. Files of other programs are read as well.
import { t } from '../words/words.ts'
import { fromForeignJson } from './foreign-exports.ts'
import { type Conversation, type Message, readStored, type StoredMessage } from './types.ts'

export type Bundle = { readonly conversation: Conversation; readonly messages: readonly Message[] }

const format = 'cria-conversations'

export function toJson(bundles: readonly Bundle[]): string {
  return JSON.stringify({ format, version: 2, conversations: bundles }, null, 2)
}

/** @throws Error that says what is wrong with the file. */
export function fromJson(text: string): readonly Bundle[] {
  let json: { format?: unknown; conversations?: unknown }
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Error(t('file.notJson', { message: error instanceof Error ? error.message : String(error) }))
  }
  const foreign = fromForeignJson(json)
  if (foreign !== undefined) return foreign
  if (json?.format !== format || !Array.isArray(json.conversations)) throw new Error(t('file.format', { format }))
  return json.conversations.map((bundle, i) => readBundle(bundle, `conversations[${i}]`))
}

type StoredBundle = { readonly conversation: Conversation; readonly messages: readonly StoredMessage[] }

function readBundle(bundle: Partial<StoredBundle>, name: string): Bundle {
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
    need(typeof message?.id === 'string' && hasContent(message) && isRole, `messages[${i}]`)
    need(message.conversationId === id, `messages[${i}].conversationId`)
  }
  return { conversation: conversation!, messages: messages!.map(readStored) }
}

/** With parts, or with a string as files of version 1 have it. */
function hasContent(message: { readonly parts?: unknown; readonly content?: unknown }): boolean {
  return Array.isArray(message.parts) || typeof message.content === 'string'
}
