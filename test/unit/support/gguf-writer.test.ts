import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GGUF_ALIGNMENT, type GgufTensor, type GgufValue, packGguf } from '../../support/gguf-writer.ts'
import { brokenModel, packTinyModel, TINY_MODEL_NAMES, writeTinyModel } from '../../support/tiny-models.ts'

const METADATA = new Map<string, GgufValue>([
  ['a.uint32', { type: 'uint32', value: 4_000_000_000 }],
  ['a.float32', { type: 'float32', value: -0.5 }],
  ['a.bool', { type: 'bool', value: true }],
  ['a.string', { type: 'string', value: '▁é' }],
  ['some.int32s', { type: 'int32s', value: [1, -2] }],
  ['some.float32s', { type: 'float32s', value: [0.25] }],
  ['some.strings', { type: 'strings', value: ['x', '', '漢字'] }],
])

const TENSORS: readonly GgufTensor[] = [
  { name: 'vector', shape: [3], data: Float32Array.of(1, 2, 3) },
  { name: 'matrix', shape: [5, 2], data: Float32Array.from({ length: 10 }, (_, i) => i / 2) },
]

test('packGguf() writes a file whose header, metadata and tensors read back', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cria-gguf-'))
  try {
    writeFileSync(join(dir, 'a.gguf'), packGguf(METADATA, TENSORS))
    const file = parse(readFileSync(join(dir, 'a.gguf')))
    assert.equal(file.version, 3)
    assert.deepEqual(file.metadata, new Map([...METADATA].map(([key, { value }]) => [key, value])))
    assert.deepEqual(
      file.tensors.map(({ name, shape, data }) => ({ name, shape, data })),
      TENSORS,
    )
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('packGguf() aligns the data, each tensor and the end of the file', () => {
  const bytes = packGguf(METADATA, TENSORS)
  const file = parse(bytes)
  assert.equal(GGUF_ALIGNMENT, 32)
  assert.deepEqual(
    file.tensors.map(({ offset }) => offset),
    [0, 32],
  )
  assert.equal(file.dataStart % 32, 0)
  assert.equal(bytes.length, file.dataStart + 32 + 64)
})

test('packGguf() gives the same bytes on every run and every machine', () => {
  const bytes = packGguf(METADATA, TENSORS)
  assert.deepEqual(packGguf(METADATA, TENSORS), bytes)
  assert.equal(sha256(bytes), 'b04eecd1b7cb126aedce8eaa1c6b4b0eaae90126351f665da2662c873d5b0e38')
})

test('packGguf() refuses a tensor that is not as long as its shape', () => {
  const tensor = { name: 'short', shape: [2, 2], data: new Float32Array(3) }
  assert.throws(() => packGguf(new Map(), [tensor]), /short: shape 2,2 has 4 values, data 3/)
})

test('packTinyModel() gives the same weights on every machine, in under a megabyte', () => {
  for (const name of TINY_MODEL_NAMES) {
    const bytes = packTinyModel(name)
    assert.ok(bytes.length < 2 ** 20, name)
    for (const { data } of parse(bytes).tensors) assert.ok(data.every(Number.isFinite), name)
  }
  // recorded answers in test/contract depend on these weights: when this fails, record them again
  assert.equal(sha256(packTinyModel('tiny-llama')), '3a449cbc55e600b0b2639fce276cbf171e6fa4016c695369cfe0267b23a42ca0')
})

test('writeTinyModel() keeps a file that is right and replaces one that is not', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cria-gguf-'))
  try {
    const { path, isNew } = writeTinyModel('tiny-llama', dir)
    assert.equal(isNew, true)
    assert.equal(writeTinyModel('tiny-llama', dir).isNew, false)
    writeFileSync(path, 'old')
    assert.equal(writeTinyModel('tiny-llama', dir).isNew, true)
    assert.deepEqual(readFileSync(path), packTinyModel('tiny-llama'))

    const whole = readFileSync(path)
    assert.equal(readFileSync(brokenModel('empty', dir)).length, 0)
    assert.ok(whole.indexOf(readFileSync(brokenModel('truncated', dir))) === 0)
    assert.deepEqual(readFileSync(brokenModel('wrong-magic', dir)).subarray(4), whole.subarray(4))
  } finally {
    rmSync(dir, { recursive: true })
  }
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A reader by the text of the format alone, which shares nothing with the writer. */
function parse(bytes: Buffer) {
  let at = 0
  const take = (n: number) => {
    at += n
    return bytes.subarray(at - n, at)
  }
  const u32 = () => take(4).readUInt32LE()
  const u64 = () => Number(take(8).readBigUInt64LE())
  const string = () => take(u64()).toString()
  const byType = (type: number): unknown => {
    if (type === 4) return u32()
    if (type === 5) return take(4).readInt32LE()
    if (type === 6) return take(4).readFloatLE()
    if (type === 7) return take(1)[0] === 1
    if (type === 8) return string()
    assert.equal(type, 9)
    const elementType = u32()
    return Array.from({ length: u64() }, () => byType(elementType))
  }

  assert.equal(take(4).toString(), 'GGUF')
  const version = u32()
  const nTensors = u64()
  const nKeys = u64()
  const metadata = new Map<string, unknown>()
  for (let i = 0; i < nKeys; i++) metadata.set(string(), byType(u32()))
  const heads = Array.from({ length: nTensors }, () => {
    const name = string()
    const shape = Array.from({ length: u32() }, u64)
    assert.equal(u32(), 0, 'type F32')
    return { name, shape, offset: u64() }
  })
  const dataStart = Math.ceil(at / 32) * 32
  assert.ok(bytes.subarray(at, dataStart).every((byte) => byte === 0))
  const tensors = heads.map((head) => {
    const length = head.shape.reduce((product, n) => product * n, 1)
    const start = dataStart + head.offset
    return { ...head, data: Float32Array.from({ length }, (_, i) => bytes.readFloatLE(start + 4 * i)) }
  })
  return { version, metadata, tensors, dataStart }
}
