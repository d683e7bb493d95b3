// A conversation as a Markdown file that people can read, and that can be read back. Pure.
//
//   # Title
//
//   ## You <!-- cria:user -->
//
//   ![](data:image/png;base64,…)
//   The question
//
//   ## Model <!-- cria:assistant -->
//
//   The answer
import type { Bundle } from './export.ts'
import { imagesOf, type Part, partsOfString, rawText } from './parts.ts'
import { pathTo } from './tree.ts'
import { type Message, newId, titleOf } from './types.ts'

type Role = Message['role']

/** The way that is shown, without its other versions. @param names of the two who speak. */
export function toMarkdown({ conversation, messages }: Bundle, names: Readonly<Record<Role, string>>): string {
  const head = `# ${conversation.title}\n`
  if (conversation.kind === 'text') return `${head}\n${conversation.text}\n`
  const path = pathTo(conversation.leafId, new Map(messages.map((message) => [message.id, message])))
  return [head, ...path.map((message) => turn(message, names[message.role]))].join('\n')
}

function turn({ role, parts }: Message, name: string): string {
  const pictures = imagesOf(parts)
    .map((url) => `![](${url})\n`)
    .join('')
  return `## ${name} <!-- cria:${role} -->\n\n${pictures}${rawText(parts).trim()}\n`
}

const marked = /^## .*<!-- cria:(user|assistant) -->$/
/** Headings of files that were not written here, in English and German. */
const named = /^#{1,3} \**(you|user|human|du|nutzer|model|assistant|bot|ai|modell|assistent|ki)[*:]*$/i
const isHuman = /^(you|user|human|du|nutzer)$/i
const picture = /^!\[[^\]]*\]\((data:image\/[a-z+]+;base64,[A-Za-z0-9+/=]+)\)\n?/

/** @param fallback the title where the file begins with none. A file without turns becomes a text. */
export function fromMarkdown(source: string, fallback: string): Bundle {
  const lines = source.replaceAll('\r\n', '\n').trim().split('\n')
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1]
  const rest = title === undefined || named.test(lines[0]!) ? lines : lines.slice(1)
  const now = Date.now()
  const common = { id: newId(), title: rest === lines ? titleOf(fallback) : title!, createdAt: now, updatedAt: now }
  const turns = turnsOf(rest)
  if (turns.length === 0) {
    const text = rest.join('\n').trim()
    return { conversation: { ...common, kind: 'text', text, suffix: '', undo: [], redo: [] }, messages: [] }
  }
  const messages: Message[] = []
  for (const { role, content } of turns) {
    messages.push({
      id: newId(),
      conversationId: common.id,
      parentId: messages.at(-1)?.id ?? null,
      role,
      parts: partsOf(role, content),
      createdAt: now + messages.length,
      savedAt: now,
      state: 'done',
    })
  }
  return { conversation: { ...common, kind: 'chat', leafId: messages.at(-1)!.id }, messages }
}

function turnsOf(lines: readonly string[]): { role: Role; content: string }[] {
  const heading = lines.some((line) => marked.test(line)) ? marked : named
  const turns: { role: Role; lines: string[] }[] = []
  for (const line of lines) {
    const word = heading.exec(line)?.[1]
    if (word === undefined) turns.at(-1)?.lines.push(line)
    else turns.push({ role: isHuman.test(word) ? 'user' : 'assistant', lines: [] })
  }
  return turns.map(({ role, lines }) => ({ role, content: lines.join('\n').trim() }))
}

function partsOf(role: Role, content: string): readonly Part[] {
  const images: string[] = []
  let text = content
  for (let match = picture.exec(text); match !== null; match = picture.exec(text)) {
    images.push(match[1]!)
    text = text.slice(match[0].length)
  }
  return partsOfString({ role, content: text.trim(), images })
}
