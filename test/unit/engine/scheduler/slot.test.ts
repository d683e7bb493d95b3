import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commonPrefix, Slot } from '../../../../src/engine/scheduler/slot.ts'
import { sequenceOf, tokensFrom } from '../../../support/tasks.ts'

test('a new slot is idle, empty and was never used', () => {
  const slot = new Slot(3)
  assert.deepEqual([slot.id, slot.isIdle, slot.cells, slot.nCells, slot.lastUsed], [3, true, [], 0, 0])
})

test('the cells of a slot are the computed tokens of its sequence, and stay when that leaves', () => {
  const slot = new Slot(0)
  const sequence = sequenceOf({ prompt: tokensFrom(0, 6) })
  slot.occupy(sequence)
  assert.deepEqual([slot.isIdle, slot.cells, slot.nCells], [false, [], 0])
  sequence.computed(4, 1)
  assert.deepEqual([slot.cells, slot.nCells], [[0, 1, 2, 3], 4])
  sequence.computed(2, 2)
  sequence.append(9, 3) // sampled, not computed
  slot.release(42)
  sequence.append(10, 50) // no longer ours
  assert.deepEqual([slot.isIdle, slot.cells, slot.nCells, slot.lastUsed], [true, tokensFrom(0, 6), 6, 42])
})

test('the next sequence has the slot to itself', () => {
  const slot = new Slot(0)
  const first = sequenceOf({ prompt: [1, 2, 3] })
  slot.occupy(first)
  first.computed(3, 1)
  slot.release(1)
  const second = sequenceOf({ prompt: [1, 2, 3, 4] })
  second.start(3, 2)
  slot.occupy(second)
  assert.deepEqual(slot.cells, [1, 2, 3])
})

test('forget() empties an idle slot, and makes the sequence of a busy one start anew', () => {
  const slot = new Slot(0)
  const sequence = sequenceOf({ prompt: [1, 2, 3] })
  slot.occupy(sequence)
  sequence.computed(3, 1)
  slot.forget()
  assert.deepEqual([sequence.nComputed, slot.cells, slot.isIdle], [0, [], false])
  sequence.computed(2, 2)
  slot.release(3)
  assert.equal(slot.nCells, 2)
  slot.forget()
  assert.deepEqual([slot.nCells, slot.cells], [0, []])
})

test('commonPrefix() counts the tokens that two lists begin with alike', () => {
  const cases = [
    [[], [], 0],
    [[], [1], 0],
    [[1], [2], 0],
    [[1, 2, 3], [1, 2, 3], 3],
    [[1, 2, 3], [1, 2], 2],
    [[1, 2], [1, 2, 3], 2],
    [[1, 2, 3, 4], [1, 2, 9, 4], 2],
  ] as const
  for (const [a, b, n] of cases) assert.equal(commonPrefix(a, b), n, JSON.stringify([a, b]))
})
