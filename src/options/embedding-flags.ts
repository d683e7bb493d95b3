// Flags of embeddings and reranking.
import type { Flag } from './flag.ts'

export const embeddingFlags = {
  embedding: {
    flags: ['--embedding', '--embeddings'],
    env: 'LLAMA_ARG_EMBEDDINGS',
    type: 'boolean',
    default: false,
    help: 'Serve embeddings, beside completions: a second context of the model is made for them.',
    group: 'server',
  },
  pooling: {
    flags: ['--pooling'],
    env: 'LLAMA_ARG_POOLING',
    type: 'string',
    arg: 'TYPE',
    values: ['none', 'mean', 'cls', 'last', 'rank'],
    defaultText: "the model's; without one last, or mean where tokens see those after them",
    help: "How the vectors of a text's tokens become one: none sends them all; rank is that of rerankers.",
    group: 'server',
  },
  embdNormalize: {
    flags: ['--embd-normalize'],
    env: 'LLAMA_ARG_EMBD_NORMALIZE',
    type: 'integer',
    arg: 'N',
    min: -1,
    max: 1000,
    default: 2,
    help: 'How /embeddings and /v1/embeddings scale vectors: -1 not, 0 the largest number becomes 32760, 1 taxicab, 2 euclidean, more: p-norm.',
    group: 'server',
  },
  reranking: {
    flags: ['--reranking', '--rerank'],
    env: 'LLAMA_ARG_RERANKING',
    type: 'boolean',
    default: false,
    help: 'Serve /rerank, with a model that is a reranker: as --embedding --pooling rank.',
    group: 'server',
  },
} as const satisfies Record<string, Flag>
