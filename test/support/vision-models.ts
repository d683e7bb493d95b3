/**
 * Pairs of a tiny text model and a projector for it, with made-up weights in float32: the same
 * bytes on every machine. Their output about a picture is nonsense, but exact: the same tokens as
 * llama-server of the same release. Keys and tensors are those that libmtmd and libllama of v0.5.0
 * require.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GgufTensor, type GgufValue, packGguf } from './gguf-writer.ts'
import { seededRandom } from './random.ts'

/**
 * - `mlp`: LLaVA's, one run of rows for a picture.
 * - `idefics3`: the picture in tiles, tokens between them.
 * - `gemma3`: rows that attend to each other, decoded without the causal mask.
 * - `qwen2vl`: as many rows as the picture is large, with positions in two dimensions (M-RoPE).
 */
export const VISION_PAIR_NAMES = ['mlp', 'idefics3', 'gemma3', 'qwen2vl'] as const

export type VisionPairName = (typeof VISION_PAIR_NAMES)[number]

/** The folder of the files: in the repository, ignored by git. */
export const VISION_MODEL_DIR = fileURLToPath(new URL('../../.cache/vision-models/', import.meta.url))

/** Makes the files of a pair unless they are up to date. @returns their paths. */
export function visionPair(name: VisionPairName, dir = VISION_MODEL_DIR): { model: string; mmproj: string } {
  const text = name === 'qwen2vl' ? 'text-mrope' : 'text'
  return {
    model: write(dir, `${text}.gguf`, packText(name === 'qwen2vl')),
    mmproj: write(dir, `mmproj-${name}.gguf`, packProjector(name, nEmbdText)),
  }
}

/** A projector of kind `mlp` for SmolLM2-135M. */
export function smollm2Projector(dir = VISION_MODEL_DIR): string {
  return write(dir, 'mmproj-mlp-576.gguf', packProjector('mlp', 576))
}

/**
 * The same with an encoder that needs a while for a picture: for measurements. 85 MB, made once in
 * some seconds.
 */
export function slowProjector(dir = VISION_MODEL_DIR): string {
  const path = join(dir, 'mmproj-mlp-576-slow.gguf')
  return existsSync(path) ? path : write(dir, 'mmproj-mlp-576-slow.gguf', packProjector('mlp', 576, small))
}

function write(dir: string, name: string, bytes: Buffer): string {
  const path = join(dir, name)
  if (existsSync(path) && readFileSync(path).equals(bytes)) return path
  mkdirSync(dir, { recursive: true })
  const partial = `${path}.${process.pid}.partial`
  writeFileSync(partial, bytes)
  renameSync(partial, path)
  return path
}

// ---- the projector

/** The size of an encoder; a picture is scaled to imageSize × imageSize pixels. */
type EncoderSize = Readonly<Record<'nEmbd' | 'nFf' | 'nLayer' | 'nHead' | 'imageSize' | 'patchSize', number>>

const tiny: EncoderSize = { nEmbd: 128, nFf: 256, nLayer: 3, nHead: 4, imageSize: 64, patchSize: 8 }
/** 576 rows for a picture, as LLaVA 1.5 has; 21 million weights. */
const small: EncoderSize = { nEmbd: 384, nFf: 1536, nLayer: 12, nHead: 6, imageSize: 384, patchSize: 16 }
const nMerge = 2

/** The bytes of a projector. @param width of the text model's rows. */
export function packProjector(name: VisionPairName, width: number, size: EncoderSize = tiny): Buffer {
  const { nEmbd, nFf, nLayer, nHead, imageSize, patchSize } = size
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'clip' }],
    ['general.name', { type: 'string', value: `tiny-random-${name}` }],
    ['general.file_type', { type: 'uint32', value: 0 }],
    ['clip.has_vision_encoder', { type: 'bool', value: true }],
    ['clip.projector_type', { type: 'string', value: name === 'qwen2vl' ? 'qwen2vl_merger' : name }],
    ['clip.vision.image_mean', { type: 'float32s', value: [0.5, 0.5, 0.5] }],
    ['clip.vision.image_std', { type: 'float32s', value: [0.5, 0.5, 0.5] }],
    ['clip.use_gelu', { type: 'bool', value: true }],
    ['clip.vision.attention.layer_norm_epsilon', { type: 'float32', value: 1e-5 }],
  ])
  const numbers = {
    image_size: imageSize,
    patch_size: patchSize,
    embedding_length: nEmbd,
    feed_forward_length: nFf,
    projection_dim: width,
    block_count: nLayer,
    'attention.head_count': nHead,
    ...(name === 'idefics3' && { preproc_image_size: 2 * imageSize }),
    ...((name === 'idefics3' || name === 'gemma3') && { 'projector.scale_factor': nMerge }),
  }
  for (const [key, value] of Object.entries(numbers)) metadata.set(`clip.vision.${key}`, { type: 'uint32', value })
  const layers = Array.from({ length: nLayer }, (_, i) => encoderLayer(`v.blk.${i}.`, size)).flat()
  const tensors = [
    ...patchTensors(name, size),
    ...layers,
    ...norm('v.post_ln', nEmbd),
    ...projection(name, width, nEmbd),
  ]
  return packGguf(
    metadata,
    tensors.map((tensor) => seeded(`${name}-${width}`, tensor)),
  )
}

/** A tensor before it has its numbers. */
type Plan = {
  readonly name: string
  readonly shape: readonly number[]
  readonly deviation: number
  readonly mean?: number
}

function patchTensors(name: VisionPairName, { nEmbd, imageSize, patchSize }: EncoderSize): Plan[] {
  const shape = [patchSize, patchSize, 3, nEmbd]
  const deviation = 1 / Math.sqrt(3 * patchSize * patchSize)
  const patches = { name: 'v.patch_embd.weight', shape, deviation }
  if (name === 'qwen2vl') return [patches, { name: 'v.patch_embd.weight.1', shape, deviation }]
  const nPatches = (imageSize / patchSize) ** 2
  return [
    patches,
    { name: 'v.patch_embd.bias', shape: [nEmbd], deviation: 0.02 },
    { name: 'v.position_embd.weight', shape: [nEmbd, nPatches], deviation: 0.2 },
  ]
}

function encoderLayer(prefix: string, { nEmbd, nFf }: EncoderSize): Plan[] {
  return [
    ...['q', 'k', 'v', 'out'].flatMap((part) => linear(`${prefix}attn_${part}`, nEmbd, nEmbd)),
    ...norm(`${prefix}ln1`, nEmbd),
    ...norm(`${prefix}ln2`, nEmbd),
    ...linear(`${prefix}ffn_up`, nEmbd, nFf),
    ...linear(`${prefix}ffn_down`, nFf, nEmbd),
  ]
}

/** The resulting rows have about the size of a text model's own embeddings. */
function projection(name: VisionPairName, width: number, nEmbd: number): Plan[] {
  const gain = 0.15
  switch (name) {
    case 'mlp':
      return [...linear('mm.0', nEmbd, width), ...linear('mm.2', width, width, gain * 1.7)]
    case 'qwen2vl':
      return [...linear('mm.0', 4 * nEmbd, 4 * nEmbd), ...linear('mm.2', 4 * nEmbd, width, gain * 1.7)]
    case 'idefics3': {
      const nIn = nEmbd * nMerge * nMerge
      return [{ name: 'mm.model.fc.weight', shape: [nIn, width], deviation: gain / Math.sqrt(nIn) }]
    }
    case 'gemma3':
      return [
        { name: 'mm.input_projection.weight', shape: [width, nEmbd], deviation: gain / Math.sqrt(nEmbd) },
        { name: 'mm.soft_emb_norm.weight', shape: [nEmbd], deviation: 0.05, mean: 1 },
      ]
  }
}

function linear(name: string, nIn: number, nOut: number, gain = 1): Plan[] {
  return [
    { name: `${name}.weight`, shape: [nIn, nOut], deviation: gain / Math.sqrt(nIn) },
    { name: `${name}.bias`, shape: [nOut], deviation: 0.02 },
  ]
}

function norm(name: string, nEmbd: number): Plan[] {
  return [
    { name: `${name}.weight`, shape: [nEmbd], deviation: 0.05, mean: 1 },
    { name: `${name}.bias`, shape: [nEmbd], deviation: 0.02 },
  ]
}

// ---- the text model

const nEmbdText = 64
const nLayerText = 2
const nHead = 4
const nHeadKv = 2
const nFfText = 128

type Token = { readonly text: string /** llama_token_type */; readonly type: 1 | 2 | 3 | 4 | 6 }

/**
 * Byte tokens, letters, a few pieces, and the tokens that SmolVLM, Gemma 3 and Qwen 2 VL put around
 * a picture.
 */
function vocabulary(): Token[] {
  const control = (text: string): Token => ({ text, type: 3 })
  const around =
    '<|im_start|> <|im_end|> <fake_token_around_image> <global-img> <image> <start_of_image> <end_of_image>'
  const tiles = Array.from({ length: 16 }, (_, i) => `<row_${1 + (i >> 2)}_col_${1 + (i & 3)}>`)
  const pieces = 'th he in er an re on at en nd ▁a ▁t ▁i ▁s ▁th ▁the is it'.split(' ')
  const letters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
  return [
    { text: '<unk>', type: 2 },
    control('<s>'),
    control('</s>'),
    ...Array.from({ length: 256 }, (_, byte): Token => {
      return { text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, type: 6 }
    }),
    ...around.split(' ').map(control),
    ...['<|vision_start|>', '<|vision_end|>', ...tiles].map(control),
    { text: '\n\n', type: 4 },
    ...['▁', ...letters, ...pieces].map((text): Token => ({ text, type: 1 })),
  ]
}

const chatTemplate =
  "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}" +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'

/** The bytes of the text model. @param hasMrope positions in two dimensions, as in Qwen 2 VL. */
export function packText(hasMrope: boolean): Buffer {
  const arch = hasMrope ? 'qwen2vl' : 'llama'
  const tokens = vocabulary()
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: arch }],
    ['general.name', { type: 'string', value: 'tiny-random-text' }],
    ['general.file_type', { type: 'uint32', value: 0 }],
    [`${arch}.attention.layer_norm_rms_epsilon`, { type: 'float32', value: 1e-5 }],
    ['tokenizer.ggml.model', { type: 'string', value: 'llama' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'default' }],
    ['tokenizer.ggml.tokens', { type: 'strings', value: tokens.map(({ text }) => text) }],
    ['tokenizer.ggml.token_type', { type: 'int32s', value: tokens.map(({ type }) => type) }],
    [
      'tokenizer.ggml.scores',
      { type: 'float32s', value: tokens.map(({ text, type }) => (type === 1 ? text.length - 20 : 0)) },
    ],
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: true }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
    ['tokenizer.chat_template', { type: 'string', value: chatTemplate }],
  ])
  const numbers = {
    [`${arch}.context_length`]: 2048,
    [`${arch}.embedding_length`]: nEmbdText,
    [`${arch}.block_count`]: nLayerText,
    [`${arch}.feed_forward_length`]: nFfText,
    [`${arch}.attention.head_count`]: nHead,
    [`${arch}.attention.head_count_kv`]: nHeadKv,
    [`${arch}.rope.dimension_count`]: nEmbdText / nHead,
    [`${arch}.vocab_size`]: tokens.length,
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
  }
  for (const [key, value] of Object.entries(numbers)) metadata.set(key, { type: 'uint32', value })
  if (hasMrope) metadata.set('qwen2vl.rope.dimension_sections', { type: 'int32s', value: [2, 3, 3, 0] })
  const plans: Plan[] = [
    { name: 'token_embd.weight', shape: [nEmbdText, tokens.length], deviation: 0.15 },
    ...Array.from({ length: nLayerText }, (_, i) => decoderLayer(`blk.${i}.`)).flat(),
    { name: 'output_norm.weight', shape: [nEmbdText], deviation: 0.05, mean: 1 },
    { name: 'output.weight', shape: [nEmbdText, tokens.length], deviation: 0.4 },
  ]
  const tensors = plans.map((plan) => seeded(arch, plan))
  keepPrintable(tensors.at(-1)!.data, tokens)
  return packGguf(metadata, tensors)
}

function decoderLayer(prefix: string): Plan[] {
  const nKv = (nEmbdText / nHead) * nHeadKv
  const matrix = (name: string, nIn: number, nOut: number): Plan => {
    return { name: `${prefix}${name}.weight`, shape: [nIn, nOut], deviation: 1.5 / Math.sqrt(nIn) }
  }
  const ones = (name: string): Plan => {
    return { name: `${prefix}${name}.weight`, shape: [nEmbdText], deviation: 0.05, mean: 1 }
  }
  return [
    ones('attn_norm'),
    ones('ffn_norm'),
    matrix('attn_q', nEmbdText, nEmbdText),
    matrix('attn_k', nEmbdText, nKv),
    matrix('attn_v', nEmbdText, nKv),
    matrix('attn_output', nEmbdText, nEmbdText),
    matrix('ffn_gate', nEmbdText, nFfText),
    matrix('ffn_up', nEmbdText, nFfText),
    matrix('ffn_down', nFfText, nEmbdText),
  ]
}

/**
 * Control tokens and non-ASCII bytes never occur: llama-server refuses to answer with broken UTF-8.
 */
function keepPrintable(output: Float32Array, tokens: readonly Token[]): void {
  tokens.forEach(({ type }, id) => {
    const byte = id - 3
    const isText = type === 1 || type === 4 || (type === 6 && (byte === 10 || (byte >= 32 && byte < 127)))
    if (!isText) output.fill(0, id * nEmbdText, (id + 1) * nEmbdText)
  })
}

/**
 * Bell-shaped numbers; the names are the seed, so a tensor keeps its numbers when others come or
 * go.
 */
function seeded(salt: string, { name, shape, deviation, mean = 0 }: Plan): GgufTensor {
  const next = seededRandom(createHash('sha256').update(`${salt} ${name}`).digest().readUInt32LE())
  const n = shape.reduce((product, length) => product * length, 1)
  // the sum of three uniform numbers has deviation 1/2; Math.log and Math.cos may differ between
  // machines
  const data = Float32Array.from({ length: n }, () => mean + (next() + next() + next() - 1.5) * 2 * deviation)
  return { name, shape, data }
}
