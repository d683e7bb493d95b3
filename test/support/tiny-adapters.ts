/**
 * Tiny LoRA adapters for the tiny models, with made-up weights: strong enough that greedy text
 * changes at once. They leave the states of a token alone (see tiny-models.ts), so the output is
 * still valid UTF-8.
 */
import { join } from 'node:path'
import { type GgufTensor, type GgufTensorType, type GgufValue, packGguf } from './gguf-writer.ts'
import { N_EMBD, N_FF, random, STATE_DIMS, TINY_MODEL_DIR, writeIfNew } from './tiny-models.ts'

export type TinyAdapterOptions = {
  /** Undefined: the file has none, and the product is not scaled by alpha / rank. */
  readonly alpha?: number
  readonly rank?: number
  readonly type?: GgufTensorType
  /** Also changes the embeddings of tokens; this is their number in the model. */
  readonly nTokens?: number
  readonly metadata?: Readonly<Record<string, GgufValue>>
}

/** The path of an adapter, which is made at the first call; other names have other weights. */
export function tinyAdapter(name: string, options: TinyAdapterOptions = {}): string {
  return writeIfNew(join(TINY_MODEL_DIR, 'adapters', `${name}.gguf`), packTinyAdapter(name, options)).path
}

export function packTinyAdapter(name: string, options: TinyAdapterOptions = {}): Buffer {
  const { alpha, type = 'F32', metadata = {} } = options
  const all: Record<string, GgufValue> = {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.type': { type: 'string', value: 'adapter' },
    'adapter.type': { type: 'string', value: 'lora' },
    'adapter.lora.task_name': { type: 'string', value: `to be ${name}` },
    ...(alpha === undefined ? {} : { 'adapter.lora.alpha': { type: 'float32', value: alpha } }),
    ...metadata,
  }
  const tensors = tinyAdapterTensors(name, options).map((tensor) => ({ ...tensor, type }))
  return packGguf(new Map(Object.entries(all)), tensors)
}

export function tinyAdapterTensors(name: string, { rank = 4, nTokens }: TinyAdapterOptions = {}): GgufTensor[] {
  const pair = (target: string, nIn: number, nOut: number): [GgufTensor, GgufTensor] => [
    { ...random(`${name} ${target} a`, [nIn, rank], 1 / Math.sqrt(nIn)), name: `${target}.lora_a` },
    { ...random(`${name} ${target} b`, [rank, nOut], 1), name: `${target}.lora_b` },
  ]
  const query = pair('blk.0.attn_q.weight', N_EMBD, N_EMBD)
  const up = pair('blk.1.ffn_up.weight', N_EMBD, N_FF)
  for (const [a] of [query, up]) clear(a, (i) => i % N_EMBD < STATE_DIMS)
  const attention = pair('blk.0.attn_output.weight', N_EMBD, N_EMBD)
  const down = pair('blk.1.ffn_down.weight', N_FF, N_EMBD)
  for (const [, b] of [attention, down]) clear(b, (i) => i < STATE_DIMS * rank)
  const tokens = nTokens === undefined ? [] : tokenPair(name, rank, nTokens)
  return [...query, ...attention, ...up, ...down, ...tokens]
}

/** Looked up, not multiplied: A has a row for each token. */
function tokenPair(name: string, rank: number, nTokens: number): GgufTensor[] {
  const target = 'token_embd.weight'
  const b = { ...random(`${name} tokens b`, [rank, N_EMBD], 0.5), name: `${target}.lora_b` }
  clear(b, (i) => i < STATE_DIMS * rank)
  return [{ ...random(`${name} tokens a`, [rank, nTokens], 0.5), name: `${target}.lora_a` }, b]
}

function clear({ data }: GgufTensor, isCleared: (index: number) => boolean): void {
  data.forEach((_, i) => {
    if (isCleared(i)) data[i] = 0
  })
}

/**
 * The flags of the answers that scripts/record-lora-peer.ts records, and of the test that compares
 * them.
 */
export function recordedAdapters(): string[] {
  return ['--lora', tinyAdapter('first', { alpha: 8 }), '--lora-scaled', `${tinyAdapter('second')}:0.5`]
}

export const recordedPrompt = 'The people said that they'
