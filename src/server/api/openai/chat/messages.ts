// The `messages` field: OpenAI's shapes → role and text.
import { badField, RequestError } from '../../../../base/errors.ts'
import type { Schema } from '../../../../options/field.ts'
import type { ChatMessage } from '../../../chat/template.ts'

type Part = { readonly type: string; readonly text?: string; readonly image_url?: unknown }
export type MessageField = {
  readonly role: string
  readonly content?: string | readonly Part[] | null
  readonly [extra: string]: unknown
}

export const messagesSchema: Schema<readonly MessageField[]> = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['role'],
    properties: {
      role: { type: 'string', minLength: 1 },
      content: {
        description: 'is not a string or a list of parts',
        anyOf: [
          { type: ['string', 'null'] },
          { type: 'array', items: { type: 'object', required: ['type'], properties: { type: { type: 'string' } } } },
        ],
      },
    },
  },
}

/** Told of each `image_url` part, in their order; its answer stands in the text where the picture stands. */
export type OnImage = (imageUrl: unknown, name: string) => string

/**
 * @param onImage undefined: pictures are refused.
 * @throws RequestError naming the part that cannot be read.
 */
export function readMessages(fields: readonly MessageField[], onImage?: OnImage): ChatMessage[] {
  return fields.map((message, i) => ({
    ...message,
    content: readContent(message.content, `messages[${i}].content`, onImage),
  }))
}

function readContent(content: MessageField['content'], name: string, onImage: OnImage | undefined): string {
  if (content === null || content === undefined) return ''
  if (typeof content === 'string') return content
  let text = ''
  let isAfterImage = true // texts stand on lines of their own, pictures where they are
  for (const [i, part] of content.entries()) {
    const isImage = part.type === 'image_url' && onImage !== undefined
    const own = isImage ? onImage(part.image_url, `${name}[${i}].image_url`) : readPart(part, `${name}[${i}]`)
    text += isImage || isAfterImage ? own : `\n${own}`
    isAfterImage = isImage
  }
  return text
}

function readPart(part: Part, name: string): string {
  if (part.type === 'text' || part.type === 'input_text' || part.type === 'refusal') {
    if (typeof part.text === 'string') return part.text
    if (part.text === undefined) throw new RequestError('invalid_request', `"${name}.text" is missing`, { param: name })
    throw badField(`${name}.text`, part.text, 'is not a string')
  }
  throw new RequestError('not_supported', `Cannot read "${name}": parts of type "${part.type}" are not served yet`, {
    param: name,
  })
}
