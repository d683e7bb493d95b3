/**
 * Tiny BERT models with random weights: they only encode. Half a megabyte, the same bytes on every
 * machine. Their vectors mean nothing, but they differ with each word and with the order of words.
 */
import { join } from 'node:path'
import { type GgufTensor, type GgufValue, packGguf } from './gguf-writer.ts'
import { constant, random, TINY_MODEL_DIR, WORDS, writeIfNew } from './tiny-models.ts'

/**
 * - `tiny-bert`: mean pooling.
 * - `tiny-bert-plain`: the same, and its file specifies neither pooling nor attention.
 * - `tiny-reranker`: the same with a head that scores pairs.
 */
export type TinyBertName = 'tiny-bert' | 'tiny-bert-plain' | 'tiny-reranker'

/** The length of its vectors. */
export const BERT_WIDTH = 64
/** The maximum number of tokens for which it has positions. */
export const BERT_CONTEXT = 128

const N_LAYER = 2
const N_HEAD = 4
const N_FF = 128

/** The path of a model, which is made at the first call. */
export function tinyBert(name: TinyBertName): string {
  return writeIfNew(join(TINY_MODEL_DIR, `${name}.gguf`), packTinyBert(name)).path
}

/** WordPiece in llama.cpp's form: `▁` begins a word. Every word of letters can be spelled. */
const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i))
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
const pieces = [
  ...special,
  ...'.,!?'.split('').map((mark) => `▁${mark}`),
  ...letters.map((letter) => `▁${letter}`),
  ...letters,
  ...[...new Set(WORDS.toLowerCase().split(' '))].filter((word) => word.length > 1).map((word) => `▁${word}`),
]

export function packTinyBert(name: TinyBertName): Buffer {
  const metadata = new Map<string, GgufValue>()
  const string = (key: string, value: string) => metadata.set(key, { type: 'string', value })
  const uint32 = (key: string, value: number) => metadata.set(key, { type: 'uint32', value })
  string('general.name', name)
  string('general.architecture', 'bert')
  uint32('general.file_type', 0)
  uint32('bert.context_length', BERT_CONTEXT)
  uint32('bert.embedding_length', BERT_WIDTH)
  uint32('bert.block_count', N_LAYER)
  uint32('bert.feed_forward_length', N_FF)
  uint32('bert.attention.head_count', N_HEAD)
  metadata.set('bert.attention.layer_norm_epsilon', { type: 'float32', value: 1e-12 })
  if (name !== 'tiny-bert-plain') {
    metadata.set('bert.attention.causal', { type: 'bool', value: false })
    uint32('bert.pooling_type', name === 'tiny-reranker' ? 4 : 1) // llama_pooling_type: rank, mean
  }
  string('tokenizer.ggml.model', 'bert')
  string('tokenizer.ggml.pre', 'default')
  metadata.set('tokenizer.ggml.tokens', { type: 'strings', value: pieces })
  metadata.set('tokenizer.ggml.token_type', {
    type: 'int32s',
    // llama_token_type: control, normal
    value: pieces.map((_, id) => (id < special.length ? 3 : 1)),
  })
  uint32('tokenizer.ggml.token_type_count', 2)
  const keys = ['padding', 'unknown', 'bos', 'seperator', 'mask'] // spelled so in the format
  for (const [id, key] of keys.entries()) uint32(`tokenizer.ggml.${key}_token_id`, id)
  return packGguf(metadata, tensors(name))
}

function tensors(name: TinyBertName): GgufTensor[] {
  const layers = Array.from({ length: N_LAYER }, (_, il) => layer(`blk.${il}.`)).flat()
  return [
    random('token_embd.weight', [BERT_WIDTH, pieces.length], 0.3),
    random('token_types.weight', [BERT_WIDTH, 2], 0.05),
    random('position_embd.weight', [BERT_WIDTH, BERT_CONTEXT], 0.05),
    ...norm('token_embd_norm'),
    ...layers,
    ...(name === 'tiny-reranker'
      ? [...linear('cls', BERT_WIDTH, BERT_WIDTH), ...linear('cls.output', BERT_WIDTH, 1)]
      : []),
  ]
}

function layer(prefix: string): GgufTensor[] {
  return [
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].flatMap((part) => linear(prefix + part, BERT_WIDTH, BERT_WIDTH)),
    ...norm(`${prefix}attn_output_norm`),
    ...linear(`${prefix}ffn_up`, BERT_WIDTH, N_FF),
    ...linear(`${prefix}ffn_down`, N_FF, BERT_WIDTH),
    ...norm(`${prefix}layer_output_norm`),
  ]
}

function linear(name: string, nIn: number, nOut: number): GgufTensor[] {
  return [random(`${name}.weight`, [nIn, nOut], 2 / Math.sqrt(nIn)), random(`${name}.bias`, [nOut], 0.05)]
}

function norm(name: string): GgufTensor[] {
  return [constant(`${name}.weight`, BERT_WIDTH, 1), constant(`${name}.bias`, BERT_WIDTH, 0)]
}
