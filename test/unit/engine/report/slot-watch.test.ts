import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SlotWatch } from '../../../../src/engine/report/slot-watch.ts'
import { Slot } from '../../../../src/engine/scheduler/slot.ts'
import { sequenceOf } from '../../../support/tasks.ts'

const slots = () => [new Slot(0), new Slot(1)] as const

test('empty slots are no news', () => {
  assert.deepEqual(new SlotWatch().changes(slots()), [])
})

test('a task that gets a slot is told with its prompt and what the cache had of it; then only what grows', () => {
  const [first, second] = slots()
  const watch = new SlotWatch()
  const sequence = sequenceOf({ prompt: [1, 2, 3, 4, 5] })
  second.occupy(sequence)
  sequence.start(2, 10)
  const { taskId } = sequence.task
  assert.deepEqual(watch.changes([first, second]), [
    { id: 1, taskId, nCells: 2, nPrompt: 5, nCached: 2, nPredicted: 0 },
  ])
  assert.deepEqual(watch.changes([first, second]), [])
  sequence.computed(3, 20)
  assert.deepEqual(watch.changes([first, second]), [{ id: 1, nCells: 5 }])
  sequence.append(6, 21)
  sequence.computed(1, 22)
  assert.deepEqual(watch.changes([first, second]), [{ id: 1, nCells: 6, nPredicted: 1 }])
})

test('a slot that is left keeps its cells, and a slot that forgets has none', () => {
  const [slot] = slots()
  const watch = new SlotWatch()
  const sequence = sequenceOf({ prompt: [1, 2, 3] })
  slot.occupy(sequence)
  sequence.start(0, 0)
  sequence.computed(3, 1)
  watch.changes([slot])
  slot.release(2)
  assert.deepEqual(watch.changes([slot]), [{ id: 0, taskId: null, nPrompt: 0 }])
  slot.forget()
  assert.deepEqual(watch.changes([slot]), [{ id: 0, nCells: 0 }])
})

test('one task after the other in a slot between two looks is told as the later one, with numbers that stayed', () => {
  const [slot] = slots()
  const watch = new SlotWatch()
  const [one, other] = [sequenceOf({ prompt: [1, 2] }), sequenceOf({ prompt: [1, 2] })]
  slot.occupy(one)
  one.start(0, 0)
  watch.changes([slot])
  slot.release(1)
  slot.occupy(other)
  other.start(0, 2)
  assert.deepEqual(watch.changes([slot]), [
    { id: 0, taskId: other.task.taskId, nCells: 0, nPrompt: 2, nCached: 0, nPredicted: 0 },
  ])
})
