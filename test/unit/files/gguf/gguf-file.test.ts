import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StartError } from '../../../../src/base/errors.ts'
import { readFloats } from '../../../../src/files/gguf/float-tensor.ts'
import { GgufFile } from '../../../../src/files/gguf/gguf-file.ts'
import { packGguf } from '../../../support/gguf-writer.ts'
import { packTinyModel } from '../../../support/tiny-models.ts'

const dir = mkdtempSync(join(tmpdir(), 'gguf-file-'))
after(() => rmSync(dir, { recursive: true }))

function written(bytes: Uint8Array): string {
  const path = join(dir, 'file.gguf')
  writeFileSync(path, bytes)
  return path
}

function assertRefused(bytes: Uint8Array, sentence: RegExp): void {
  assert.throws(
    () => GgufFile.open(written(bytes)),
    (error) => error instanceof StartError && sentence.test(error.message),
    `${sentence}`,
  )
}

test('scalars of the metadata are read, arrays are passed over', () => {
  const file = GgufFile.open(written(packTinyModel('tiny-chat')))
  assert.equal(file.text('general.architecture'), 'llama')
  assert.equal(file.metadata.get('llama.context_length'), 512)
  assert.equal(file.metadata.get('tokenizer.ggml.add_bos_token'), false)
  assert.deepEqual([file.metadata.has('tokenizer.ggml.tokens'), file.text('tokenizer.ggml.tokens')], [true, undefined])
  file.close()
})

test('tensors of every float type give their numbers, whole or a part', () => {
  const data = Float32Array.from({ length: 96 }, (_, i) => (i - 40) / 4)
  const types = ['F32', 'F16', 'BF16'] as const
  const tensors = types.map((type) => ({ name: type, shape: [32, 3], data, type }))
  const file = GgufFile.open(written(packGguf(new Map(), tensors)))
  for (const type of types) {
    const tensor = file.tensors.get(type)!
    assert.deepEqual(tensor.shape, [32, 3])
    assert.deepEqual(readFloats(file, tensor), data, type)
    assert.deepEqual(readFloats(file, tensor, 32, 5), data.slice(32, 37), type)
  }
  file.close()
})

test('a file that is no GGUF, or of a version that is not known, is refused', () => {
  assertRefused(Buffer.from('hello, this is no model'), /does not begin with "GGUF"/)
  assertRefused(new Uint8Array(0), /ends within its header/)
  const other = packTinyModel('tiny-llama')
  other.writeUInt32LE(1, 4)
  assertRefused(other, /version is 1/)
  assert.throws(() => GgufFile.open(join(dir, 'nothing')), /cannot be read/)
  assert.throws(() => GgufFile.open(dir), StartError)
})

test('a file that is cut anywhere in its header or its data is refused when it is opened or read', () => {
  const whole = packTinyModel('tiny-llama')
  for (const part of [0.001, 0.01, 0.05, 0.3, 0.99]) {
    const path = written(whole.subarray(0, Math.floor(whole.length * part)))
    const readAll = () => {
      const file = GgufFile.open(path)
      for (const tensor of file.tensors.values()) readFloats(file, tensor)
    }
    assert.throws(
      readAll,
      (error) => error instanceof StartError && /cut off|not a whole/.test(error.message),
      `${part}`,
    )
  }
})

test('counts and sizes that cannot be are refused, not allocated', () => {
  for (const at of [8, 16, 24]) {
    const bytes = packTinyModel('tiny-llama')
    bytes.writeBigUInt64LE(2n ** 62n, at)
    assertRefused(bytes, /not a whole GGUF file/)
    bytes.writeBigUInt64LE(2n ** 40n, at)
    assertRefused(bytes, /not a whole GGUF file/)
  }
})
