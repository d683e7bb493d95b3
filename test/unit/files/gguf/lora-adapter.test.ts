import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StartError } from '../../../../src/base/errors.ts'
import { LoraAdapter } from '../../../../src/files/gguf/lora-adapter.ts'
import { type GgufTensor, packGguf } from '../../../support/gguf-writer.ts'
import { packTinyAdapter, tinyAdapterTensors } from '../../../support/tiny-adapters.ts'
import { packTinyModel } from '../../../support/tiny-models.ts'

const dir = mkdtempSync(join(tmpdir(), 'lora-adapter-'))
after(() => rmSync(dir, { recursive: true }))

function open(bytes: Uint8Array): LoraAdapter {
  const path = join(dir, 'adapter.gguf')
  writeFileSync(path, bytes)
  return LoraAdapter.open(path)
}

function withTensors(tensors: readonly GgufTensor[]): Buffer {
  const text = (value: string) => ({ type: 'string' as const, value })
  const metadata = {
    'general.type': text('adapter'),
    'adapter.type': text('lora'),
    'general.architecture': text('llama'),
  }
  return packGguf(new Map(Object.entries(metadata)), tensors)
}

test('an adapter tells its pairs, and alpha / rank as a factor where it has an alpha', () => {
  const adapter = open(packTinyAdapter('x', { alpha: 8, rank: 4 }))
  assert.equal(adapter.architecture, 'llama')
  assert.deepEqual([...adapter.pairs.keys()].sort(), [
    'blk.0.attn_output.weight',
    'blk.0.attn_q.weight',
    'blk.1.ffn_down.weight',
    'blk.1.ffn_up.weight',
  ])
  const pair = adapter.pairs.get('blk.1.ffn_up.weight')!
  assert.deepEqual(
    [pair.a.shape, pair.b.shape],
    [
      [64, 4],
      [4, 128],
    ],
  )
  assert.equal(adapter.factor(pair, 0.5), 1)
  const plain = open(packTinyAdapter('x', { rank: 4 }))
  assert.equal(plain.factor(plain.pairs.get('blk.1.ffn_up.weight')!, 0.5), 0.5)
})

test('what is no whole LoRA adapter is refused, with its path and the reason', () => {
  const tensors = tinyAdapterTensors('x')
  const vector = (name: string): GgufTensor => ({ name, shape: [4], data: new Float32Array(4) })
  const whole = packTinyAdapter('x')
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [packTinyModel('tiny-llama'), /is not a LoRA adapter: its general.type is model/],
    [
      packTinyAdapter('x', { metadata: { 'adapter.type': { type: 'string', value: 'other' } } }),
      /adapter.type is other/,
    ],
    [packTinyAdapter('x', { metadata: { 'general.type': { type: 'uint32', value: 1 } } }), /general.type is 1/],
    [packTinyAdapter('x', { metadata: { 'general.architecture': { type: 'bool', value: true } } }), /no architecture/],
    [
      packTinyAdapter('x', { metadata: { 'adapter.lora.alpha': { type: 'string', value: '8' } } }),
      /alpha is not a number/,
    ],
    [
      packTinyAdapter('x', { metadata: { 'adapter.alora.invocation_tokens': { type: 'int32s', value: [1] } } }),
      /activated LoRA/,
    ],
    [withTensors([]), /has no tensors/],
    [withTensors(tensors.slice(1)), /lora_b without its other half/],
    [withTensors([...tensors, vector('blk.0.attn_q.bias')]), /blk.0.attn_q.bias, which is not part/],
    [whole.subarray(0, whole.length - 200), /cut off/],
    [whole.subarray(0, 100), /not a whole GGUF file/],
  ]
  for (const [bytes, sentence] of cases) {
    assert.throws(
      () => open(bytes),
      (error) => error instanceof StartError && sentence.test(error.message) && error.message.includes('adapter.gguf'),
      `${sentence}`,
    )
  }
})

test('norms are told apart: libllama leaves them', () => {
  const norm = { name: 'blk.0.attn_norm.weight', shape: [4], data: new Float32Array(4) }
  assert.deepEqual(open(withTensors([...tinyAdapterTensors('x'), norm])).ignored, ['blk.0.attn_norm.weight'])
})
