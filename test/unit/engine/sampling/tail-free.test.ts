import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Candidates } from '../../../../src/engine/sampling/candidates.ts'
import { tailFree } from '../../../../src/engine/sampling/tail-free.ts'
import { seededRandom } from '../../../support/random.ts'
import { tailFreeSlowly } from './references.ts'

function cut(logits: readonly number[], z: number, minKeep: number): number[] {
  const candidates = new Candidates(new ArrayBuffer(12 * logits.length))
  candidates.load(Float32Array.from(logits))
  tailFree(candidates, z, minKeep)
  return Array.from({ length: candidates.size }, (_, i) => candidates.token(i))
}

test('the example by hand: a steep curve with a flat tail', () => {
  // probs 0.5 0.25 0.15 0.05 0.05: first differences 0.25 0.1 0.1 0, second 0.15 0 0.1, normalized 0.6 0 0.4
  const logits = [0.5, 0.25, 0.15, 0.05, 0.05].map(Math.log)
  assert.deepEqual(cut(logits, 0.7, 0), [0, 1])
  assert.deepEqual(cut(logits, 0.5, 0), [0]) // 0.6 at once: one token is left all the same
  assert.deepEqual(cut(logits, 0.5, 3), [0, 1, 2, 3, 4])
})

test('z 1 keeps all, in their order; so do fewer than three candidates', () => {
  assert.deepEqual(cut([1, 3, 2, 5], 1, 0), [0, 1, 2, 3])
  assert.deepEqual(cut([1, 3], 0, 0), [0, 1])
  assert.deepEqual(cut([1], 0, 0), [0])
})

test('equal logits: no curve to follow, each candidate counts the same', () => {
  assert.equal(cut(new Array(12).fill(1), 0.5, 0).length, 5) // six of ten tenths are more than half
})

test('any logits, z and min_keep leave what the definition leaves (random, against the slow way)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let round = 0; round < 3000; round++) {
    const spread = 10 ** (random() * 2 - 1)
    const hasTies = random() < 0.3
    const logits = Array.from({ length: 1 + Math.floor(random() * 40) }, () => {
      if (random() < 0.05) return Number.NEGATIVE_INFINITY
      const logit = (random() + random() - 1) * spread
      return Math.fround(hasTies ? Math.round(logit * 2) / 2 : logit)
    })
    if (!logits.some(Number.isFinite)) continue
    const z = [0, 0.1, 0.5, 0.9, 0.95, 0.99, 1, random()][Math.floor(random() * 8)]!
    const minKeep = random() < 0.5 ? 0 : Math.floor(random() * 10)
    const slow = tailFreeSlowly(
      logits.map((logit, token) => ({ token, logit })),
      z,
      minKeep,
    )
    assert.deepEqual(
      cut(logits, z, minKeep),
      slow.map(({ token }) => token),
      `round ${round}: ${JSON.stringify({ logits, z, minKeep })}`,
    )
  }
})
