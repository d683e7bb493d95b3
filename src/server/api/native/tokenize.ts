// POST /tokenize and /detokenize: they use only the vocabulary, whatever the engine is doing.
import { badField } from '../../../base/errors.ts'
import { textOf } from '../../../base/utf8.ts'
import { type BodyOf, bodyOf } from '../../../options/field.ts'
import { anyInteger, anyOf, array, boolean, described, string } from '../../../options/schema.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'

const content = described(
  'is not a string or a list of strings and token ids',
  anyOf(string, array(anyOf(string, anyInteger))),
)

const tokens = described('is not a list of token ids', array(anyInteger))

export const tokenizeFields = {
  content: { names: ['content'], schema: content, default: '', help: 'The text.' },
  addSpecial: {
    names: ['add_special'],
    schema: boolean,
    default: false,
    help: "Add BOS if the model's vocabulary asks for it.",
  },
  parseSpecial: {
    names: ['parse_special'],
    schema: boolean,
    default: true,
    help: 'Read special tokens as single tokens.',
  },
  withPieces: { names: ['with_pieces'], schema: boolean, default: false, help: 'Report the text of each token.' },
} as const

export const detokenizeFields = {
  tokens: { names: ['tokens'], schema: tokens, default: [], help: 'The token ids.' },
} as const

export const tokenizeBody = bodyOf(tokenizeFields)
export const detokenizeBody = bodyOf(detokenizeFields)

export async function tokenize(
  { body, signal }: HttpRequest<BodyOf<typeof tokenizeBody>>,
  model: Model,
): Promise<Answer> {
  const { content, addSpecial, parseSpecial, withPieces } = body
  const parts = typeof content === 'string' ? [content] : content
  const prompt = { kind: 'parts', parts, field: 'content', addSpecial, parseSpecial } as const
  const { prompts } = await model.prepare({ prompts: [prompt] }, signal)
  const { tokens } = prompts[0]!
  if (!withPieces) return json({ tokens })
  return json({ tokens: tokens.map((id) => ({ id, piece: piece(model.tokenizer.vocab.piece(id, true)) })) })
}

export function detokenize(
  { body: { tokens } }: HttpRequest<BodyOf<typeof detokenizeBody>>,
  { tokenizer }: Model,
): Answer {
  for (const [i, token] of tokens.entries()) {
    if (!tokenizer.vocab.has(token)) {
      throw badField(
        `tokens[${i}]`,
        token,
        `is not a token id of this model: they are in [0, ${tokenizer.vocab.nTokens - 1}]`,
      )
    }
  }
  const text = tokenizer.vocab.detokenize(tokens)
  return json({ content: text, prompt: text }) // vLLM's name of it
}

/** A string, or a list of bytes if the piece is not whole characters. */
function piece(bytes: Uint8Array): string | number[] {
  const text = textOf(bytes)
  return text.includes('\ufffd') ? Array.from(bytes) : text
}
