// Finds words in what was said. The first search reads all messages; later ones read only what has changed since.
import { messageBatches, messagesOf, onChange } from './database.ts'
import { textOf } from './parts.ts'
import type { Message } from './types.ts'

/** The first place in a conversation where the words stand. */
export type Found = {
  readonly messageId: string
  /** What stands around them: `[before, the words, after]`. */
  readonly snippet: readonly [string, string, string]
}

/** A message with what it says, as it was written and in small letters. */
type Said = { readonly messageId: string; readonly text: string; readonly small: string }

/** By conversation; undefined until the first search. */
let texts: Map<string, readonly Said[]> | undefined
let reading: Promise<Map<string, readonly Said[]>> | undefined
/** The conversations that changed since they were read. */
const changed = new Set<string>()

onChange((id) => changed.add(id))

/** The conversations in which a message has the words, whatever their case, by id. */
export async function findInMessages(words: string): Promise<ReadonlyMap<string, Found>> {
  const wanted = words.toLowerCase()
  const found = new Map<string, Found>()
  for (const [id, messages] of await prepareSearch()) {
    const said = messages.find(({ small }) => small.includes(wanted))
    if (said !== undefined) found.set(id, { messageId: said.messageId, snippet: snippetOf(said, wanted) })
  }
  return found
}

/** To be called as soon as a search is likely. */
export async function prepareSearch(): Promise<ReadonlyMap<string, readonly Said[]>> {
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
    else texts.set(id, messages.map(saidOf))
  }
  return texts
}

async function readAll(): Promise<Map<string, readonly Said[]>> {
  changed.clear()
  const groups = new Map<string, Said[]>()
  for await (const batch of messageBatches()) {
    for (const message of batch) {
      const group = groups.get(message.conversationId)
      if (group === undefined) groups.set(message.conversationId, [saidOf(message)])
      else group.push(saidOf(message))
    }
  }
  return groups
}

/** Files and numbers stay out. */
function saidOf({ id, parts }: Message): Said {
  const text = textOf(parts)
  return { messageId: id, text, small: text.toLowerCase() }
}

const charactersBefore = 30
const charactersAfter = 60

function snippetOf({ text, small }: Said, wanted: string): Found['snippet'] {
  const at = small.indexOf(wanted)
  const end = at + wanted.length
  const plain = (part: string) => part.replaceAll(/[\s*_`#>|]+/g, ' ')
  const before = plain(text.slice(Math.max(0, at - charactersBefore), at)).trimStart()
  const isCut = at > charactersBefore
  return [`${isCut ? '…' : ''}${before}`, text.slice(at, end), plain(text.slice(end, end + charactersAfter)).trimEnd()]
}
