// Writes a model whose changed tensors are W + scale · alpha / rank · B · A. Holds no more than a
// part of one tensor in memory.
import type { FileHandle } from 'node:fs/promises'
import { readFloats } from '../gguf/float-tensor.ts'
import { aligned, floatTypes, type GgufFile } from '../gguf/gguf-file.ts'
import { halfOf } from '../gguf/half.ts'
import { isLookedUp, type MergePlan, type PlannedTensor, type Term } from './merge-plan.ts'

/** Bytes that are read and written at a time. */
const blockBytes = 4 << 20

/** @param onProgress called with the number of bytes written. */
export async function writeMerged(
  plan: MergePlan,
  model: GgufFile,
  base: GgufFile,
  target: FileHandle,
  onProgress: (nBytes: number) => void,
): Promise<void> {
  let position = 0
  const write = async (bytes: Uint8Array) => {
    await target.write(bytes, 0, bytes.length, position)
    position += bytes.length
    onProgress(position)
  }
  const { start, end, nKeys } = model.metadataRange
  await write(head(plan, nKeys))
  for (const block of blocks(model, start, end - start)) await write(block)
  await write(tensorTable(plan))
  const dataStart = aligned(position, model.alignment)
  for (const tensor of plan.tensors) {
    position = dataStart + tensor.offset // what lies between is a hole of zeros
    for (const block of dataOf(tensor, model, base)) await write(block)
  }
  await target.truncate(dataStart + plan.dataBytes)
}

function head({ tensors }: MergePlan, nKeys: number): Buffer {
  const bytes = Buffer.alloc(24)
  bytes.write('GGUF')
  bytes.writeUInt32LE(3, 4)
  bytes.writeBigUInt64LE(BigInt(tensors.length), 8)
  bytes.writeBigUInt64LE(BigInt(nKeys), 16)
  return bytes
}

function tensorTable({ tensors }: MergePlan): Buffer {
  const entries = tensors.map(({ name, shape, type, offset }) => {
    const text = Buffer.from(name)
    const bytes = Buffer.alloc(8 + text.length + 4 + 8 * shape.length + 4 + 8)
    let at = bytes.writeBigUInt64LE(BigInt(text.length))
    at += text.copy(bytes, at)
    at = bytes.writeUInt32LE(shape.length, at)
    for (const n of shape) at = bytes.writeBigUInt64LE(BigInt(n), at)
    at = bytes.writeUInt32LE(type, at)
    bytes.writeBigUInt64LE(BigInt(offset), at)
    return bytes
  })
  return Buffer.concat(entries)
}

function dataOf({ source, type }: PlannedTensor, model: GgufFile, base: GgufFile): Iterable<Uint8Array> {
  if (source.kind === 'copy') return blocks(model, source.tensor.start, source.tensor.sizeBytes)
  return mergedBlocks(source, type, base)
}

function* blocks(file: GgufFile, start: number, sizeBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < sizeBytes; at += blockBytes) {
    const block = new Uint8Array(Math.min(blockBytes, sizeBytes - at))
    file.read(block, start + at)
    yield block
  }
}

function* mergedBlocks(
  { tensor, terms }: Extract<PlannedTensor['source'], { kind: 'merge' }>,
  type: number,
  base: GgufFile,
): Generator<Uint8Array> {
  const [nIn = 1, nOut = 1, ...rest] = tensor.shape
  const nMatrices = rest.reduce((product, n) => product * n, 1)
  const nRowsAtOnce = Math.max(1, Math.floor(blockBytes / 4 / nIn))
  for (let matrix = 0; matrix < nMatrices; matrix++) {
    const products = terms.map((term) => productOf(term, tensor.name, matrix, nIn, nOut))
    for (let row = 0; row < nOut; row += nRowsAtOnce) {
      const nRows = Math.min(nRowsAtOnce, nOut - row)
      const rows = readFloats(base, tensor, (matrix * nOut + row) * nIn, nRows * nIn)
      for (const product of products) addProduct(rows, product, row, nIn)
      yield type === floatTypes.F16 ? packHalves(rows) : new Uint8Array(rows.buffer)
    }
  }
}

/** `left` has `rank` numbers for each row of the tensor, `right` a row for each of the ranks. */
type Product = {
  readonly left: Float32Array
  readonly right: Float32Array
  readonly rank: number
  readonly factor: number
}

function productOf({ adapter, pair, factor }: Term, name: string, matrix: number, nIn: number, nOut: number): Product {
  const rank = pair.b.shape[0]!
  if (isLookedUp(name)) {
    const right = transposed(readFloats(adapter.file, pair.b), nIn, rank)
    return { left: readFloats(adapter.file, pair.a), right, rank, factor }
  }
  const left = readFloats(adapter.file, pair.b, matrix * rank * nOut, rank * nOut)
  const right = readFloats(adapter.file, pair.a, matrix * rank * nIn, rank * nIn)
  return { left, right, rank, factor }
}

/** @param rows tensor rows from `firstRow` on, changed in place. */
function addProduct(rows: Float32Array, { left, right, rank, factor }: Product, firstRow: number, nIn: number): void {
  for (let at = 0, row = firstRow; at < rows.length; at += nIn, row++) {
    for (let r = 0; r < rank; r++) {
      const weight = factor * left[row * rank + r]!
      for (let i = 0, from = r * nIn; i < nIn; i++, from++) rows[at + i]! += weight * right[from]!
    }
  }
}

function transposed(matrix: Float32Array, nRows: number, nColumns: number): Float32Array {
  return Float32Array.from(matrix, (_, i) => matrix[(i % nRows) * nColumns + Math.floor(i / nRows)]!)
}

function packHalves(numbers: Float32Array): Uint8Array {
  return new Uint8Array(Uint16Array.from(numbers, halfOf).buffer)
}
