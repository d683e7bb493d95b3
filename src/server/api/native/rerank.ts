// POST /rerank: scores how well each text answers a query. In the shapes of Jina (`documents`) and
// of Hugging Face's TEI (`texts`).
import { badField, RequestError } from '../../../base/errors.ts'
import { type BodyOf, bodyOf, missing } from '../../../options/field.ts'
import { anyOf, array, boolean, described, integer, object, string } from '../../../options/schema.ts'
import type { EmbeddingInfo } from '../../../protocol/embedding.ts'
import { embed } from '../../generate/embed.ts'
import { checkNumber } from '../../generate/prompt.ts'
import { type Answer, type HttpRequest, json } from '../../http/handler.ts'
import type { Model } from '../../model/model.ts'

const documents = described(
  'is not a list of texts, at least one',
  array(anyOf(string, object({ text: string }, ['text'])), { minItems: 1 }),
)

export const rerankFields = {
  query: { names: ['query'], schema: string, help: 'The query.' },
  documents: {
    names: ['documents'],
    schema: documents,
    help: 'The texts, or objects with `text`; the answer has the shape of Jina.',
  },
  texts: { names: ['texts'], schema: documents, help: 'The texts; the answer has the shape of TEI.' },
  topN: { names: ['top_n'], schema: integer(1), help: 'Maximum number of results.' },
  returnDocuments: {
    names: ['return_documents', 'return_text'],
    schema: boolean,
    default: false,
    help: 'Return each text with its score.',
  },
  model: { names: ['model'], schema: string, help: 'Any name; the server has one model.' },
} as const

export const rerankBody = bodyOf(rerankFields, ['query'])

/** @throws RequestError when the server was not started for it, or the model is not a reranker. */
export async function rerank({ body, signal }: HttpRequest<BodyOf<typeof rerankBody>>, model: Model): Promise<Answer> {
  const info = rankingInfo(model)
  const { query, documents, texts, topN, returnDocuments } = body
  const name = texts === undefined ? 'documents' : 'texts'
  const given = texts ?? documents
  if (given === undefined) throw missing('documents')
  if (texts !== undefined && documents !== undefined)
    throw badField('texts', texts, 'cannot be combined with "documents"')
  checkNumber(given.length, name)
  const all = given.map((document) => (typeof document === 'string' ? document : document.text))
  const pairs = all.map((document) => ({ kind: 'pair', query, document }) as const)
  const { prompts } = await model.prepare({ prompts: pairs }, signal)
  const { vectors, nTokens } = await embed(prompts, { name, isList: true }, info, model, signal)
  const ranked = vectors
    .map((scores, index) => ({ index, score: scores[0]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topN)
  if (texts !== undefined) {
    return json(ranked.map((one) => ({ ...one, ...(returnDocuments ? { text: all[one.index] } : {}) })))
  }
  const results = ranked.map(({ index, score }) => ({
    index,
    relevance_score: score,
    ...(returnDocuments ? { document: { text: all[index] } } : {}),
  }))
  const usage = { prompt_tokens: nTokens, total_tokens: nTokens }
  return json({ object: 'list', model: model.name, usage, results })
}

function rankingInfo({ info: { embeddings }, options }: Model): EmbeddingInfo {
  if (embeddings?.pooling === 'rank') return embeddings
  const isAsked = options.reranking || options.pooling === 'rank'
  throw new RequestError(
    'not_supported',
    isAsked
      ? 'This model cannot rerank: it has no head that scores a pair of texts'
      : 'This server does not support reranking. Start it with `--reranking`',
  )
}
