// What the user says: a new message, or a new version of one, and the answer to it.
import { go, linkTo } from '../shell/route.ts'
import { answer, onAnswerEnd } from './answering.ts'
import { newChat, openConversation, pathOf, saveMessages, shownPath, useLibrary } from './library.ts'
import { type Part, textOf, withText } from './parts.ts'
import { dequeue } from './queue.ts'
import { pathTo } from './tree.ts'
import { type Chat, type Message, newId, titleOf } from './types.ts'

/** @param chat undefined: a new one begins. @returns once the message is saved; the answer comes later. */
export async function send(chat: Chat | undefined, parts: readonly Part[]): Promise<void> {
  if (chat !== undefined) return sendAfter(chat.id, shownPath(), parts)
  await sendAfter((await begin(textOf(parts) || nameOf(parts))).id, [], parts)
}

async function sendAfter(conversationId: string, path: readonly Message[], parts: readonly Part[]): Promise<void> {
  const message = userMessage(conversationId, path.at(-1)?.id ?? null, parts)
  await saveMessages([message], message.id)
  void answer([...path, message])
}

/** Sends the message that has waited longest, if there is one. */
export async function sendQueued(conversationId: string): Promise<void> {
  const parts = dequeue(conversationId)
  if (parts === undefined) return
  await sendAfter(conversationId, await pathOf(conversationId), parts)
}

onAnswerEnd(({ conversationId }, hasFailed) => {
  if (!hasFailed) void sendQueued(conversationId)
})

async function begin(content: string): Promise<Chat> {
  const chat = await newChat(titleOf(content) || '…')
  await openConversation(chat.id)
  go(linkTo.conversation(chat.id))
  return chat
}

/** A new version beside the old one: of a question with a new answer, of an answer as it was edited. */
export async function sendVersion(old: Message, text: string): Promise<void> {
  const { conversationId, parentId, role, parts } = old
  const message = { ...userMessage(conversationId, parentId, withText(parts, text)), role }
  await saveMessages([message], message.id)
  if (role === 'user') void answer([...pathTo(parentId, useLibrary.getState().messages), message])
}

/** A new version of an answer. */
export function regenerate(old: Message): void {
  void answer(pathTo(old.parentId, useLibrary.getState().messages))
}

function nameOf(parts: readonly Part[]): string {
  return parts.find((part) => part.kind === 'attachment')?.name ?? ''
}

function userMessage(conversationId: string, parentId: string | null, parts: readonly Part[]): Message {
  const now = Date.now()
  return { id: newId(), conversationId, parentId, role: 'user', parts, createdAt: now, savedAt: now, state: 'done' }
}
