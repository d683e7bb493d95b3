// The conversations that the page knows: the list of all, and the messages of the one that is open.
// What it changes it writes to the database at once; what another tab changes it reads again.
import { create } from 'zustand'
import { settings, wholeShape } from '../settings/settings.ts'
import * as database from './database.ts'
import { forgetRescued, rescued } from './rescue.ts'
import { newestLeaf, pathTo, subtree } from './tree.ts'
import { type Chat, type Conversation, type Message, newId, type Text } from './types.ts'

type Library = {
  /** Newest first; undefined until they are read. */
  readonly conversations: readonly Conversation[] | undefined
  readonly openId: string | undefined
  /** Of the open conversation. */
  readonly messages: ReadonlyMap<string, Message>
}

export const useLibrary = create<Library>(() => ({ conversations: undefined, openId: undefined, messages: new Map() }))
const { getState: state, setState: set } = useLibrary

export async function loadLibrary(): Promise<void> {
  set({ conversations: sorted(await database.allConversations()) })
}

database.onOtherTab((id) => void readAgain(id))

async function readAgain(id: string): Promise<void> {
  const conversation = await database.readConversation(id)
  if (conversation === undefined) return forget([id])
  place([conversation])
  if (state().openId === id) await readMessages(id)
}

export async function openConversation(id: string | undefined): Promise<void> {
  if (id === state().openId) return
  set({ openId: id, messages: new Map() })
  if (id !== undefined) await readMessages(id)
}

async function readMessages(id: string): Promise<void> {
  const startedAt = Date.now()
  const read = await database.messagesOf(id)
  if (state().openId !== id) return
  const all = new Map(read.map((message) => [message.id, message]))
  const cut = read.map(rescued).filter((message) => message !== undefined)
  for (const message of cut) all.set(message.id, message)
  // what was written here while the database was read is newer than what it told
  for (const own of state().messages.values()) {
    const known = all.get(own.id)
    if (known === undefined ? own.savedAt >= startedAt - 1000 : own.savedAt > known.savedAt) all.set(own.id, own)
  }
  set({ messages: all })
  if (cut.length === 0) return
  await database.save({ messages: cut })
  for (const message of cut) forgetRescued(message.id)
}

export function conversationOf(id: string): Conversation | undefined {
  return state().conversations?.find((conversation) => conversation.id === id)
}

export async function newChat(title: string): Promise<Chat> {
  const now = Date.now()
  // the browser may clear what no one asked it to keep
  void navigator.storage?.persist?.()
  const shape = wholeShape(settings())
  const chat: Chat = { id: newId(), kind: 'chat', title, createdAt: now, updatedAt: now, shape, leafId: null }
  await saveConversation(chat)
  return chat
}

export async function newText(title: string): Promise<Text> {
  const now = Date.now()
  const common = { id: newId(), title, createdAt: now, updatedAt: now, shape: wholeShape(settings()) }
  const text: Text = { ...common, kind: 'text', text: '', suffix: '', undo: [], redo: [] }
  await saveConversation(text)
  return text
}

export async function saveConversation(conversation: Conversation): Promise<void> {
  place([conversation])
  await database.save({ conversations: [conversation] })
}

/** @returns false when the conversation is no longer there. */
export async function changeConversation<T extends Conversation>(id: string, change: Partial<T>): Promise<boolean> {
  const known = conversationOf(id) ?? (await database.readConversation(id))
  if (known === undefined) return false
  await saveConversation({ ...known, ...change } as Conversation)
  return true
}

/** Writes messages, and makes `leafId` the end of what is shown. */
export async function saveMessages(messages: readonly Message[], leafId?: string): Promise<void> {
  const conversationId = messages[0]!.conversationId
  if (state().openId === conversationId) {
    const all = new Map(state().messages)
    for (const message of messages) all.set(message.id, message)
    set({ messages: all })
  }
  await database.save({ messages })
  if (leafId !== undefined) await changeConversation<Chat>(conversationId, { leafId, updatedAt: Date.now() })
}

/** The messages of the open conversation that are shown. */
export function shownPath(): readonly Message[] {
  const { openId, messages } = state()
  const conversation = openId === undefined ? undefined : conversationOf(openId)
  return conversation?.kind === 'chat' ? pathTo(conversation.leafId, messages) : []
}

/** The messages of any conversation that are, or would be, shown. */
export async function pathOf(id: string): Promise<readonly Message[]> {
  if (id === state().openId) return shownPath()
  const conversation = await database.readConversation(id)
  if (conversation?.kind !== 'chat') return []
  const messages = await database.messagesOf(id)
  return pathTo(conversation.leafId, new Map(messages.map((message) => [message.id, message])))
}

/** Shows another version of a message, and what followed it last. */
export async function showVersion(message: Message): Promise<void> {
  await changeConversation<Chat>(message.conversationId, { leafId: newestLeaf(message.id, state().messages) })
}

/** What was deleted, to be brought back. */
export type Deleted = { readonly conversations: readonly Conversation[]; readonly messages: readonly Message[] }

/** Deletes a message and what follows it; another version takes its place, or the parent is the end. */
export async function deleteMessage(message: Message): Promise<Deleted> {
  const { messages } = state()
  const before = conversationOf(message.conversationId)
  const gone = new Set(subtree(message.id, messages))
  const left = new Map([...messages].filter(([id]) => !gone.has(id)))
  const sibling = [...left.values()].filter(({ parentId }) => parentId === message.parentId).at(-1)
  set({ messages: left })
  await database.deleteMessages(message.conversationId, [...gone])
  const leafId = sibling === undefined ? message.parentId : newestLeaf(sibling.id, left)
  await changeConversation<Chat>(message.conversationId, { leafId })
  return {
    conversations: before === undefined ? [] : [before],
    messages: [...messages.values()].filter(({ id }) => gone.has(id)),
  }
}

export async function deleteConversations(ids: readonly string[]): Promise<Deleted> {
  const wanted = new Set(ids)
  const conversations = (state().conversations ?? []).filter(({ id }) => wanted.has(id))
  const messages = (await Promise.all(ids.map(database.messagesOf))).flat()
  forget(ids)
  await database.deleteConversations(ids)
  return { conversations, messages }
}

/** Brings back what was deleted. */
export async function restore({ conversations, messages }: Deleted): Promise<void> {
  await database.save({ conversations, messages })
  place(conversations)
  const { openId } = state()
  if (openId !== undefined) await readMessages(openId)
}

const importedAtOnce = 100

/** Adds conversations of a file; one that is there already comes in as a copy. @param tell is told how many are in. */
export async function importBundles(
  bundles: readonly { conversation: Conversation; messages: readonly Message[] }[],
  tell: (n: number) => void,
): Promise<void> {
  const known = new Set(state().conversations?.map(({ id }) => id))
  for (let i = 0; i < bundles.length; i += importedAtOnce) {
    const some = bundles.slice(i, i + importedAtOnce)
    const fresh = some.map((bundle) => (known.has(bundle.conversation.id) ? copyOf(bundle) : bundle))
    const conversations = fresh.map(({ conversation }) => conversation)
    await database.save({ conversations, messages: fresh.flatMap(({ messages }) => messages) })
    place(conversations)
    tell(i + some.length)
  }
}

function copyOf({ conversation, messages }: { conversation: Conversation; messages: readonly Message[] }) {
  const ids = new Map(messages.map(({ id }) => [id, newId()]))
  const idOf = (id: string | null) => (id === null ? null : (ids.get(id) ?? null))
  const id = newId()
  const leaf = conversation.kind === 'chat' ? { leafId: idOf(conversation.leafId) } : {}
  return {
    conversation: { ...conversation, ...leaf, id },
    messages: messages.map((message) => ({
      ...message,
      id: idOf(message.id)!,
      parentId: idOf(message.parentId),
      conversationId: id,
    })),
  }
}

function place(changed: readonly Conversation[]): void {
  const ids = new Set(changed.map(({ id }) => id))
  const others = (state().conversations ?? []).filter(({ id }) => !ids.has(id))
  set({ conversations: sorted([...others, ...changed]) })
}

function forget(ids: readonly string[]): void {
  const gone = new Set(ids)
  const { conversations, openId } = state()
  set({ conversations: conversations?.filter(({ id }) => !gone.has(id)) })
  if (openId !== undefined && gone.has(openId)) set({ openId: undefined, messages: new Map() })
}

function sorted(conversations: readonly Conversation[]): readonly Conversation[] {
  const rank = ({ isPinned }: Conversation) => (isPinned === true ? 1 : 0)
  return conversations.toSorted((a, b) => rank(b) - rank(a) || b.updatedAt - a.updatedAt)
}
