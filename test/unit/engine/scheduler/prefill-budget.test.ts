import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cheapestChunk, PrefillBudget } from '../../../../src/engine/scheduler/prefill-budget.ts'

test('nothing measured: the cheapest chunk, or the batch when that is smaller', () => {
  assert.equal(cheapestChunk, 64)
  assert.deepEqual(sizes(new PrefillBudget(350, 512)), [64, 80])
  assert.deepEqual(sizes(new PrefillBudget(350, 70)), [64, 70])
  assert.deepEqual(sizes(new PrefillBudget(350, 10)), [10, 10])
})

test('the chunk is as many times 64 tokens as fit into the gap, at least once, at most the batch', () => {
  for (const [msPerToken, chunk] of [
    [0.1, 512],
    [0.68, 512],
    [1, 320],
    [1.09, 320],
    [1.1, 256],
    [2.73, 128],
    [2.74, 64],
    [5, 64],
    [5000, 64],
  ] as const) {
    const budget = new PrefillBudget(350, 512)
    budget.measure('prefill', 100, 100 * msPerToken)
    assert.equal(budget.chunk, chunk, `${msPerToken} ms a token`)
  }
})

test('the end of a prompt may be a quarter longer, within the batch', () => {
  const budget = new PrefillBudget(350, 512)
  budget.measure('prefill', 100, 200)
  assert.deepEqual(sizes(budget), [128, 160])
  const whole = new PrefillBudget(350, 512)
  whole.measure('prefill', 100, 1)
  assert.deepEqual(sizes(whole), [512, 512])
})

test('chunks smaller than 64 tokens say nothing about the speed of large ones', () => {
  const budget = new PrefillBudget(350, 512)
  budget.measure('prefill', 63, 63_000)
  assert.equal(budget.chunk, 64)
  budget.measure('prefill', 64, 64)
  assert.equal(budget.chunk, 320)
  budget.measure('prefill', 10, 10_000)
  assert.equal(budget.chunk, 320)
})

test('the time of the decode between two chunks is taken from the gap', () => {
  const budget = new PrefillBudget(350, 512)
  budget.measure('prefill', 100, 100)
  for (let i = 0; i < 50; i++) budget.measure('decode', 4, 100)
  assert.equal(budget.chunk, 192) // 250 ms
  for (let i = 0; i < 50; i++) budget.measure('decode', 4, 1000)
  assert.equal(budget.chunk, 64)
})

test('measurements are averaged: the first counts whole, the newest three tenths', () => {
  const budget = new PrefillBudget(1000, 100_000)
  budget.measure('prefill', 100, 100)
  assert.equal(budget.chunk, 15 * 64) // 1 ms a token
  budget.measure('prefill', 100, 1100)
  assert.equal(budget.chunk, 3 * 64) // 1 + 0.3 × 10 = 4 ms
  budget.measure('prefill', 100, 100)
  assert.equal(budget.chunk, 5 * 64) // 4 - 0.3 × 3 = 3.1 ms
})

function sizes(budget: PrefillBudget): [number, number] {
  return [budget.chunk, budget.stretchedChunk]
}
