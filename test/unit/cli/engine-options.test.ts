import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartError } from '../../../src/base/errors.ts'
import { engineOptions } from '../../../src/cli/engine-options.ts'
import { resolveOptions } from '../../../src/options/resolve.ts'

const optionsOf = (line: string) => engineOptions(resolveOptions(line === '' ? [] : line.split(' '), {}), 'model.gguf')

test('engineOptions() hands on what each flag of the engine says', () => {
  const cases: readonly (readonly [line: string, part: object])[] = [
    ['-t 3', { nThreads: 3, nThreadsBatch: 3 }],
    ['-t 3 -tb 5', { nThreads: 3, nThreadsBatch: 5 }],
    ['-c 99 -np 3', { nCtx: 99, nSlots: 3 }],
    ['-b 64', { nBatch: 64, nUbatch: 64 }],
    ['-b 64 -ub 16', { nBatch: 64, nUbatch: 16 }],
    ['-ctk q8_0 -ctv bf16', { typeK: 'q8_0', typeV: 'bf16' }],
    ['-ctk q8_0 --memory-f32', { typeK: 'f32', typeV: 'f32' }],
    ['-fa', { flashAttn: 'on' }],
    ['-kvu', { kvUnified: true }],
    ['-sps 0.5', { slotPromptSimilarity: 0.5 }],
    ['--token-gap 120', { tokenGapMs: 120 }],
    ['-nocb', { contBatching: false }],
    ['-ngl 5 -mg 1 -ts 3,2 -sm row', { gpuLayers: 5, mainGpu: 1, tensorSplit: [3, 2], splitMode: 'row' }],
    ['--mlock --no-mmap --numa isolate', { mlock: true, mmap: false, numa: 'isolate' }],
    ['-gan 4 -gaw 64', { groupAttention: { factor: 4, width: 64 } }],
    ['--lora a --lora b', { adapterPaths: ['a', 'b'] }],
    ['--mmproj p', { takesImages: true }],
    ['-v', { logLevel: 'info' }],
    ['-lv 5', { logLevel: 'debug' }],
    ['-lv 5 --log-disable', { logLevel: 'error' }],
  ]
  for (const [line, part] of cases) {
    const options = optionsOf(line) as unknown as Record<string, unknown>
    assert.deepEqual(Object.fromEntries(Object.keys(part).map((key) => [key, options[key]])), part, line)
    const usual = optionsOf('') as unknown as Record<string, unknown>
    assert.ok(
      Object.keys(part).some((key) => JSON.stringify(usual[key]) !== JSON.stringify(options[key])) ||
        line.includes('log-disable'),
      `${line} says something`,
    )
  }
})

test('engineOptions() makes one factor of --rope-scale and --rope-freq-scale', () => {
  assert.equal(optionsOf('--rope-scale 4').rope.freqScale, 0.25)
  assert.equal(optionsOf('--rope-freq-scale 0.5').rope.freqScale, 0.5)
  const { freqBase, yarnOrigCtx, yarnBetaFast, scaling } = optionsOf('--rope-freq-base 5 --rope-scaling yarn').rope
  assert.deepEqual([freqBase, yarnOrigCtx, yarnBetaFast, scaling], [5, undefined, undefined, 'yarn'])
})

test('engineOptions() refuses flags that exclude each other', () => {
  for (const [line, sentence] of [
    ['-gan 4 -gaw 30', /--grp-attn-w 30 is not a multiple of --grp-attn-n 4/],
    ['-gan 4 --context-shift', /cannot be combined/],
    ['-gan 4 --mmproj p', /cannot be combined/],
  ] as const) {
    assert.throws(
      () => optionsOf(line),
      (error) => error instanceof StartError && sentence.test(error.message),
    )
  }
})
