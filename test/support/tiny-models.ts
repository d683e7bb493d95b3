/**
 * Tiny GGUF models with made-up weights for tests: under a megabyte, the same bytes on every
 * machine. Their output is nonsense, but varied and valid UTF-8. Most weights are random;
 * STATE_DIMS dimensions of the embedding are not: they hold what may follow the token (a `State`),
 * no layer writes to them, and the output matrix reads them as a bias. So control tokens never come
 * by chance, the bytes of é, あ and 😄 come in order, one token each, and after the piece "▁end"
 * (rare) comes the end of generation and nothing else.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GgufTensor, type GgufTensorType, type GgufValue, packGguf } from './gguf-writer.ts'

export const TINY_MODEL_NAMES = [
  'tiny-llama',
  'tiny-chat',
  'tiny-mamba',
  'tiny-swa',
  'tiny-fim',
  'tiny-qwen-ranker',
  'tiny-gpt4o',
] as const

/**
 * - `tiny-llama`: attention, llama tokenizer, BOS added, no chat template.
 * - `tiny-chat`: the same weights, ChatML template, no BOS, no space prefix; generation ends with
 *   <|im_end|>.
 * - `tiny-mamba`: recurrent, its memory cannot be cut.
 * - `tiny-swa`: olmo2, layer 0 with a sliding window of 32, layer 1 without.
 * - `tiny-fim`: tiny-llama with fill-in-the-middle tokens.
 * - `tiny-qwen-ranker`: qwen3, with a head that scores its input, and the template of that input.
 * - `tiny-gpt4o`: tiny-chat with a byte-level BPE without merges, whose texts are first split as
 *   for GPT-4o.
 */
export type TinyModelName = (typeof TINY_MODEL_NAMES)[number]

export type BrokenModelKind = 'truncated' | 'wrong-magic' | 'empty'

/**
 * The folder where `tinyModel` keeps the files: `.cache/tiny-models/` in the repository, which git
 * ignores.
 */
export const TINY_MODEL_DIR = fileURLToPath(new URL('../../.cache/tiny-models/', import.meta.url))

const paths = new Map<string, string>()

/** The path of a model, which is made at the first call. */
export function tinyModel(name: TinyModelName, type: GgufTensorType = 'F32'): string {
  const key = type === 'F32' ? name : `${name}-${type}`
  const path = paths.get(key) ?? writeIfNew(join(TINY_MODEL_DIR, `${key}.gguf`), packTinyModel(name, type)).path
  paths.set(key, path)
  return path
}

/**
 * Writes `<dir>/<name>.gguf`, unless it has the same bytes already. The bytes are always made (some
 * 50 ms), so a change of this file cannot leave an old model behind. Safe beside other processes:
 * the file is renamed into place.
 */
export function writeTinyModel(name: TinyModelName, dir: string): { path: string; isNew: boolean } {
  return writeIfNew(join(dir, `${name}.gguf`), packTinyModel(name))
}

export function writeIfNew(path: string, bytes: Buffer): { path: string; isNew: boolean } {
  if (digest(readIfPresent(path)) === digest(bytes)) return { path, isNew: false }
  mkdirSync(dirname(path), { recursive: true })
  const partial = `${path}.${process.pid}.partial`
  writeFileSync(partial, bytes)
  renameSync(partial, path)
  return { path, isNew: true }
}

/**
 * Writes a file that no loader may accept to `<dir>/broken-<kind>.gguf`; `dir` must exist. @returns
 * its path.
 */
export function brokenModel(kind: BrokenModelKind, dir: string): string {
  const path = join(dir, `broken-${kind}.gguf`)
  const bytes = packTinyModel('tiny-llama')
  if (kind === 'wrong-magic') bytes.write('GGML')
  const sizes = { truncated: Math.floor(bytes.length / 2), 'wrong-magic': bytes.length, empty: 0 }
  writeFileSync(path, bytes.subarray(0, sizes[kind]))
  return path
}

/**
 * The bytes of a model; a pure function.
 * @param type of the matrices, Q8_0 of those in layers; the rest is F32.
 * @param pre the way tiny-gpt4o's texts are split, by llama.cpp's name.
 */
export function packTinyModel(name: TinyModelName, type: GgufTensorType = 'F32', pre = 'gpt-4o'): Buffer {
  const vocab = makeVocab(name)
  const metadata = new Map<string, GgufValue>([['general.name', { type: 'string', value: name }]])
  const set = (key: string, type: 'uint32' | 'float32', value: number) => metadata.set(key, { type, value })

  const arch = archOf(name)
  metadata.set('general.architecture', { type: 'string', value: arch })
  set('general.file_type', 'uint32', 0)
  set(`${arch}.context_length`, 'uint32', N_CTX_TRAIN)
  set(`${arch}.embedding_length`, 'uint32', N_EMBD)
  set(`${arch}.block_count`, 'uint32', N_LAYER)
  set(`${arch}.feed_forward_length`, 'uint32', arch === 'mamba' ? 0 : N_FF)
  set(`${arch}.attention.head_count`, 'uint32', arch === 'mamba' ? 0 : N_HEAD)
  set(`${arch}.attention.layer_norm_rms_epsilon`, 'float32', 1e-5)
  if (arch === 'mamba') {
    set('mamba.ssm.conv_kernel', 'uint32', D_CONV)
    set('mamba.ssm.inner_size', 'uint32', D_INNER)
    set('mamba.ssm.state_size', 'uint32', D_STATE)
    set('mamba.ssm.time_step_rank', 'uint32', DT_RANK)
  } else {
    set(`${arch}.attention.head_count_kv`, 'uint32', N_HEAD_KV)
    set(`${arch}.rope.dimension_count`, 'uint32', N_EMBD / N_HEAD)
  }
  if (arch === 'olmo2') {
    set('olmo2.attention.sliding_window', 'uint32', 32)
    set('olmo2.attention.sliding_window_pattern', 'uint32', 2)
  }
  setTokenizer(metadata, name, vocab, pre)
  if (arch === 'qwen3') {
    set('qwen3.pooling_type', 'uint32', 4) // llama_pooling_type: rank
    metadata.set('qwen3.classifier.output_labels', { type: 'strings', value: ['yes', 'no'] })
    metadata.set('tokenizer.chat_template.rerank', { type: 'string', value: RERANK_TEMPLATE })
  }

  const makeLayer = { llama: llamaLayer, olmo2: olmo2Layer, mamba: mambaLayer, qwen3: qwen3Layer }[arch]
  const layers = Array.from({ length: N_LAYER }, (_, il) => makeLayer(`blk.${il}.`))
  const tensors = [tokenEmbedding(vocab), constant('output_norm.weight', N_EMBD, 1), output(vocab), ...layers.flat()]
  if (arch === 'qwen3') tensors.push(reading('cls.output.weight', 2, 4))
  // beside the large biases of the states, the random values in a block of Q8_0 would be rounded
  // away
  const isWritten = ({ name: tensor, shape }: GgufTensor) =>
    shape.length > 1 && (type !== 'Q8_0' || tensor.startsWith('blk.'))
  return packGguf(
    metadata,
    tensors.map((tensor) => (isWritten(tensor) ? { ...tensor, type } : tensor)),
  )
}

function archOf(name: TinyModelName): 'llama' | 'olmo2' | 'mamba' | 'qwen3' {
  if (name === 'tiny-mamba') return 'mamba'
  if (name === 'tiny-qwen-ranker') return 'qwen3'
  return name === 'tiny-swa' ? 'olmo2' : 'llama'
}

// ---- Tokenizer: SentencePiece's BPE as llama.cpp has it ("llama")

/**
 * The kinds of token that may follow a token: text, or exactly one kind. The byte states walk
 * through é, あ, 😄.
 */
const STATES = ['text', 'lastByte', 'kanaByte', 'smileByte2', 'smileByte3', 'end'] as const
type State = (typeof STATES)[number]

interface Token {
  readonly text: string
  /** llama_token_type */
  readonly type: 1 | 2 | 3 | 6
  readonly after: State
  /**
   * The only state in which the token occurs, with a bias of about that many logits; absent if it
   * never occurs.
   */
  readonly comes?: { readonly at: State; readonly bias: number }
}

function makeVocab(name: TinyModelName): Token[] {
  const endsWithTurn = isChatModel(name)
  const pieces = new Set<string>(['▁', ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))])
  // every prefix of a piece is a piece, so that merging from the left reaches it
  for (const word of WORDS.split(' ')) for (let n = 2; n <= word.length + 1; n++) pieces.add(`▁${word}`.slice(0, n))
  for (const ending of ENDINGS.split(' ')) for (let n = 2; n <= ending.length; n++) pieces.add(ending.slice(0, n))
  return [
    { text: '<unk>', type: 2, after: 'text' },
    control('<s>'),
    control('</s>', !endsWithTurn),
    ...Array.from({ length: 256 }, (_, byte) => byteToken(byte)),
    control('<|im_start|>'),
    control('<|im_end|>', endsWithTurn),
    ...Array.from(pieces, pieceToken),
    ...(name === 'tiny-fim' ? FIM_TOKENS.map((text) => control(text)) : []),
  ]
}

function control(text: string, isEnd = false): Token {
  return { text, type: 3, after: 'text', ...(isEnd && { comes: { at: 'end', bias: 0 } }) }
}

/** Quotes come often, so that a JSON string under a grammar ends. */
function pieceToken(text: string): Token {
  const bias = text === '▁end' ? -9 : text === '"' ? 3 : text.length === 1 ? -1.5 : 0
  return { text, type: 1, after: text === '▁end' ? 'end' : 'text', comes: { at: 'text', bias } }
}

/**
 * A byte may occur as part of a character that the model writes, or as a newline; other bytes only
 * occur in prompts.
 */
function byteToken(byte: number): Token {
  const text = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
  const token = (after: State, at: State, bias: number): Token => ({ text, type: 6, after, comes: { at, bias } })
  if (byte === 0x0a) return token('text', 'text', -1.5)
  if (byte === 0xc3) return token('lastByte', 'text', 1.5)
  if (byte === 0xe3) return token('kanaByte', 'text', 1.5)
  if (byte === 0xf0) return token('smileByte2', 'text', 1.5)
  if (byte === 0x9f) return token('smileByte3', 'smileByte2', 0)
  if (byte === 0x98) return token('lastByte', 'smileByte3', 0)
  if (byte >= 0x81 && byte <= 0x83) return token('lastByte', 'kanaByte', 0)
  if (byte >= 0x84 && byte <= 0xbf) return token('text', 'lastByte', 0)
  return { text, type: 6, after: 'text' }
}

function isChatModel(name: TinyModelName): boolean {
  return name === 'tiny-chat' || name === 'tiny-gpt4o'
}

/** A token's text in the alphabet of byte-level BPE; the bytes of ASCII are among the pieces. */
function byteLevelText({ text, type }: Token): string {
  if (type === 1) return text.replace('▁', 'Ġ')
  const byte = Number(text.slice(1, -1))
  if (type !== 6 || (byte >= 32 && byte < 127)) return text
  return String.fromCodePoint(byteLevelAlphabet.get(byte)!)
}

/**
 * Bytes that are not letters are represented by the code point 256 places on, in order. Source:
 * bytes_to_unicode() of GPT-2.
 */
const byteLevelAlphabet = new Map<number, number>()
for (let byte = 0, n = 256; byte < 256; byte++) {
  const isLetter = (byte > 32 && byte < 127) || (byte > 0xa0 && byte !== 0xad)
  byteLevelAlphabet.set(byte, isLetter ? byte : n++)
}

function setTokenizer(
  metadata: Map<string, GgufValue>,
  name: TinyModelName,
  vocab: readonly Token[],
  pre: string,
): void {
  const isChat = isChatModel(name)
  const set = (key: string, value: GgufValue) => metadata.set(`tokenizer.${key}`, value)
  const setId = (key: string, text: string) => {
    set(`ggml.${key}_token_id`, { type: 'uint32', value: vocab.findIndex((token) => token.text === text) })
  }
  const isByteLevel = name === 'tiny-gpt4o'
  set('ggml.model', { type: 'string', value: isByteLevel ? 'gpt2' : 'llama' })
  set('ggml.pre', { type: 'string', value: isByteLevel ? pre : 'default' })
  set('ggml.tokens', { type: 'strings', value: vocab.map(isByteLevel ? byteLevelText : (token) => token.text) })
  // the loader requires one
  if (isByteLevel) set('ggml.merges', { type: 'strings', value: ['e Ġ'] })
  set('ggml.scores', { type: 'float32s', value: vocab.map((token, id) => (token.type === 1 ? -id : 0)) })
  set('ggml.token_type', { type: 'int32s', value: vocab.map(({ type }) => (isByteLevel && type === 6 ? 1 : type)) })
  setId('unknown', '<unk>')
  setId('bos', '<s>')
  setId('eos', '</s>')
  if (isChat) setId('eot', '<|im_end|>')
  if (name === 'tiny-fim')
    for (const [i, key] of ['fim_pre', 'fim_suf', 'fim_mid'].entries()) setId(key, FIM_TOKENS[i]!)
  set('ggml.add_bos_token', { type: 'bool', value: !isChat })
  set('ggml.add_eos_token', { type: 'bool', value: false })
  set('ggml.add_space_prefix', { type: 'bool', value: !isChat })
  if (isChat) set('chat_template', { type: 'string', value: CHATML })
}

const RERANK_TEMPLATE = '<|im_start|>find {query} in {document}<|im_end|> is it so'

const FIM_TOKENS = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>']

const CHATML = `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}\
{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`

export const WORDS =
  `the of and to in is you that it he was for on are as with his they at be this have from or had by not but what all
were we when your can said there use an each which she do how their if will up other about out many then them these so some her
would make like him into time has look two more write go see no way could people my than first call who its now find long down
day did get come made may part end`.replaceAll('\n', ' ')

const ENDINGS = 'ing er ed es ly tion ou ea th he an re al'

// ---- Weights

const N_CTX_TRAIN = 512
export const N_EMBD = 64
const N_LAYER = 2
const N_HEAD = 4
const N_HEAD_KV = 2
export const N_FF = 128
const N_EMBD_KV = (N_EMBD / N_HEAD) * N_HEAD_KV
const D_CONV = 4
const D_INNER = 2 * N_EMBD
const D_STATE = 16
const DT_RANK = 4

export const STATE_DIMS = STATES.length
/** A token's embedding at the dimension of its state; the random dimensions have deviation 1. */
const STATE_SIZE = 4
/**
 * About what STATE_SIZE is after the last layers' norm: turns a bias of the logits into a weight.
 */
const STATE_SIZE_AT_OUTPUT = 2
const NEVER = -150
/**
 * Deviation of the output matrix: makes that of the logits about 2.5, so the likeliest token has
 * some 10-40 %.
 */
const OUTPUT_SCALE = 0.33

function tokenEmbedding(vocab: readonly Token[]): GgufTensor {
  const tensor = random('token_embd.weight', [N_EMBD, vocab.length], 1)
  vocab.forEach((token, id) => {
    STATES.forEach((state, dim) => {
      tensor.data[id * N_EMBD + dim] = state === token.after ? STATE_SIZE : 0
    })
  })
  return tensor
}

function output(vocab: readonly Token[]): GgufTensor {
  const tensor = random('output.weight', [N_EMBD, vocab.length], OUTPUT_SCALE)
  vocab.forEach(({ comes }, id) => {
    STATES.forEach((state, dim) => {
      tensor.data[id * N_EMBD + dim] = (comes?.at === state ? comes.bias : NEVER) / STATE_SIZE_AT_OUTPUT
    })
  })
  return tensor
}

function llamaLayer(prefix: string): GgufTensor[] {
  const attention = [
    constant(`${prefix}attn_norm.weight`, N_EMBD, 1),
    reading(`${prefix}attn_q.weight`, N_EMBD, 3),
    reading(`${prefix}attn_k.weight`, N_EMBD_KV, 1),
    reading(`${prefix}attn_v.weight`, N_EMBD_KV, 1.2),
    writing(`${prefix}attn_output.weight`, N_EMBD, 1.5),
  ]
  return [...attention, constant(`${prefix}ffn_norm.weight`, N_EMBD, 1), ...feedForward(prefix)]
}

function qwen3Layer(prefix: string): GgufTensor[] {
  const norms = ['attn_q_norm', 'attn_k_norm'].map((part) => constant(`${prefix}${part}.weight`, N_EMBD / N_HEAD, 1))
  return [...llamaLayer(prefix), ...norms]
}

/** Like llamaLayer, but norms come after each half and on q and k. */
function olmo2Layer(prefix: string): GgufTensor[] {
  return [
    reading(`${prefix}attn_q.weight`, N_EMBD, 1),
    reading(`${prefix}attn_k.weight`, N_EMBD_KV, 1),
    reading(`${prefix}attn_v.weight`, N_EMBD_KV, 1),
    constant(`${prefix}attn_q_norm.weight`, N_EMBD, 1.5),
    constant(`${prefix}attn_k_norm.weight`, N_EMBD_KV, 1),
    writing(`${prefix}attn_output.weight`, N_EMBD, 1),
    constant(`${prefix}post_attention_norm.weight`, N_EMBD, 1),
    ...feedForward(prefix),
    constant(`${prefix}post_ffw_norm.weight`, N_EMBD, 1),
  ]
}

function feedForward(prefix: string): GgufTensor[] {
  return [
    reading(`${prefix}ffn_gate.weight`, N_FF, 2),
    reading(`${prefix}ffn_up.weight`, N_FF, 2),
    writing(`${prefix}ffn_down.weight`, N_FF, 1),
  ]
}

function mambaLayer(prefix: string): GgufTensor[] {
  const decay = constant(`${prefix}ssm_a`, D_STATE, 0, D_INNER)
  decay.data.forEach((_, i) => {
    decay.data[i] = -(1 + (i % D_STATE)) / 4
  })
  return [
    constant(`${prefix}attn_norm.weight`, N_EMBD, 1),
    reading(`${prefix}ssm_in.weight`, 2 * D_INNER, 1.5),
    matrix(`${prefix}ssm_conv1d.weight`, D_CONV, D_INNER, 1),
    constant(`${prefix}ssm_conv1d.bias`, D_INNER, 0),
    matrix(`${prefix}ssm_x.weight`, D_INNER, DT_RANK + 2 * D_STATE, 1.5),
    matrix(`${prefix}ssm_dt.weight`, DT_RANK, D_INNER, 1),
    constant(`${prefix}ssm_dt.bias`, D_INNER, -1),
    decay,
    constant(`${prefix}ssm_d`, D_INNER, 1),
    writing(`${prefix}ssm_out.weight`, D_INNER, 0.3),
  ]
}

/**
 * A layer's first matrix. It ignores the state, which is the same for most tokens and would make
 * them alike.
 */
function reading(name: string, nOut: number, gain: number): GgufTensor {
  const tensor = matrix(name, N_EMBD, nOut, gain)
  tensor.data.forEach((_, i) => {
    if (i % N_EMBD < STATE_DIMS) tensor.data[i] = 0
  })
  return tensor
}

/** A layer's last matrix. It adds nothing to the state. */
function writing(name: string, nIn: number, gain: number): GgufTensor {
  const tensor = matrix(name, nIn, N_EMBD, gain)
  tensor.data.fill(0, 0, STATE_DIMS * nIn)
  return tensor
}

/** Random, and scaled so that an input of deviation 1 gives an output of deviation `gain`. */
function matrix(name: string, nIn: number, nOut: number, gain: number): GgufTensor {
  return random(name, [nIn, nOut], gain / Math.sqrt(nIn))
}

export function constant(name: string, nIn: number, value: number, nOut?: number): GgufTensor {
  const shape = nOut === undefined ? [nIn] : [nIn, nOut]
  return { name, shape, data: new Float32Array(nIn * (nOut ?? 1)).fill(value) }
}

/**
 * Bell-shaped values of deviation `scale`. The name is the seed: a tensor keeps its values when
 * others come or grow.
 */
export function random(name: string, shape: readonly number[], scale: number): GgufTensor {
  const next = mulberry32(createHash('sha256').update(name).digest().readUInt32LE())
  // the sum of three uniform numbers has deviation 1/2; Math.log and Math.cos may differ between
  // machines
  const length = shape.reduce((product, n) => product * n)
  const data = Float32Array.from({ length }, () => (next() + next() + next() - 1.5) * 2 * scale)
  return { name, shape, data }
}

/** Uniform numbers in [0, 1). Source: mulberry32 by Tommy Ettinger, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

// ---- Files

function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function digest(bytes: Buffer | undefined): string | undefined {
  return bytes && createHash('sha256').update(bytes).digest('hex')
}
