// Where conversations are kept: IndexedDB of this browser. Other tabs are told what changed.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { type Conversation, type Message, readStored, type StoredMessage } from './types.ts'

type Schema = DBSchema & {
  conversations: { key: string; value: Conversation }
  messages: { key: string; value: StoredMessage; indexes: { conversation: string } }
}

const channel = new BroadcastChannel('cria')
let opened: Promise<IDBPDatabase<Schema>> | undefined

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('cria', 1, {
    upgrade(db) {
      db.createObjectStore('conversations', { keyPath: 'id' })
      db.createObjectStore('messages', { keyPath: 'id' }).createIndex('conversation', 'conversationId')
    },
  })
  return opened
}

/** @param listen is told the id of a conversation that another tab changed or deleted. */
export function onOtherTab(listen: (conversationId: string) => void): void {
  channel.addEventListener('message', (event: MessageEvent<string>) => listen(event.data))
}

export async function allConversations(): Promise<Conversation[]> {
  return (await database()).getAll('conversations')
}

export async function readConversation(id: string): Promise<Conversation | undefined> {
  return (await database()).get('conversations', id)
}

export async function messagesOf(conversationId: string): Promise<Message[]> {
  return (await (await database()).getAllFromIndex('messages', 'conversation', conversationId)).map(readStored)
}

export async function save(records: {
  conversations?: readonly Conversation[]
  messages?: readonly Message[]
}): Promise<void> {
  const { conversations = [], messages = [] } = records
  const tx = (await database()).transaction(['conversations', 'messages'], 'readwrite')
  for (const conversation of conversations) tx.objectStore('conversations').put(conversation)
  for (const message of messages) tx.objectStore('messages').put(message)
  await tx.done
  tell(new Set([...conversations.map(({ id }) => id), ...messages.map(({ conversationId }) => conversationId)]))
}

export async function deleteMessages(conversationId: string, ids: readonly string[]): Promise<void> {
  const tx = (await database()).transaction('messages', 'readwrite')
  for (const id of ids) tx.store.delete(id)
  await tx.done
  tell([conversationId])
}

export async function deleteConversations(ids: readonly string[]): Promise<void> {
  const tx = (await database()).transaction(['conversations', 'messages'], 'readwrite')
  const messages = tx.objectStore('messages')
  for (const id of ids) {
    tx.objectStore('conversations').delete(id)
    for (const key of await messages.index('conversation').getAllKeys(id)) messages.delete(key)
  }
  await tx.done
  tell(ids)
}

/** How many messages are read at once: a cursor would ask for each by itself. */
const batchSize = 1000

/** All messages, in no order that means anything. */
export async function* messageBatches(): AsyncGenerator<readonly Message[]> {
  const db = await database()
  let batch = await db.getAll('messages', undefined, batchSize)
  while (batch.length > 0) {
    yield batch.map(readStored)
    batch = await db.getAll('messages', IDBKeyRange.lowerBound(batch.at(-1)!.id, true), batchSize)
  }
}

/** @param listen is told the id of a conversation that was changed or deleted, here or in another tab. */
export function onChange(listen: (conversationId: string) => void): void {
  listeners.push(listen)
  onOtherTab(listen)
}

const listeners: ((conversationId: string) => void)[] = []

function tell(ids: Iterable<string>): void {
  for (const id of ids) {
    channel.postMessage(id)
    for (const listen of listeners) listen(id)
  }
}
