import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Candidates } from '../../../../src/engine/sampling/candidates.ts'
import { GrammarFilter } from '../../../../src/engine/sampling/grammar-filter.ts'
import type { CandidateWindow, NativeSampler } from '../../../../src/llama/sampler.ts'

const nVocab = 5000

/** A grammar that refuses odd tokens, at some cost for each candidate. */
function setUp(msPerCandidate: number) {
  const candidates = new Candidates(new ArrayBuffer(12 * nVocab))
  const logits = Float32Array.from({ length: nVocab }, (_, token) => token / 7)
  candidates.load(logits)
  let nowMs = 0
  const calls: { size: number; ms: number }[] = []
  const apply = (_grammar: NativeSampler, { start, size }: CandidateWindow) => {
    calls.push({ size, ms: size * msPerCandidate })
    nowMs += size * msPerCandidate
    for (let i = start; i < start + size; i++) {
      if (candidates.token(i) % 2 === 1) candidates.setLogit(i, Number.NEGATIVE_INFINITY)
    }
  }
  const filter = new GrammarFilter(candidates, { apply }, {} as NativeSampler, () => nowMs)
  const expected = Array.from(logits, (logit, token) => (token % 2 === 1 ? Number.NEGATIVE_INFINITY : logit))
  return { candidates, filter, calls, expected }
}

test('a grammar that is fast is done at once, in a few calls', () => {
  const { candidates, filter, calls, expected } = setUp(0.0002)
  assert.equal(filter.run(), true)
  assert.deepEqual(Array.from(candidates.logits()), expected)
  assert.ok(calls.length < 10, `${calls.length} calls`)
})

test('a slow one stops after a while, goes on where it was, and does not mind what is done with the candidates meanwhile', () => {
  const { candidates, filter, calls, expected } = setUp(0.5)
  let nParts = 1
  while (!filter.run()) {
    nParts++
    candidates.load(new Float32Array(nVocab).fill(3))
    candidates.sort()
  }
  assert.deepEqual(Array.from(candidates.logits()), expected)
  assert.equal(
    calls.reduce((sum, { size }) => sum + size, 0),
    nVocab,
  )
  assert.ok(nParts > 20, `${nParts} parts`)
  const later = calls.slice(10)
  assert.ok(Math.max(...later.map(({ ms }) => ms)) <= 10, 'a call costs little once the cost is known')
})

test('one that would take too long in all ends its request with the reason', () => {
  const { filter } = setUp(20)
  const run = () => {
    while (!filter.run());
  }
  assert.throws(run, { name: 'RequestError', message: /the grammar is too large/ })
})
