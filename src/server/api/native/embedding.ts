// POST /embedding, the specification's route, and POST /embeddings, llama-server's current one.
// They differ only in the answer.
import { type BodyOf, bodyOf } from '../../../options/field.ts'
import { generationFields } from '../../../options/generation-fields.ts'
import { described, string } from '../../../options/schema.ts'
import { embed, embeddingInfo, normalize, normalizeField, rowsOf } from '../../generate/embed.ts'
import { promptSchema, tokenizeSources } from '../../generate/prompt.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'
import { readImagePrompts } from './image-prompts.ts'

export const embeddingFields = {
  content: {
    names: ['content', 'input'],
    schema: described('is not a text, nor a list of texts', promptSchema),
    help: 'The text, or several.',
  },
  imageData: {
    ...generationFields.imageData,
    help: 'Images of the text, as in /completion: `[img-12]` marks the place of the image with the id 12.',
  },
  embdNormalize: normalizeField,
  model: { names: ['model'], schema: string, help: 'Any name; the server has one model.' },
} as const

export const embeddingBody = bodyOf(embeddingFields, ['content'])
type Request = HttpRequest<BodyOf<typeof embeddingBody>>

/**
 * `{"embedding": […]}`, or `{"results": […]}` for several texts; as the model computes it, unless
 * the request asks for scaling.
 */
export function embedding(request: Request, model: Model): Promise<Answer> {
  return answerWith(request, model, -1, (rows, isList, isNone) => {
    const results = rows.map((of) => ({ embedding: isNone ? of : of[0] }))
    return isList ? { results } : results[0]
  })
}

/**
 * `[{"index": 0, "embedding": [[…]]}]`; scaled as --embd-normalize sets, except with pooling none.
 */
export function embeddings(request: Request, model: Model): Promise<Answer> {
  return answerWith(request, model, model.options.embdNormalize, (rows) =>
    rows.map((of, index) => ({ index, embedding: of })),
  )
}

/** @param shape makes the answer from the rows of each input. */
async function answerWith(
  { body, given, signal }: Request,
  model: Model,
  defaultNormalize: number,
  shape: (rows: readonly (readonly number[])[][], isList: boolean, isNone: boolean) => unknown,
): Promise<Answer> {
  const info = embeddingInfo(model)
  const { content, imageData, embdNormalize } = body
  const isNone = info.pooling === 'none'
  const how = embdNormalize ?? (isNone ? -1 : defaultNormalize)
  const name = given.content === undefined || given.content === null ? 'input' : 'content'
  const { sources, isList } = await readImagePrompts({ prompt: content, imageData }, model, name)
  const prompts = await tokenizeSources(sources, model, signal)
  const { vectors } = await embed(prompts, { name, isList }, info, model, signal)
  const rows = vectors.map((vector) => rowsOf(vector, info).map((row) => Array.from(normalize(row, how))))
  return json(shape(rows, isList, isNone))
}
