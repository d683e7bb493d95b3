/**
 * Writes GGUF version 3, as ggml/include/gguf.h describes it: header, metadata, tensor table,
 * tensor data. Knows no architecture and no tokenizer: the keys and tensors that a model needs are
 * the caller's. Tensors of floats and Q8_0, and the metadata types that small language models use.
 */

import { endianness } from 'node:os'
import { halfOf } from '../../src/files/gguf/half.ts'

/** A metadata value. The arrays are of one element type each, as in the format. */
export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int32s' | 'float32s'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }

/**
 * A tensor. `shape` is in ggml's order: the length of a row first, so a matrix is [nIn, nOut] and
 * its data row by row.
 */
export interface GgufTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
  /** The type in which the data is written; F32 when absent. */
  readonly type?: GgufTensorType
}

export type GgufTensorType = keyof typeof GGML_TYPE

/**
 * Tensor data, and each tensor within it, starts at a multiple of this: the default when
 * `general.alignment` is absent.
 */
export const GGUF_ALIGNMENT = 32

/**
 * Packs a whole file. The same arguments give the same bytes, in the order given.
 * @param metadata key to value; the order of insertion is kept.
 * @throws Error when a tensor's data is not as long as its shape says.
 */
export function packGguf(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensor[]): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), uint32(3), uint64(tensors.length), uint64(metadata.size)]
  for (const [key, value] of metadata) parts.push(string(key), packValue(value))
  let offset = 0
  for (const tensor of tensors) {
    const nValues = tensor.shape.reduce((product, n) => product * n, 1)
    if (nValues !== tensor.data.length) {
      throw new Error(`Tensor ${tensor.name}: shape ${tensor.shape} has ${nValues} values, data ${tensor.data.length}`)
    }
    parts.push(string(tensor.name), uint32(tensor.shape.length), ...tensor.shape.map(uint64))
    parts.push(uint32(GGML_TYPE[tensor.type ?? 'F32']), uint64(offset))
    offset += aligned(packData(tensor).length)
  }
  const head = Buffer.concat(parts)
  return Buffer.concat([padded(head), ...tensors.map((tensor) => padded(packData(tensor)))])
}

/** enum ggml_type */
const GGML_TYPE = { F32: 0, F16: 1, Q8_0: 8, BF16: 30 } as const

function packData({ data, type = 'F32' }: GgufTensor): Buffer {
  switch (type) {
    case 'F32':
      return float32s(data)
    case 'F16':
      return uint16s(Array.from(data, halfOf))
    case 'BF16':
      return uint16s(Array.from(data, (value) => (float32s([value]).readUInt32LE() + 0x8000) >>> 16))
    case 'Q8_0':
      return Buffer.concat(
        Array.from({ length: data.length / 32 }, (_, i) => packBlock(data.subarray(32 * i, 32 * i + 32))),
      )
  }
}

/** block_q8_0: a scale in half precision, and 32 numbers of 8 bits. */
function packBlock(values: Float32Array): Buffer {
  const scale = Math.max(...values.map(Math.abs)) / 127
  const bytes = values.map((value) => (scale === 0 ? 0 : Math.round(value / scale)))
  return Buffer.concat([uint16s([halfOf(scale)]), Buffer.from(Int8Array.from(bytes).buffer)])
}

/** enum gguf_type */
const TYPE = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 }

function packValue(value: GgufValue): Buffer {
  switch (value.type) {
    case 'uint32':
      return Buffer.concat([uint32(TYPE.uint32), uint32(value.value)])
    case 'float32':
      return Buffer.concat([uint32(TYPE.float32), float32s([value.value])])
    case 'bool':
      return Buffer.concat([uint32(TYPE.bool), Buffer.of(value.value ? 1 : 0)])
    case 'string':
      return Buffer.concat([uint32(TYPE.string), string(value.value)])
    case 'int32s':
      return Buffer.concat([arrayHead(TYPE.int32, value.value), int32s(value.value)])
    case 'float32s':
      return Buffer.concat([arrayHead(TYPE.float32, value.value), float32s(value.value)])
    case 'strings':
      return Buffer.concat([arrayHead(TYPE.string, value.value), ...value.value.map(string)])
  }
}

function arrayHead(elementType: number, values: readonly unknown[]): Buffer {
  return Buffer.concat([uint32(TYPE.array), uint32(elementType), uint64(values.length)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint16s(values: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  for (let i = 0; i < values.length; i++) bytes.writeUInt16LE(values[i]!, i * 2)
  return bytes
}

function int32s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeInt32LE(value, i * 4)
  return bytes
}

function float32s(values: ArrayLike<number>): Buffer {
  if (values instanceof Float32Array && endianness() === 'LE') {
    return Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  }
  const bytes = Buffer.alloc(values.length * 4)
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i]!, i * 4)
  return bytes
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)])
}

function aligned(sizeBytes: number): number {
  return Math.ceil(sizeBytes / GGUF_ALIGNMENT) * GGUF_ALIGNMENT
}
