// POST /rerank: how well each text answers a query. In the shapes of Jina (`documents`) and of Hugging Face's TEI (`texts`).
import { badField, RequestError } from '../../../base/errors.ts'
import { TimeSlices } from '../../../base/time-slices.ts'
import { bodySchema, boolean, integer, readFields, type Schema, string } from '../../../options/field.ts'
import type { EmbeddingInfo } from '../../../protocol/embedding.ts'
import { embed } from '../../generate/embed.ts'
import { checkNumber } from '../../generate/prompt.ts'
import type { PromptTokens } from '../../generate/request-maker.ts'
import type { Answer, HttpRequest } from '../../http/handler.ts'
import type { Services } from '../../model/model.ts'

type Document = string | { readonly text: string }

const documents: Schema<readonly Document[]> = {
  description: 'is not a list of texts, at least one',
  type: ['array', 'null'],
  minItems: 1,
  items: {
    anyOf: [
      { type: 'string' },
      { type: 'object', required: ['text'], properties: { text: { type: 'string' } }, additionalProperties: false },
    ],
  },
}

export const rerankFields = {
  query: { names: ['query'], schema: string, help: 'What is asked.' },
  documents: {
    names: ['documents'],
    schema: documents,
    help: 'The texts, or objects with `text`: answered in the shape of Jina.',
  },
  texts: { names: ['texts'], schema: documents, help: 'The texts: answered in the shape of TEI.' },
  topN: { names: ['top_n'], schema: integer(1), help: 'Only so many of the best.' },
  returnDocuments: {
    names: ['return_documents', 'return_text'],
    schema: boolean,
    default: false,
    help: 'Send each text back beside its score.',
  },
  model: { names: ['model'], schema: string, help: 'Any name: there is one model.' },
} as const

export const rerankBody = bodySchema(rerankFields, ['query'])

/** @throws RequestError (501) when the server was not started for it, or the model is no reranker. */
export async function rerank({ body, signal }: HttpRequest, services: Services): Promise<Answer> {
  const info = rankingInfo(services)
  const { query, documents, texts, topN, returnDocuments } = readFields(rerankFields, body)
  if (query === undefined) throw missing('query')
  const name = texts === undefined ? 'documents' : 'texts'
  const given = texts ?? documents
  if (given === undefined) throw missing('documents')
  if (texts !== undefined && documents !== undefined) throw badField('texts', texts, 'stands beside "documents"')
  checkNumber(given.length, name)
  const all = given.map((document) => (typeof document === 'string' ? document : document.text))
  const pairs: PromptTokens[] = []
  const slices = new TimeSlices()
  for (const text of all) {
    pairs.push({ tokens: services.tokenizer.pair(query, text) })
    await slices.pause()
  }
  const { vectors, nTokens } = await embed(pairs, { name, isList: true }, info, services, signal)
  const ranked = vectors
    .map((scores, index) => ({ index, score: scores[0]! }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topN)
  if (texts !== undefined) {
    return { json: ranked.map((one) => ({ ...one, ...(returnDocuments ? { text: all[one.index] } : {}) })) }
  }
  const results = ranked.map(({ index, score }) => ({
    index,
    relevance_score: score,
    ...(returnDocuments ? { document: { text: all[index] } } : {}),
  }))
  const usage = { prompt_tokens: nTokens, total_tokens: nTokens }
  return { json: { object: 'list', model: services.modelName, usage, results } }
}

function rankingInfo({ engine, options }: Services): EmbeddingInfo {
  const { embeddings } = engine.info
  if (embeddings?.pooling === 'rank') return embeddings
  const isAsked = options.reranking || options.pooling === 'rank'
  throw new RequestError(
    'not_supported',
    isAsked
      ? 'This model cannot rerank: it has no head that scores a pair of texts'
      : 'This server does not support reranking. Start it with `--reranking`',
  )
}

function missing(param: string): RequestError {
  return new RequestError('invalid_request', `"${param}" is missing`, { param })
}
