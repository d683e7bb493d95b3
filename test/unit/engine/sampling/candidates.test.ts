import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Candidates } from '../../../../src/engine/sampling/candidates.ts'
import { seededRandom } from '../../../support/random.ts'

function loaded(logits: readonly number[], capacity = logits.length): Candidates {
  const candidates = new Candidates(new ArrayBuffer(12 * capacity))
  candidates.load(Float32Array.from(logits))
  return candidates
}

const recordsOf = (candidates: Candidates) =>
  Array.from({ length: candidates.size }, (_, i) => [candidates.token(i), candidates.logit(i)] as const)

test('load() takes all tokens in the order of their ids, and forgets what was cut, sorted and chosen before', () => {
  const candidates = loaded([3, 1, 2])
  candidates.sort()
  candidates.start = 1
  candidates.size = 2
  candidates.selected = 1
  candidates.load(Float32Array.of(0.5, -1, 7))
  assert.deepEqual(recordsOf(candidates), [
    [0, 0.5],
    [1, -1],
    [2, 7],
  ])
  const { start, size, selected, isSorted } = candidates
  assert.deepEqual({ start, size, selected, isSorted }, { start: 0, size: 3, selected: -1, isSorted: false })
})

test('more logits than there is room for are a mistake of the caller', () => {
  const candidates = new Candidates(new ArrayBuffer(12 * 2))
  assert.equal(candidates.capacity, 2)
  assert.throws(() => candidates.load(new Float32Array(3)), { name: 'AssertionError' })
})

test('the records are laid out as libllama wants them: id int32, logit float, p float', () => {
  const memory = new ArrayBuffer(24)
  new Candidates(memory).load(Float32Array.of(1.5, -2))
  const view = new DataView(memory)
  assert.deepEqual(
    [view.getInt32(0, true), view.getFloat32(4, true), view.getInt32(12, true), view.getFloat32(16, true)],
    [0, 1.5, 1, -2],
  )
})

test('loadOne() leaves one token', () => {
  const candidates = loaded([1, 2, 3])
  candidates.start = 2
  candidates.loadOne(7)
  assert.deepEqual(recordsOf(candidates), [[7, 1]])
  assert.deepEqual([candidates.start, candidates.selected], [0, -1])
})

test('indices count from the start of the window', () => {
  const candidates = loaded([10, 11, 12, 13])
  candidates.start = 2
  candidates.size = 2
  assert.deepEqual(recordsOf(candidates), [
    [2, 12],
    [3, 13],
  ])
  candidates.setLogit(1, -1)
  candidates.start = 0
  candidates.size = 4
  assert.deepEqual(
    recordsOf(candidates).map(([, logit]) => logit),
    [10, 11, 12, -1],
  )
})

test('indexOf() finds a token wherever it is, and -1 for one that was cut', () => {
  const candidates = loaded([1, 9, 5, 7])
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((token) => candidates.indexOf(token)),
    [0, 1, 2, 3, -1],
  )
  candidates.sort()
  candidates.size = 3
  assert.deepEqual(
    [0, 1, 2, 3].map((token) => candidates.indexOf(token)),
    [-1, 0, 2, 1],
  )
  candidates.start = 1
  candidates.size = 2
  assert.deepEqual(
    [0, 1, 2, 3].map((token) => candidates.indexOf(token)),
    [-1, -1, 1, 0],
  )
})

test('sort() puts the highest logit first, and equals in the order in which they were', () => {
  const candidates = loaded([1, 3, 2, 3, Number.NEGATIVE_INFINITY, 1])
  candidates.sort()
  assert.deepEqual(
    recordsOf(candidates).map(([token]) => token),
    [1, 3, 2, 0, 5, 4],
  )
  assert.equal(candidates.isSorted, true)
})

test('sort() sorts the window and nothing else', () => {
  const candidates = loaded([0, 1, 2, 3, 4])
  candidates.start = 1
  candidates.size = 3
  candidates.sort()
  candidates.start = 0
  candidates.size = 5
  assert.deepEqual(
    recordsOf(candidates).map(([token]) => token),
    [0, 3, 2, 1, 4],
  )
})

test('probabilities() is the softmax of the window (random, against the obvious way)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let round = 0; round < 200; round++) {
    const logits = Array.from({ length: 2 + Math.floor(random() * 40) }, () => Math.fround(random() * 40 - 20))
    const candidates = loaded(logits)
    candidates.start = 1
    candidates.size = logits.length - 1
    const exps = logits.slice(1).map((logit) => Math.exp(logit))
    const sum = exps.reduce((a, b) => a + b)
    candidates.probabilities().forEach((prob, i) => {
      assert.ok(Math.abs(prob - exps[i]! / sum) < 1e-12)
    })
  }
})

test('probabilities() of very high and very low logits stay numbers; forbidden tokens have none', () => {
  assert.deepEqual([...loaded([1e30, 1e30, -1e30]).probabilities()], [0.5, 0.5, 0])
  assert.deepEqual([...loaded([Number.NEGATIVE_INFINITY, 3]).probabilities()], [0, 1])
  const never = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  assert.deepEqual([...loaded(never).probabilities()], [0, 0])
})
