import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChoiceBudget } from '../../../../src/engine/sampling/choice-budget.ts'

/** Spends these times one after the other. @returns how many choices there were until the budget was used up. */
function nChoices(times: readonly number[]): number {
  let nowMs = 0
  const budget = new ChoiceBudget(() => nowMs)
  for (const [i, ms] of times.entries()) {
    try {
      assert.equal(
        budget.spend(() => {
          nowMs += ms
          return i
        }),
        i,
      )
    } catch (error) {
      assert.match(String(error), /RequestError: Cannot go on: .*"grammar"/)
      return i
    }
  }
  return times.length
}

test('quick choices go on for ever, and so does one that is slow now and then', () => {
  assert.equal(nChoices(Array(10_000).fill(100)), 10_000)
  assert.equal(nChoices(Array.from({ length: 10_000 }, (_, i) => (i % 40 === 0 ? 3000 : 1))), 10_000)
})

test('choices that are slow every time end the request after a few', () => {
  assert.equal(nChoices(Array(100).fill(1000)), 4)
  assert.equal(nChoices(Array(1000).fill(200)), 40)
})
