// POST /embedding, the specification's route, and POST /embeddings, llama-server's of today. They differ in the answer alone.
import { RequestError } from '../../../base/errors.ts'
import { bodySchema, readFields, type Schema, string } from '../../../options/field.ts'
import { generationFields } from '../../../options/generation-fields.ts'
import { embed, embeddingInfo, normalize, normalizeField, rowsOf } from '../../generate/embed.ts'
import { prepared } from '../../generate/images.ts'
import { type PromptField, promptSchema } from '../../generate/prompt.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'
import { mediaPrompts } from './media-prompts.ts'

export const embeddingFields = {
  content: {
    names: ['content', 'input'],
    schema: { ...promptSchema, description: 'is not a text, nor a list of texts' } as Schema<PromptField>,
    help: 'The text, or several.',
  },
  imageData: {
    ...generationFields.imageData,
    help: 'Pictures of the text, as in /completion: `[img-12]` is the place of the one with the id 12.',
  },
  embdNormalize: normalizeField,
  model: { names: ['model'], schema: string, help: 'Any name: there is one model.' },
} as const

export const embeddingBody = bodySchema(embeddingFields)

/** `{"embedding": […]}`, of several texts `{"results": […]}`; as the model makes it, unless the request says how to scale. */
export function embedding(request: HttpRequest, services: Services): Promise<Answer> {
  return answerWith(request, services, -1, (rows, isList, isNone) => {
    const results = rows.map((of) => ({ embedding: isNone ? of : of[0] }))
    return isList ? { results } : results[0]
  })
}

/** `[{"index": 0, "embedding": [[…]]}]`; scaled as --embd-normalize says, but with pooling none. */
export function embeddings(request: HttpRequest, services: Services): Promise<Answer> {
  return answerWith(request, services, services.options.embdNormalize, (rows) =>
    rows.map((of, index) => ({ index, embedding: of })),
  )
}

/** @param shape of the answer, given the rows of each input. */
async function answerWith(
  { body, signal }: HttpRequest,
  services: Services,
  defaultNormalize: number,
  shape: (rows: readonly (readonly number[])[][], isList: boolean, isNone: boolean) => unknown,
): Promise<Answer> {
  const info = embeddingInfo(services)
  const fields = readFields(embeddingFields, body)
  const { content, imageData } = fields
  if (content === undefined) throw new RequestError('invalid_request', '"content" is missing', { param: 'content' })
  const isNone = info.pooling === 'none'
  const how = fields.embdNormalize ?? (isNone ? -1 : defaultNormalize)
  const name = body.content === undefined || body.content === null ? 'input' : 'content'
  const { prompts, isList } = await prepared(mediaPrompts({ prompt: content, imageData }, services, signal, name))
  const { vectors } = await embed(prompts, { name, isList }, info, services, signal)
  const rows = vectors.map((vector) => rowsOf(vector, info).map((row) => Array.from(normalize(row, how))))
  return { json: shape(rows, isList, isNone) }
}
