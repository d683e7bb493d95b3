// What the user says: a new message, or a new version of one, and the answer to it.
import { go, linkTo } from '../shell/route.ts'
import { answer } from './answering.ts'
import { newChat, openConversation, saveMessages, shownPath, useLibrary } from './library.ts'
import { pathTo } from './tree.ts'
import { type Chat, type Message, newId, titleOf } from './types.ts'

/** @param chat undefined: a new one begins. @returns once the message is saved; the answer comes later. */
export async function send(chat: Chat | undefined, content: string, images: readonly string[]): Promise<void> {
  const { id: conversationId } = chat ?? (await begin(content))
  const path = chat === undefined ? [] : shownPath()
  const message = userMessage(conversationId, path.at(-1)?.id ?? null, content, images)
  await saveMessages([message], message.id)
  void answer([...path, message])
}

async function begin(content: string): Promise<Chat> {
  const chat = await newChat(titleOf(content) || '…')
  await openConversation(chat.id)
  go(linkTo.conversation(chat.id))
  return chat
}

/** A new version beside the old one: of a question with a new answer, of an answer as it was edited. */
export async function sendVersion(old: Message, content: string): Promise<void> {
  const { conversationId, parentId, role, images = [] } = old
  const message = { ...userMessage(conversationId, parentId, content, images), role }
  await saveMessages([message], message.id)
  if (role === 'user') void answer([...pathTo(parentId, useLibrary.getState().messages), message])
}

/** A new version of an answer. */
export function regenerate(old: Message): void {
  void answer(pathTo(old.parentId, useLibrary.getState().messages))
}

function userMessage(
  conversationId: string,
  parentId: string | null,
  content: string,
  images: readonly string[],
): Message {
  const now = Date.now()
  const message: Message = {
    id: newId(),
    conversationId,
    parentId,
    role: 'user',
    content,
    createdAt: now,
    savedAt: now,
    state: 'done',
  }
  return images.length === 0 ? message : { ...message, images }
}
