// The `messages` field: OpenAI's messages → messages of typed parts.
import { badField, RequestError } from '../../../../base/errors.ts'
import { missing } from '../../../../options/field.ts'
import {
  anyOf,
  array,
  described,
  nullable,
  openObject,
  type Schema,
  string,
  type ValueOf,
} from '../../../../options/schema.ts'
import type { ChatMessage, ContentPart, ImagePart, TextPart, ToolCallPart } from '../../../chat/chat-request.ts'
import type { ImageFile } from '../../../images/image-file.ts'

const part = openObject({ type: string }, ['type'])
const toolCall = openObject(
  {
    id: nullable(string),
    function: openObject({ name: string, arguments: anyOf(string, openObject({})) }, ['name']),
  },
  ['function'],
)
const named: Schema<string> = { ...string, minLength: 1 }

export const messagesSchema = array(
  openObject(
    {
      role: named,
      content: described('is not a string or a list of parts', nullable(anyOf(string, array(part)))),
      reasoning_content: nullable(string),
      tool_calls: nullable(array(toolCall)),
      tool_call_id: nullable(string),
    },
    ['role'],
  ),
  { minItems: 1 },
)

type MessageField = ValueOf<typeof messagesSchema>[number]
type PartField = ValueOf<typeof part>
type ToolCallField = ValueOf<typeof toolCall>

/** Fetches and checks the image of an `image_url` part. @param name of the field, for errors. */
export type ReadImage = (imageUrl: unknown, name: string) => Promise<ImageFile>

/**
 * @param readImage undefined: images are refused.
 * @throws RequestError naming the part that cannot be read.
 */
export async function readMessages(
  fields: readonly MessageField[],
  readImage?: ReadImage,
): Promise<readonly ChatMessage[]> {
  const messages: ChatMessage[] = []
  for (const [i, field] of fields.entries()) messages.push(await readMessage(field, `messages[${i}]`, readImage))
  return messages
}

async function readMessage(field: MessageField, name: string, readImage: ReadImage | undefined): Promise<ChatMessage> {
  const { role, content, reasoning_content: thought, tool_calls: calls, tool_call_id: callId, ...extra } = field
  const shown = await readContent(content, `${name}.content`, readImage)
  if (typeof callId === 'string') {
    return { role, parts: [{ kind: 'tool-result', callId, parts: shown }], extra }
  }
  const parts: readonly ContentPart[] = [
    ...(typeof thought === 'string' && thought !== '' ? [{ kind: 'reasoning', text: thought } as const] : []),
    ...shown,
    ...(calls ?? []).map(readCall),
  ]
  return { role, parts, extra }
}

/** Images are fetched one after the other, because one limit applies to all of them together. */
async function readContent(
  content: MessageField['content'],
  name: string,
  readImage: ReadImage | undefined,
): Promise<(TextPart | ImagePart)[]> {
  if (content === null || content === undefined) return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  const parts: (TextPart | ImagePart)[] = []
  for (const [i, part] of content.entries()) {
    if (part.type === 'image_url' && readImage !== undefined) {
      parts.push({ kind: 'image', image: await readImage(part.image_url, `${name}[${i}].image_url`) })
    } else {
      parts.push({ kind: 'text', text: readText(part, `${name}[${i}]`) })
    }
  }
  return parts
}

function readText(part: PartField, name: string): string {
  if (part.type === 'text' || part.type === 'input_text' || part.type === 'refusal') {
    if (typeof part.text === 'string') return part.text
    if (part.text === undefined) throw missing(`${name}.text`)
    throw badField(`${name}.text`, part.text, 'is not a string')
  }
  throw new RequestError('not_supported', `Cannot read "${name}": parts of type "${part.type}" are not served yet`, {
    param: name,
  })
}

function readCall({ id, function: called }: ToolCallField): ToolCallPart {
  const { name, arguments: given = '{}' } = called
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  return { kind: 'tool-call', id: id ?? '', name, arguments: text }
}
