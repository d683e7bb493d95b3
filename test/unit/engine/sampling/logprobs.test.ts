import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argmax, logSumExp, rankOf, topTokens } from '../../../../src/engine/sampling/logprobs.ts'
import { seededRandom } from '../../../support/random.ts'

test('logSumExp() makes logits into logprobs (random, against the obvious way)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let round = 0; round < 200; round++) {
    const logits = Float32Array.from({ length: 1 + Math.floor(random() * 50) }, () => random() * 60 - 30)
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
    assert.ok(Math.abs(logSumExp(logits) - Math.log(sum)) < 1e-9)
    const total = logits.reduce((all, logit) => all + Math.exp(logit - logSumExp(logits)), 0)
    assert.ok(Math.abs(total - 1) < 1e-9)
  }
})

test('logSumExp() neither overflows nor loses small ones', () => {
  assert.ok(Math.abs(logSumExp(Float32Array.of(1000, 1000)) - (1000 + Math.log(2))) < 1e-9)
  assert.ok(Math.abs(logSumExp(Float32Array.of(-1000, -1000)) - (-1000 + Math.log(2))) < 1e-9)
  assert.equal(logSumExp(Float32Array.of(Number.NEGATIVE_INFINITY, 2)), 2)
  assert.equal(logSumExp(Float32Array.of(Number.NEGATIVE_INFINITY)), Number.NEGATIVE_INFINITY)
})

test('topTokens() is the sorted beginning, of equals the lower id first (random, against a stable sort)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let round = 0; round < 500; round++) {
    const nValues = random() < 0.5 ? 5 : 1e6 // many ties, or none
    const logits = Float32Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.floor(random() * nValues))
    if (random() < 0.3) logits[0] = Number.NEGATIVE_INFINITY
    const sorted = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b)
    for (const n of [0, 1, 3, logits.length, logits.length + 5]) {
      assert.deepEqual(topTokens(logits, n), sorted.slice(0, n), `round ${round}, n ${n}`)
    }
  }
})

test('topTokens() leaves the logits alone, and takes forbidden tokens when nothing else is there', () => {
  const logits = Float32Array.of(Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY)
  assert.deepEqual(topTokens(logits, 3), [1, 0, 2])
  assert.deepEqual([...logits], [Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY])
})

test('argmax() takes the highest logit that is not banned, of equals the lowest id', () => {
  assert.equal(argmax(Float32Array.of(1, 3, 3, 2)), 1)
  assert.equal(argmax(Float32Array.of(1, 3, 3, 2), [1]), 2)
  assert.equal(argmax(Float32Array.of(1, 3, 3, 2), [1, 2]), 3)
  assert.equal(argmax(Float32Array.of(-5, Number.NEGATIVE_INFINITY, Number.NaN)), 0)
})

test('rankOf() counts the likelier tokens: 1 is the best, and equals share a rank', () => {
  const logits = Float32Array.of(1, 3, 2, 3)
  assert.deepEqual(
    Array.from(logits, (_, token) => rankOf(token, logits)),
    [4, 1, 3, 1],
  )
})
