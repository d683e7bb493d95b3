// What is kept of a conversation. Plain data, as it lies in the database and in exported files.
import type { ErrorKind } from '../api/errors.ts'
import type { Numbers, TokenProb } from '../api/generation.ts'
import type { Shape } from '../settings/settings.ts'
import { type Part, partsOfString, type StringMessage } from './parts.ts'

/** `streaming` of another tab or of a page that was closed: `savedAt` tells which. */
export type MessageState = 'done' | 'streaming' | 'stopped' | 'cut' | 'failed'

/** Of an answer that was stopped, what the page saw: it may not know the prompt. */
export type AnswerNumbers = Pick<Numbers, 'predictedTokens' | 'predictedMs'> &
  Partial<Numbers> & { readonly firstTokenMs: number }

export type Message = {
  readonly id: string
  readonly conversationId: string
  /** The message that this one answers or follows; siblings of one parent are versions. */
  readonly parentId: string | null
  readonly role: 'user' | 'assistant'
  readonly parts: readonly Part[]
  readonly createdAt: number
  readonly savedAt: number
  readonly state: MessageState
  /** Why it ended: `length` when the context or the limit was full. */
  readonly ending?: 'stop' | 'length'
  readonly error?: { readonly kind: ErrorKind; readonly message: string }
  readonly numbers?: AnswerNumbers
  readonly probs?: readonly TokenProb[]
  /** The model that wrote it. */
  readonly model?: string
  /** JSON was asked for: it is shown as such. */
  readonly isJson?: boolean
}

/** A message as it may lie in a database, a draft or a file: with parts, or with one string as it was at first. */
export type StoredMessage = Message | (Omit<Message, 'parts'> & StringMessage)

export function readStored(stored: StoredMessage): Message {
  if ('parts' in stored) return stored
  const { content: _, reasoning: __, images: ___, ...rest } = stored
  return { ...rest, parts: partsOfString(stored) }
}

type Common = {
  readonly id: string
  readonly title: string
  readonly createdAt: number
  readonly updatedAt: number
  /** Undefined in conversations of older versions: they follow the settings. */
  readonly shape?: Shape
  readonly isPinned?: boolean
}

/** A tree of messages; the way from the root to `leafId` is what is shown. */
export type Chat = Common & { readonly kind: 'chat'; readonly leafId: string | null }

/** A free text that the model continues. */
export type Text = Common & {
  readonly kind: 'text'
  readonly text: string
  /** With one, the model fills the gap between text and suffix. */
  readonly suffix: string
  /** Earlier texts, the latest last. */
  readonly undo: readonly string[]
  readonly redo: readonly string[]
  /** The last piece that the model wrote, token by token, where probabilities were asked for. */
  readonly probs?: readonly TokenProb[]
}

export type Conversation = Chat | Text

export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return Array.from(bytes, (byte) => byte.toString(36).padStart(2, '0')).join('')
}

/** The first line that says something, without the marks of Markdown, short enough for a list. */
export function titleOf(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s*(```|~~~|\$\$|[-*_=]{3,}\s*$)/.test(line))
  const plain = lines.map((line) => line.replace(/^\s*(?:#{1,6}\s+|>\s*|[-*+]\s+)+/, '').trim())
  const line = plain.find((line) => line !== '') ?? ''
  return line.length <= 60 ? line : `${line.slice(0, 59).trimEnd()}…`
}
