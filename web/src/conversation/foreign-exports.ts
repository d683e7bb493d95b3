// Conversations that other programs exported: llama-server's page, Open WebUI and ChatGPT, each as a tree of messages. Pure.
import type { Bundle } from './export.ts'
import { type Part, partsOfString } from './parts.ts'
import { newestLeaf } from './tree.ts'
import { type Conversation, type Message, newId, titleOf } from './types.ts'

// biome-ignore lint/suspicious/noExplicitAny: files of others are looked into with care, not typed
type Json = any

/** A node of a tree, by its own id; a node that says nothing only has a parent. */
type Node = {
  readonly id: string
  readonly parentId: string | undefined
  readonly said?: { readonly role: Message['role']; readonly parts: readonly Part[] }
  readonly createdAt: number
}

type Tree = {
  readonly title: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly nodes: readonly Node[]
  readonly currentId: string | undefined
}

/** @returns undefined for what is the export of none of them. */
export function fromForeignJson(json: Json): readonly Bundle[] | undefined {
  const items: readonly Json[] = Array.isArray(json) ? json : [json]
  if (items.length === 0) return undefined
  for (const { is, read } of formats) if (items.every(is)) return items.map((item) => bundleOf(read(item)))
  return undefined
}

const formats: readonly { readonly is: (item: Json) => boolean; readonly read: (item: Json) => Tree }[] = [
  { is: (item) => isObject(item?.conv) && Array.isArray(item.messages), read: readLlamaServer },
  { is: (item) => isObject(item?.chat?.history?.messages), read: readOpenWebui },
  { is: (item) => isObject(item?.mapping), read: readChatgpt },
]

function readLlamaServer({ conv, messages }: Json): Tree {
  const nodes = messages.map((message: Json): Node => {
    const { id, parent, role, content, timestamp, thinking, reasoningContent, extra = [] } = message
    const files = (Array.isArray(extra) ? extra : []).flatMap((file: Json): Part[] => {
      if (file?.type === 'imageFile') return [{ kind: 'image', url: String(file.base64Url) }]
      if (typeof file?.content !== 'string') return []
      return [{ kind: 'attachment', name: String(file.name), size: file.content.length, text: file.content }]
    })
    const reasoning = thinking ?? reasoningContent ?? ''
    return nodeOf({ id, parent, role, text: content, reasoning, files, at: timestamp })
  })
  const updatedAt = timeOf(conv.lastModified)
  return { title: textOf(conv.name), createdAt: updatedAt, updatedAt, nodes, currentId: idOf(conv.currNode) }
}

function readOpenWebui({ title, chat, created_at: created, updated_at: updated }: Json): Tree {
  const nodes = Object.values<Json>(chat.history.messages).map(({ id, parentId, role, content, timestamp, files }) => {
    const images = (Array.isArray(files) ? files : [])
      .filter((file: Json) => file?.type === 'image' && /^data:image\//.test(file.url))
      .map((file: Json): Part => ({ kind: 'image', url: file.url }))
    return nodeOf({ id, parent: parentId, role, text: withoutDetails(content), files: images, at: timestamp })
  })
  return {
    title: textOf(title ?? chat.title),
    createdAt: timeOf(created),
    updatedAt: timeOf(updated ?? created),
    nodes,
    currentId: idOf(chat.history.currentId),
  }
}

/** Open WebUI keeps reasoning in the text, as `<details type="reasoning">` with the lines as a quote. */
function withoutDetails(content: unknown): string {
  return textOf(content).replace(
    /<details type="reasoning"[^>]*>\s*(?:<summary>[\s\S]*?<\/summary>)?([\s\S]*?)<\/details>\s*/,
    (_, thoughts: string) => `<think>\n${thoughts.replaceAll(/^&gt; ?|^> ?/gm, '').trim()}\n</think>\n\n`,
  )
}

function readChatgpt(item: Json): Tree {
  const nodes = Object.values<Json>(item.mapping).map(({ id, parent, message }) => {
    const content = message?.content
    const isText = content?.content_type === 'text' || content?.content_type === 'multimodal_text'
    const text = isText ? content.parts.filter((part: Json) => typeof part === 'string').join('\n\n') : ''
    const isHidden = message?.metadata?.is_visually_hidden_from_conversation === true || text.trim() === ''
    const role = isHidden ? undefined : message?.author?.role
    return nodeOf({ id, parent, role, text, at: message?.create_time })
  })
  return {
    title: textOf(item.title),
    createdAt: timeOf(item.create_time),
    updatedAt: timeOf(item.update_time ?? item.create_time),
    nodes,
    currentId: idOf(item.current_node),
  }
}

type Given = {
  readonly id: unknown
  readonly parent: unknown
  readonly role: unknown
  readonly text: unknown
  readonly reasoning?: unknown
  readonly files?: readonly Part[]
  readonly at: unknown
}

function nodeOf({ id, parent, role, text, reasoning, files = [], at }: Given): Node {
  const node = { id: String(id), parentId: idOf(parent), createdAt: timeOf(at) }
  if (role !== 'user' && role !== 'assistant') return node
  const parts = partsOfString({ role, content: textOf(text), reasoning: textOf(reasoning) })
  return { ...node, said: { role, parts: [...files, ...parts] } }
}

function bundleOf({ title, createdAt, updatedAt, nodes, currentId }: Tree): Bundle {
  const conversationId = newId()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const ids = new Map(nodes.map(({ id }) => [id, newId()]))
  /** The nearest node above that says something; a circle or a gap is an end. */
  const speaker = (id: string | undefined, depth = 0): string | null => {
    const node = id === undefined ? undefined : byId.get(id)
    if (node === undefined || depth > nodes.length) return null
    return node.said === undefined ? speaker(node.parentId, depth + 1) : ids.get(node.id)!
  }
  const messages = nodes.flatMap(({ id, parentId, said, createdAt }, i): Message[] => {
    if (said === undefined) return []
    const at = createdAt + i / 1000 // of one second: in the order of the file
    const common = { id: ids.get(id)!, conversationId, parentId: speaker(parentId), createdAt: at, savedAt: at }
    return [{ ...common, ...said, state: 'done' }]
  })
  const all = new Map(messages.map((message) => [message.id, message]))
  const root = messages.find(({ parentId }) => parentId === null)
  const leafId = speaker(currentId) ?? (root === undefined ? null : newestLeaf(root.id, all))
  const first = messages[0]?.parts.find((part) => part.kind === 'text')?.text ?? ''
  const name = titleOf(title) || titleOf(first) || '…'
  const conversation: Conversation = { id: conversationId, kind: 'chat', title: name, createdAt, updatedAt, leafId }
  return { conversation, messages }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function idOf(value: unknown): string | undefined {
  return value === null || value === undefined || value === -1 ? undefined : String(value)
}

/** Seconds or milliseconds since 1970; now for what is neither. */
function timeOf(value: unknown): number {
  const number = Number(value)
  if (!Number.isFinite(number) || number <= 0) return Date.now()
  return number < 1e11 ? number * 1000 : number
}
