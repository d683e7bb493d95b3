// What is kept of a conversation. Plain data, as it lies in the database and in exported files.
import type { ErrorKind } from '../api/errors.ts'
import type { Numbers, TokenProb } from '../api/generation.ts'

/** `streaming` of another tab or of a page that was closed: `savedAt` tells which. */
export type MessageState = 'done' | 'streaming' | 'stopped' | 'cut' | 'failed'

export type Message = {
  readonly id: string
  readonly conversationId: string
  /** The message that this one answers or follows; siblings of one parent are versions. */
  readonly parentId: string | null
  readonly role: 'user' | 'assistant'
  readonly content: string
  /** Thoughts that the server had split off; those in `<think>` stay in the content. */
  readonly reasoning?: string
  /** Images as data: URLs. */
  readonly images?: readonly string[]
  readonly createdAt: number
  readonly savedAt: number
  readonly state: MessageState
  /** Why it ended: `length` when the context or the limit was full. */
  readonly ending?: 'stop' | 'length'
  readonly error?: { readonly kind: ErrorKind; readonly message: string }
  readonly numbers?: Numbers & { readonly firstTokenMs: number }
  readonly probs?: readonly TokenProb[]
  /** JSON was asked for: it is shown as such. */
  readonly isJson?: boolean
}

type Common = {
  readonly id: string
  readonly title: string
  readonly createdAt: number
  readonly updatedAt: number
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

/** The first line of a text, short enough for a list. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.length <= 60 ? line : `${line.slice(0, 59).trimEnd()}…`
}
