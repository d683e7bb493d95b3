// A BERT of sentence-transformers (safetensors, WordPiece vocabulary) as the bytes of a GGUF file,
// in 32-bit floats. Source of names and keys: llama.cpp, conversion/bert.py and
// src/models/bert.cpp.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GgufTensor, type GgufValue, packGguf } from '../test/support/gguf-writer.ts'
import { readSafetensors } from './safetensors.ts'

type Config = {
  readonly model_type: string
  readonly hidden_size: number
  readonly intermediate_size: number
  readonly layer_norm_eps: number
  readonly max_position_embeddings: number
  readonly num_attention_heads: number
  readonly num_hidden_layers: number
  readonly type_vocab_size: number
}

type Pooling = { readonly pooling_mode_mean_tokens: boolean; readonly pooling_mode_cls_token: boolean }

type TokenizerFile = {
  readonly model: { readonly type: string; readonly vocab: Readonly<Record<string, number>> }
  readonly normalizer: { readonly lowercase: boolean }
  readonly added_tokens: readonly { readonly content: string; readonly special: boolean }[]
}

/** For each layer of the model: the name in the folder and the name in GGUF. */
const layerNames = {
  'attention.self.query': 'attn_q',
  'attention.self.key': 'attn_k',
  'attention.self.value': 'attn_v',
  'attention.output.dense': 'attn_output',
  'attention.output.LayerNorm': 'attn_output_norm',
  'intermediate.dense': 'ffn_up',
  'output.dense': 'ffn_down',
  'output.LayerNorm': 'layer_output_norm',
} as const

const embeddingNames = {
  word_embeddings: 'token_embd',
  position_embeddings: 'position_embd',
  token_type_embeddings: 'token_types',
  LayerNorm: 'token_embd_norm',
} as const

/** llama_token_type */
const normal = 1
const control = 3

/**
 * @param folder with config.json, tokenizer.json, model.safetensors and 1_Pooling/config.json.
 * @throws Error for a model of another kind.
 */
export function bertGguf(folder: string, name: string): Buffer {
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const config: Config = read('config.json')
  const pooling: Pooling = read('1_Pooling/config.json')
  const tokenizer: TokenizerFile = read('tokenizer.json')
  if (config.model_type !== 'bert') throw new Error(`${folder} is a ${config.model_type}, not a bert`)
  if (tokenizer.model.type !== 'WordPiece') throw new Error(`its vocabulary is ${tokenizer.model.type}, not WordPiece`)
  const metadata = new Map<string, GgufValue>([
    ...modelKeys(config, pooling, name),
    ...vocabularyKeys(tokenizer, config),
  ])
  return packGguf(metadata, tensors(join(folder, 'model.safetensors')))
}

function modelKeys(config: Config, pooling: Pooling, name: string): [string, GgufValue][] {
  const uint32 = (key: string, value: number): [string, GgufValue] => [key, { type: 'uint32', value }]
  return [
    ['general.architecture', { type: 'string', value: 'bert' }],
    ['general.name', { type: 'string', value: name }],
    uint32('general.file_type', 0),
    uint32('bert.context_length', config.max_position_embeddings),
    uint32('bert.embedding_length', config.hidden_size),
    uint32('bert.feed_forward_length', config.intermediate_size),
    uint32('bert.block_count', config.num_hidden_layers),
    uint32('bert.attention.head_count', config.num_attention_heads),
    ['bert.attention.layer_norm_epsilon', { type: 'float32', value: config.layer_norm_eps }],
    ['bert.attention.causal', { type: 'bool', value: false }],
    uint32('bert.pooling_type', poolingType(pooling)),
  ]
}

/** llama_pooling_type */
function poolingType({ pooling_mode_mean_tokens, pooling_mode_cls_token }: Pooling): number {
  if (pooling_mode_mean_tokens) return 1
  if (pooling_mode_cls_token) return 2
  throw new Error('its pooling is neither the mean nor the first token')
}

/** WordPiece in llama.cpp's form: `▁` begins a word, and continuations have no `##`. */
function vocabularyKeys({ model, normalizer, added_tokens }: TokenizerFile, config: Config): [string, GgufValue][] {
  const special = new Set(added_tokens.filter((token) => token.special).map(({ content }) => content))
  const texts = Object.entries(model.vocab)
    .sort((a, b) => a[1] - b[1])
    .map(([text]) => text)
  const phantom = (text: string) => (special.has(text) ? text : text.startsWith('##') ? text.slice(2) : `▁${text}`)
  const id = (key: string, text: string): [string, GgufValue] => {
    return [`tokenizer.ggml.${key}_token_id`, { type: 'uint32', value: model.vocab[text]! }]
  }
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'bert' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'default' }],
    ['tokenizer.ggml.tokens', { type: 'strings', value: texts.map(phantom) }],
    [
      'tokenizer.ggml.token_type',
      { type: 'int32s', value: texts.map((text) => (special.has(text) ? control : normal)) },
    ],
    ['tokenizer.ggml.token_type_count', { type: 'uint32', value: config.type_vocab_size }],
    ['tokenizer.ggml.normalizer.lowercase', { type: 'bool', value: normalizer.lowercase }],
    id('bos', '[CLS]'),
    id('unknown', '[UNK]'),
    id('seperator', '[SEP]'), // spelled so in the format
    id('padding', '[PAD]'),
    id('mask', '[MASK]'),
  ]
}

function tensors(path: string): GgufTensor[] {
  const all = readSafetensors(path)
  return [...all].flatMap(([name, { shape, data }]) => {
    const target = targetName(name)
    return target === undefined ? [] : [{ name: target, shape: [...shape].reverse(), data: data() }]
  })
}

/**
 * @returns undefined for tensors that embeddings do not need: the pooler, and the numbers 0 to 511.
 */
function targetName(name: string): string | undefined {
  const layer = /^encoder\.layer\.(\d+)\.(.+)\.(weight|bias)$/.exec(name)
  if (layer !== null) return `blk.${layer[1]}.${known(layerNames, layer[2]!)}.${layer[3]}`
  const embedding = /^embeddings\.(\w+)\.(weight|bias)$/.exec(name)
  if (embedding !== null) return `${known(embeddingNames, embedding[1]!)}.${embedding[2]}`
  if (/^pooler\.|position_ids$/.test(name)) return undefined
  throw new Error(`there is no place for the tensor ${name}`)
}

function known(names: Readonly<Record<string, string>>, part: string): string {
  const name = names[part]
  if (name === undefined) throw new Error(`there is no place for the tensor ${part}`)
  return name
}
