// The common part of all embedding routes: inputs as token ids → vectors from the engine, scaled
// and cut into rows.
import { RequestError } from '../../base/errors.ts'
import { integer } from '../../options/schema.ts'
import type { EmbeddingInfo } from '../../protocol/embedding.ts'
import type { Model } from '../model/model.ts'
import type { PromptTokens } from './request-maker.ts'

/** The field by which a request selects the scaling of its vectors. */
export const normalizeField = {
  names: ['embd_normalize'],
  schema: integer(-1, 1000),
  help: 'How vectors are scaled: -1 not, 0 the largest number becomes 32760, 1 taxicab, 2 euclidean, more: p-norm.',
} as const

/** @throws RequestError when this server does not serve vectors. */
export function embeddingInfo({ info, options }: Model): EmbeddingInfo {
  const { embeddings } = info
  const refuse = (message: string) => new RequestError('not_supported', message)
  if (!options.embedding && !options.reranking) {
    throw refuse('This server does not support embeddings. Start it with `--embeddings`')
  }
  if (embeddings === undefined || embeddings.pooling === 'rank') {
    throw refuse(
      'This server gives scores at /rerank and no embeddings. Start it without `--reranking` and `--pooling rank`',
    )
  }
  return embeddings
}

export type Vectors = {
  /** In the order of the inputs. */
  readonly vectors: readonly Float32Array[]
  /** Tokens of all inputs. */
  readonly nTokens: number
}

/**
 * @param inputs at least one.
 * @param field of the inputs; items of a list are named by index.
 * @throws RequestError that names an input which is empty or too long; when the client has gone
 *   away.
 */
export async function embed(
  inputs: readonly PromptTokens[],
  field: { readonly name: string; readonly isList: boolean },
  info: EmbeddingInfo,
  model: Model,
  signal: AbortSignal,
): Promise<Vectors> {
  for (const [i, { tokens }] of inputs.entries()) {
    const name = field.isList ? `${field.name}[${i}]` : field.name
    if (tokens.length === 0) {
      throw new RequestError('invalid_request', `Cannot read "${name}": it is empty`, { param: name })
    }
    if (tokens.length > info.maxTokens) throw tooLarge(name, tokens.length, info)
  }
  // duplicates are computed once: virtual ids of images are equal only for equal rows
  const places = new Map<string, number>()
  const distinct = inputs.filter(({ tokens }) => {
    const key = tokens.join()
    if (places.has(key)) return false
    places.set(key, places.size)
    return true
  })
  const task = {
    inputs: distinct.map(({ tokens, images = [] }) => ({ tokens, images })),
    adapterScales: model.adapters.scales,
  }
  const vectors = await model.engine.embed(task, signal)
  return {
    vectors: inputs.map(({ tokens }) => vectors[places.get(tokens.join())!]!),
    nTokens: inputs.reduce((sum, { tokens }) => sum + tokens.length, 0),
  }
}

function tooLarge(name: string, nTokens: number, { maxTokens, limit }: EmbeddingInfo): RequestError {
  const why = {
    context: `the context holds ${maxTokens}; try a larger -c`,
    batch: `it is computed at once, and -ub allows ${maxTokens}; try a larger -ub and -b`,
    model: `the model takes ${maxTokens}`,
  }[limit]
  const message = `Cannot read "${name}": it is too large, with ${nTokens} tokens: ${why}`
  return new RequestError('exceed_context_size', message, { param: name, n_prompt_tokens: nTokens, n_ctx: maxTokens })
}

/** The answer for an input: its vector, or with pooling none the vectors of its tokens. */
export function rowsOf(vector: Float32Array, { width }: EmbeddingInfo): Float32Array[] {
  return Array.from({ length: vector.length / width }, (_, i) => vector.subarray(i * width, (i + 1) * width))
}

/**
 * @param how -1: unchanged; 0: the largest number becomes 32760, as for 16-bit integers; p: the
 *   p-norm becomes 1.
 * @returns a new vector; zeros stay zeros.
 * Source: common_embd_normalize of llama.cpp.
 */
export function normalize(vector: Float32Array, how: number): Float32Array {
  if (how === -1) return vector
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  if (largest === 0) return vector
  // powers of values divided by the largest neither overflow nor vanish
  const norm = how === 0 ? largest / 32_760 : largest * pNorm(vector, largest, how)
  return vector.map((value) => value / norm)
}

function pNorm(vector: Float32Array, largest: number, p: number): number {
  let sum = 0
  for (const value of vector) sum += (Math.abs(value) / largest) ** p
  return sum ** (1 / p)
}
