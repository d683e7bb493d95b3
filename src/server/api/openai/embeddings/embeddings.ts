// POST /v1/embeddings: OpenAI's embeddings.
import { badField, RequestError } from '../../../../base/errors.ts'
import { type BodyOf, bodyOf } from '../../../../options/field.ts'
import { anything, described, integer, oneOf, string } from '../../../../options/schema.ts'
import { embed, embeddingInfo, normalize, normalizeField } from '../../../generate/embed.ts'
import { promptSchema, readPrompts, tokenizeSources } from '../../../generate/prompt.ts'
import { type Answer, type HttpRequest, json } from '../../../http/handler.ts'
import type { Model } from '../../../model/model.ts'

export const embeddingsFields = {
  input: {
    names: ['input'],
    schema: described('is not a text, nor a list of texts', promptSchema),
    help: 'The text, or several; or token ids, or several lists of them.',
  },
  model: { names: ['model'], schema: string, help: 'Any name; the server has one model.' },
  encodingFormat: {
    names: ['encoding_format'],
    schema: oneOf('float', 'base64'),
    default: 'float',
    help: 'base64: 32-bit floats in little-endian order.',
  },
  dimensions: {
    names: ['dimensions'],
    schema: integer(1),
    help: 'The length of the vectors; only the full length of the model is supported.',
  },
  embdNormalize: normalizeField,
  user: { names: ['user'], schema: anything, help: 'The end user.', support: 'no effect' },
} as const

export const embeddingsBody = bodyOf(embeddingsFields, ['input'])

export async function openaiEmbeddings(
  { body, signal }: HttpRequest<BodyOf<typeof embeddingsBody>>,
  model: Model,
): Promise<Answer> {
  const info = embeddingInfo(model)
  const { input, encodingFormat, dimensions, embdNormalize } = body
  if (info.pooling === 'none') {
    const message =
      'This server was started with `--pooling none`, which gives a vector for each token: ask /embeddings'
    throw new RequestError('invalid_request', message)
  }
  if (dimensions !== undefined && dimensions !== info.width) {
    throw badField('dimensions', dimensions, `is not ${info.width}, which is the length of this model's vectors`)
  }
  const { sources, isList } = readPrompts(input, 'input')
  const prompts = await tokenizeSources(sources, model, signal)
  const { vectors, nTokens } = await embed(prompts, { name: 'input', isList }, info, model, signal)
  const data = vectors.map((vector, index) => {
    const scaled = normalize(vector, embdNormalize ?? model.options.embdNormalize)
    return { object: 'embedding', index, embedding: encodingFormat === 'base64' ? base64(scaled) : Array.from(scaled) }
  })
  const usage = { prompt_tokens: nTokens, total_tokens: nTokens }
  return json({ object: 'list', data, model: model.name, usage })
}

function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, 4 * i)
  return bytes.toString('base64')
}
