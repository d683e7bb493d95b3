// Flags of embeddings and reranking.
import type { Flag } from './flag.ts'

export const embeddingFlags = {
  embedding: {
    flags: ['--embedding', '--embeddings'],
    env: 'LLAMA_ARG_EMBEDDINGS',
    type: 'boolean',
    default: false,
    help: 'Serve embeddings as well as completions: they use a second context of the model.',
    group: 'server',
  },
  pooling: {
    flags: ['--pooling'],
    env: 'LLAMA_ARG_POOLING',
    type: 'string',
    arg: 'TYPE',
    values: ['none', 'mean', 'cls', 'last', 'rank'],
    defaultText: "the model's; else last, or mean if tokens attend to later ones",
    help: "The way to combine the vectors of a text's tokens: none sends them all; rank is for rerankers.",
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
    help: 'The scaling of vectors by /embeddings and /v1/embeddings: -1 none, 0 the largest number becomes 32760, 1 taxicab, 2 Euclidean, more: p-norm.',
    group: 'server',
  },
  reranking: {
    flags: ['--reranking', '--rerank'],
    env: 'LLAMA_ARG_RERANKING',
    type: 'boolean',
    default: false,
    help: 'Serve /rerank with a reranker model; the same as --embedding --pooling rank.',
    group: 'server',
  },
} as const satisfies Record<string, Flag>
