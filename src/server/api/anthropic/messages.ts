// `messages` and `system`: Anthropic's content blocks → messages of typed parts.
import { badField } from '../../../base/errors.ts'
import { anyOf, array, oneOf, openObject, string, type ValueOf } from '../../../options/schema.ts'
import type { ChatMessage, ContentPart, ImagePart, TextPart } from '../../chat/chat-request.ts'
import type { ImageFile } from '../../images/image-file.ts'

const block = openObject({ type: string }, ['type'])
export const contentSchema = anyOf(string, array(block))

export const messagesSchema = array(
  openObject({ role: oneOf('user', 'assistant', 'system'), content: contentSchema }, ['role', 'content']),
  { minItems: 1 },
)

type Block = ValueOf<typeof block>
type Content = ValueOf<typeof contentSchema>

/**
 * Fetches and checks an image. @param url a data URI, or the URL of one. @param name of the field,
 * for errors.
 */
export type ReadImage = (url: string, name: string) => Promise<ImageFile>

/** @throws RequestError naming the block that cannot be read. */
export async function readMessages(
  messages: ValueOf<typeof messagesSchema>,
  system: Content | undefined,
  readImage: ReadImage,
): Promise<readonly ChatMessage[]> {
  const all: ChatMessage[] = []
  const texts = system === undefined ? [] : await readContent(system, 'system', readImage)
  if (texts.length > 0) all.push({ role: 'system', parts: texts, extra: {} })
  for (const [i, { role, content }] of messages.entries()) {
    all.push({ role, parts: await readContent(content, `messages[${i}].content`, readImage), extra: {} })
  }
  return all
}

async function readContent(content: Content, name: string, readImage: ReadImage): Promise<readonly ContentPart[]> {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  const parts: ContentPart[] = []
  for (const [i, block] of content.entries()) parts.push(...(await readBlock(block, `${name}[${i}]`, readImage)))
  return parts
}

async function readBlock(block: Block, name: string, readImage: ReadImage): Promise<readonly ContentPart[]> {
  switch (block.type) {
    case 'thinking':
      return [{ kind: 'reasoning', text: text(block.thinking, `${name}.thinking`) }]
    case 'redacted_thinking':
      return [] // only the server that wrote it can read it
    case 'tool_use': {
      const { id, name: called, input } = block
      const call = { id: text(id, `${name}.id`), name: text(called, `${name}.name`) }
      return [{ kind: 'tool-call', ...call, arguments: JSON.stringify(input ?? {}) }]
    }
    case 'tool_result': {
      const callId = text(block.tool_use_id, `${name}.tool_use_id`)
      return [{ kind: 'tool-result', callId, parts: await readResult(block.content, `${name}.content`, readImage) }]
    }
    default:
      return readShown(block, name, readImage)
  }
}

async function readResult(content: unknown, name: string, readImage: ReadImage): Promise<(TextPart | ImagePart)[]> {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!Array.isArray(content)) throw badField(name, content, 'is not a text or a list of blocks')
  const parts: (TextPart | ImagePart)[] = []
  for (const [i, block] of content.entries()) {
    const isBlock = typeof block === 'object' && block !== null && typeof block.type === 'string'
    if (!isBlock) throw badField(`${name}[${i}]`, block, 'is not a block')
    parts.push(...(await readShown(block, `${name}[${i}]`, readImage)))
  }
  return parts
}

/** Blocks that appear in the model's input. */
async function readShown(block: Block, name: string, readImage: ReadImage): Promise<readonly (TextPart | ImagePart)[]> {
  switch (block.type) {
    case 'text':
      return [{ kind: 'text', text: text(block.text, `${name}.text`) }]
    case 'image':
      return [{ kind: 'image', image: await readImage(imageUrl(block.source, `${name}.source`), `${name}.source`) }]
    case 'document':
      return [{ kind: 'text', text: documentText(block, name) }]
    case 'search_result':
      return [{ kind: 'text', text: searchText(block) }]
    case 'tool_reference':
      return [{ kind: 'text', text: text(block.tool_name, `${name}.tool_name`) }]
    default:
      throw badField(`${name}.type`, block.type, 'is not a type of block that is served')
  }
}

function imageUrl(source: unknown, name: string): string {
  const { type, media_type: media, data, url } = object(source, name)
  if (type === 'url') return text(url, `${name}.url`)
  if (type === 'base64') return `data:${text(media, `${name}.media_type`)};base64,${text(data, `${name}.data`)}`
  throw badField(`${name}.type`, type, 'is not base64 or url')
}

function documentText(block: Block, name: string): string {
  const source = object(block.source, `${name}.source`)
  const title = typeof block.title === 'string' ? `${block.title}\n\n` : ''
  if (source.type === 'text') return title + text(source.data, `${name}.source.data`)
  if (source.type === 'content') {
    const { content } = source
    if (typeof content === 'string') return title + content
    const blocks = Array.isArray(content) ? content : []
    return (
      title +
      blocks
        .map((inner, i) =>
          text(object(inner, `${name}.source.content[${i}]`).text, `${name}.source.content[${i}].text`),
        )
        .join('\n')
    )
  }
  throw badField(`${name}.source.type`, source.type, 'is not text or content: send the text of a document')
}

function searchText({ title, source, content }: Block): string {
  const texts = Array.isArray(content)
    ? content.flatMap((inner) => (typeof inner?.text === 'string' ? [inner.text] : []))
    : []
  return [title, source, ...texts].filter((line) => typeof line === 'string').join('\n')
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  throw badField(name, value, 'is not a string')
}

function object(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw badField(name, value, 'is not an object')
}
