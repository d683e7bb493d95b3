// Finds words in what was said. The first search reads all messages; later ones read only what has changed since.
import { messageBatches, messagesOf, onChange } from './database.ts'
import { textOf as wordsOf } from './parts.ts'
import type { Message } from './types.ts'

/** What was said, by conversation, in small letters; undefined until the first search. */
let texts: Map<string, string> | undefined
let reading: Promise<Map<string, string>> | undefined
/** The conversations that changed since they were read. */
const changed = new Set<string>()

onChange((id) => changed.add(id))

/** The ids of the conversations in which a message has the words, whatever their case. */
export async function findInMessages(words: string): Promise<ReadonlySet<string>> {
  const wanted = words.toLowerCase()
  return new Set([...(await prepareSearch())].filter(([, text]) => text.includes(wanted)).map(([id]) => id))
}

/** To be called as soon as a search is likely. */
export async function prepareSearch(): Promise<ReadonlyMap<string, string>> {
  if (texts === undefined) {
    reading ??= readAll().finally(() => {
      reading = undefined
    })
    texts = await reading
  }
  for (const id of [...changed]) {
    changed.delete(id)
    const messages = await messagesOf(id)
    if (messages.length === 0) texts.delete(id)
    else texts.set(id, textOf(messages))
  }
  return texts
}

async function readAll(): Promise<Map<string, string>> {
  changed.clear()
  const groups = new Map<string, Message[]>()
  for await (const batch of messageBatches()) {
    for (const message of batch) {
      const group = groups.get(message.conversationId)
      if (group === undefined) groups.set(message.conversationId, [message])
      else group.push(message)
    }
  }
  return new Map([...groups].map(([id, messages]) => [id, textOf(messages)]))
}

/** Pictures and numbers stay out. */
function textOf(messages: readonly Message[]): string {
  return messages.map(({ parts }) => wordsOf(parts).toLowerCase()).join('\n')
}
