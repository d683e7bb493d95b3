// A conversation as a tree: which way is shown, and which versions there are beside it. Pure.
import type { Message } from './types.ts'

export type Messages = ReadonlyMap<string, Message>

/** From the root to the leaf. A parent that is missing ends it: what is left is shown. */
export function pathTo(leafId: string | null, messages: Messages): readonly Message[] {
  const path: Message[] = []
  let next = leafId === null ? undefined : messages.get(leafId)
  while (next !== undefined) {
    path.push(next)
    next = next.parentId === null ? undefined : messages.get(next.parentId)
  }
  return path.reverse()
}

/** The versions of a message, itself among them, oldest first. */
export function versionsOf(message: Message, messages: Messages): readonly Message[] {
  return [...messages.values()].filter(({ parentId }) => parentId === message.parentId).sort(byAge)
}

/** The end of the newest way on from a message. */
export function newestLeaf(id: string, messages: Messages): string {
  const children = [...messages.values()].filter(({ parentId }) => parentId === id).sort(byAge)
  const newest = children.at(-1)
  return newest === undefined ? id : newestLeaf(newest.id, messages)
}

/** The message and all that follows it, on every way. */
export function subtree(id: string, messages: Messages): readonly string[] {
  const children = [...messages.values()].filter(({ parentId }) => parentId === id)
  return [id, ...children.flatMap((child) => subtree(child.id, messages))]
}

const byAge = (a: Message, b: Message) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
