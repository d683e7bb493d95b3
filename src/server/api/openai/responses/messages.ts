// Items → messages of typed parts. Those of one turn of the assistant, a thought, a text and calls,
// become one message.
import { badField, RequestError } from '../../../../base/errors.ts'
import type { ChatMessage, ContentPart, ImagePart, TextPart } from '../../../chat/chat-request.ts'
import type { ReadImage } from '../chat/messages.ts'
import { inputFile } from './input-file.ts'
import { type Item, isForeign, unpackThought } from './items.ts'
import { customArgument, modelName, type OfferedTool } from './tools.ts'
import { objectOf, optionalText, textOf } from './values.ts'

type Shown = TextPart | ImagePart

/**
 * @param name of the list, for errors.
 * @param offered tools, by whose names the model knows its calls.
 * @throws RequestError naming the item that cannot be read.
 */
export async function readItems(
  items: readonly Item[],
  name: string,
  offered: readonly OfferedTool[],
  readImage: ReadImage,
): Promise<readonly ChatMessage[]> {
  const messages: { readonly role: string; readonly parts: ContentPart[]; readonly extra: ChatMessage['extra'] }[] = []
  const add = (role: string, ...parts: readonly ContentPart[]) => messages.push({ role, parts: [...parts], extra: {} })
  /** @param follows whether a part may stand behind the others of its turn. */
  const addToTurn = (parts: readonly ContentPart[], follows: (others: readonly ContentPart[]) => boolean) => {
    const last = messages.at(-1)
    if (last?.role === 'assistant' && follows(last.parts)) last.parts.push(...parts)
    else add('assistant', ...parts)
  }
  for (const [i, item] of items.entries()) {
    const path = `${name}[${i}]`
    switch (item.type) {
      case 'message': {
        const role = textOf(item.role, `${path}.role`)
        const parts = await readContent(item.content, `${path}.content`, readImage)
        if (role !== 'assistant') add(role, ...parts)
        else addToTurn(parts, (others) => others.every(({ kind }) => kind === 'reasoning'))
        break
      }
      case 'reasoning': {
        const text = thoughtOf(item, path)
        if (text !== '')
          addToTurn([{ kind: 'reasoning', text }], (others) => others.every(({ kind }) => kind === 'reasoning'))
        break
      }
      case 'function_call':
      case 'custom_tool_call':
        addToTurn([readCall(item, path, offered)], () => true)
        break
      case 'function_call_output':
      case 'custom_tool_call_output': {
        const callId = textOf(item.call_id, `${path}.call_id`)
        add('tool', { kind: 'tool-result', callId, parts: await readContent(item.output, `${path}.output`, readImage) })
        break
      }
      default:
        if (!isForeign(item.type)) throw badField(`${path}.type`, item.type, 'is not a type of item that is served')
    }
  }
  return messages
}

function readCall(item: Item, path: string, offered: readonly OfferedTool[]): ContentPart {
  const id = textOf(item.call_id, `${path}.call_id`)
  const namespace = optionalText(item.namespace, `${path}.namespace`)
  const name = modelName(textOf(item.name, `${path}.name`), namespace, offered)
  const args =
    item.type === 'function_call'
      ? textOf(item.arguments, `${path}.arguments`)
      : JSON.stringify({ [customArgument]: textOf(item.input, `${path}.input`) })
  return { kind: 'tool-call', id, name, arguments: args }
}

/**
 * The thought itself, in whichever field the client kept it; empty where another server's is
 * sealed.
 */
function thoughtOf(item: Item, path: string): string {
  const texts = (value: unknown, name: string) =>
    Array.isArray(value)
      ? value.map((part, k) => textOf(objectOf(part, `${name}[${k}]`).text, `${name}[${k}].text`)).join('\n')
      : ''
  const sealed = optionalText(item.encrypted_content, `${path}.encrypted_content`)
  return (
    texts(item.content, `${path}.content`) ||
    (sealed === undefined ? undefined : unpackThought(sealed)) ||
    texts(item.summary, `${path}.summary`)
  )
}

/** Images are fetched one after the other, because one limit applies to all of them together. */
async function readContent(content: unknown, name: string, readImage: ReadImage): Promise<readonly Shown[]> {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  if (!Array.isArray(content)) throw badField(name, content, 'is not a string or a list of parts')
  const parts: Shown[] = []
  for (const [i, part] of content.entries()) parts.push(await readPart(part, `${name}[${i}]`, readImage))
  return parts
}

async function readPart(value: unknown, name: string, readImage: ReadImage): Promise<Shown> {
  const part = objectOf(value, name)
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
      return { kind: 'text', text: textOf(part.text, `${name}.text`) }
    case 'refusal':
      return { kind: 'text', text: textOf(part.refusal, `${name}.refusal`) }
    case 'input_image':
      if (part.image_url === undefined || part.image_url === null) {
        throw badField(name, part, 'has no "image_url": files are not kept, send a data URI')
      }
      return { kind: 'image', image: await readImage(part.image_url, `${name}.image_url`) }
    case 'input_file':
      return { kind: 'text', text: inputFile(part, name) }
    default:
      throw new RequestError('not_supported', `Cannot read "${name}": parts of type "${part.type}" are not served`, {
        param: name,
      })
  }
}
