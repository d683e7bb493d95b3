// POST /tokenize and /detokenize: the vocabulary alone, beside whatever the engine does.
import { badField } from '../../../base/errors.ts'
import { textOf } from '../../../base/utf8.ts'
import { bodySchema, boolean, readFields, type Schema } from '../../../options/field.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'

const content: Schema<string | readonly (string | number)[]> = {
  description: 'is not a string or a list of strings and token ids',
  anyOf: [{ type: ['string', 'null'] }, { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } }],
}

const tokens: Schema<readonly number[]> = {
  description: 'is not a list of token ids',
  type: ['array', 'null'],
  items: { type: 'integer' },
}

export const tokenizeFields = {
  content: { names: ['content'], schema: content, default: '' as const, help: 'The text.' },
  addSpecial: { names: ['add_special'], schema: boolean, default: false, help: 'Add BOS as the model is made.' },
  parseSpecial: { names: ['parse_special'], schema: boolean, default: true, help: 'Read special tokens as one.' },
  withPieces: { names: ['with_pieces'], schema: boolean, default: false, help: 'Tell the text of each token.' },
} as const

export const detokenizeFields = {
  tokens: { names: ['tokens'], schema: tokens, default: [] as readonly number[], help: 'The token ids.' },
} as const

export const tokenizeBody = bodySchema(tokenizeFields)
export const detokenizeBody = bodySchema(detokenizeFields)

export function tokenize({ body }: HttpRequest, { tokenizer }: Services): Answer {
  const fields = readFields(tokenizeFields, body)
  const parts = typeof fields.content === 'string' ? [fields.content] : fields.content
  const ids = parts.flatMap((part, i) =>
    typeof part === 'string'
      ? tokenizer.tokenize(part, fields.addSpecial && i === 0, fields.parseSpecial)
      : tokenizer.known(part, 'content'),
  )
  if (!fields.withPieces) return { json: { tokens: ids } }
  return { json: { tokens: ids.map((id) => ({ id, piece: piece(tokenizer.vocab.piece(id, true)) })) } }
}

export function detokenize({ body }: HttpRequest, { tokenizer }: Services): Answer {
  const { tokens } = readFields(detokenizeFields, body)
  for (const [i, token] of tokens.entries()) {
    if (!tokenizer.vocab.has(token)) {
      throw badField(
        `tokens[${i}]`,
        token,
        `is not a token id of this model: they are in [0, ${tokenizer.vocab.nTokens - 1}]`,
      )
    }
  }
  return { json: { content: tokenizer.vocab.detokenize(tokens) } }
}

/** A string; a list of bytes where the piece is not whole characters. */
function piece(bytes: Uint8Array): string | number[] {
  const text = textOf(bytes)
  return text.includes('\ufffd') ? Array.from(bytes) : text
}
