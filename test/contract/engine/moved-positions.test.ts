// Positions in libllama's cache: cells that are moved take their keys along. Told by the logits after moves that undo each other.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Context } from '../../../src/llama/context.ts'
import { Model } from '../../../src/llama/model.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { printedRandom, randomTokens } from './generations.ts'

const model = Model.load(tinyModel('tiny-llama'), {
  gpuLayers: 0,
  mainGpu: 0,
  splitMode: 'none',
  tensorSplit: [],
  mlock: false,
  mmap: true,
  numa: undefined,
})
const context = new Context(model, {
  nCtxSeq: 256,
  nSeqMax: 2,
  kvUnified: false,
  nBatch: 64,
  nThreads: 1,
  nThreadsBatch: 1,
  nUbatch: 64,
  typeK: 'f32',
  typeV: 'f32',
  flashAttn: 'off',
  rope: {
    scaling: undefined,
    freqBase: undefined,
    freqScale: undefined,
    yarnOrigCtx: undefined,
    yarnExtFactor: undefined,
    yarnAttnFactor: undefined,
    yarnBetaSlow: undefined,
    yarnBetaFast: undefined,
  },
})
after(() => {
  context.free()
  model.free()
})
const tokens = randomTokens(printedRandom('moved positions'), 9)

/** The logits after the tokens, the last of which is computed at `end` when the others have been moved. */
function logitsAfter(seqId: number, move: () => void, end = tokens.length - 1): Float32Array {
  context.remove(seqId, 0, -1)
  const row = (token: number, pos: number) => ({ token, pos, seqId, wantsLogits: true })
  assert.equal(context.decode(tokens.slice(0, -1).map(row)), 0)
  move()
  assert.equal(context.decode([row(tokens.at(-1)!, end)]), 0)
  return context.logits(0).slice()
}

function farthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, logit, i) => Math.max(most, Math.abs(logit - b[i]!)), 0)
}

const untouched = logitsAfter(0, () => {})

/** Each of them leaves every cell where it was. */
const roundTrips: Readonly<Record<string, () => void>> = {
  'a shift and the shift back': () => {
    context.shift(1, 2, 8, 40)
    context.shift(1, 42, 48, -40)
  },
  'a division of one cell, shifted back': () => {
    context.shift(1, 1, 8, 29) // 0 30 31 … 36
    context.divide(1, 30, 31, 3) // 0 10 31 …
    context.shift(1, 10, 11, 20)
    context.shift(1, 30, 37, -29)
  },
  'a division of all cells that are left apart': () => {
    for (let i = 7; i > 0; i--) context.shift(1, i, i + 1, 19 * i) // 0 20 40 … 140
    context.divide(1, 0, 160, 4) // 0 5 10 … 35
    for (let i = 1; i < 8; i++) context.shift(1, 5 * i, 5 * i + 1, -4 * i)
  },
}

for (const [what, move] of Object.entries(roundTrips)) {
  test(`${what} changes no logit`, () => {
    const difference = farthest(logitsAfter(1, move), untouched)
    assert.ok(difference < 1e-3, String(difference))
  })
}

test('a shift of all cells changes no logit, when what follows is shifted as well: only distances count', () => {
  const shifted = logitsAfter(1, () => context.shift(1, 0, 8, 100), 108)
  assert.ok(farthest(shifted, untouched) < 1e-3)
})

test('a division alone changes them', () => {
  const divided = logitsAfter(1, () => context.divide(1, 0, 8, 2), 4)
  assert.ok(farthest(divided, untouched) > 0.02)
})
