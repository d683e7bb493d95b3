import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxPauseMs, RestartPauses } from '../../../../src/server/process/restart-pauses.ts'

test('a life that worked is followed by the next at once, however often that happens', () => {
  const pauses = new RestartPauses()
  for (let i = 0; i < 100; i++) {
    pauses.worked()
    assert.equal(pauses.next(), 0)
  }
})

test('the first life that did nothing is followed at once, later ones after pauses that double up to a limit', () => {
  const pauses = new RestartPauses()
  const nine = Array.from({ length: 9 }, () => pauses.next())
  assert.deepEqual(nine, [0, 250, 500, 1000, 2000, 4000, 8000, 16_000, maxPauseMs])
  assert.equal(pauses.next(), maxPauseMs)
})

test('work ends the row: what comes after it is counted anew', () => {
  const pauses = new RestartPauses()
  for (let i = 0; i < 5; i++) pauses.next()
  pauses.worked()
  assert.deepEqual([pauses.next(), pauses.next(), pauses.next()], [0, 0, 250])
})
