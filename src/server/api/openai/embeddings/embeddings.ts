// POST /v1/embeddings: OpenAI's embeddings.
import { badField, RequestError } from '../../../../base/errors.ts'
import { anything, bodySchema, integer, readFields, type Schema, string } from '../../../../options/field.ts'
import { embed, embeddingInfo, normalize, normalizeField } from '../../../generate/embed.ts'
import { type PromptField, promptSchema, readManyPrompts } from '../../../generate/prompt.ts'
import type { Answer, HttpRequest } from '../../../http/handler.ts'
import type { Services } from '../../../model/model.ts'

type Format = 'float' | 'base64'

export const embeddingsFields = {
  input: {
    names: ['input'],
    schema: { ...promptSchema, description: 'is not a text, nor a list of texts' } as Schema<PromptField>,
    help: 'The text, or several; or token ids, or several lists of them.',
  },
  model: { names: ['model'], schema: string, help: 'Any name: there is one model.' },
  encodingFormat: {
    names: ['encoding_format'],
    schema: { enum: ['float', 'base64', null] } as Schema<Format>,
    default: 'float' as Format,
    help: 'base64: 32-bit floats, the lowest byte first.',
  },
  dimensions: {
    names: ['dimensions'],
    schema: integer(1),
    help: 'The length of the vectors: that of the model, which is not made to be cut.',
  },
  embdNormalize: normalizeField,
  user: { names: ['user'], schema: anything, help: 'Who asks.', support: 'no effect' },
} as const

export const embeddingsBody = bodySchema(embeddingsFields, ['input'])

export async function openaiEmbeddings({ body, signal }: HttpRequest, services: Services): Promise<Answer> {
  const info = embeddingInfo(services)
  const { input, encodingFormat, dimensions, embdNormalize } = readFields(embeddingsFields, body)
  if (input === undefined) throw new RequestError('invalid_request', '"input" is missing', { param: 'input' })
  if (info.pooling === 'none') {
    const message =
      'This server was started with `--pooling none`, which gives a vector for each token: ask /embeddings'
    throw new RequestError('invalid_request', message)
  }
  if (dimensions !== undefined && dimensions !== info.width) {
    throw badField('dimensions', dimensions, `is not ${info.width}, which is the length of this model's vectors`)
  }
  const { prompts, isList } = await readManyPrompts(input, services.tokenizer, 'input')
  const { vectors, nTokens } = await embed(prompts, { name: 'input', isList }, info, services, signal)
  const data = vectors.map((vector, index) => {
    const scaled = normalize(vector, embdNormalize ?? services.options.embdNormalize)
    return { object: 'embedding', index, embedding: encodingFormat === 'base64' ? base64(scaled) : Array.from(scaled) }
  })
  const usage = { prompt_tokens: nTokens, total_tokens: nTokens }
  return { json: { object: 'list', data, model: services.modelName, usage } }
}

function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, 4 * i)
  return bytes.toString('base64')
}
