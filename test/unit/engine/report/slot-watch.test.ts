import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KvStream } from '../../../../src/engine/cache/kv-stream.ts'
import type { Sequence } from '../../../../src/engine/generation/sequence.ts'
import { SlotWatch } from '../../../../src/engine/report/slot-watch.ts'
import { Slot } from '../../../../src/engine/scheduler/slot.ts'
import { sequenceOf } from '../../../support/tasks.ts'

const slots = () => [new Slot(0, new KvStream(0)), new Slot(1, new KvStream(1))] as const

/** As scheduler and cache do it. */
function occupy(slot: Slot, sequence: Sequence, nCached = 0): void {
  slot.sequence = sequence
  slot.stream.lend(sequence)
  sequence.begin(nCached, 1)
}

function leave(slot: Slot): void {
  slot.sequence = undefined
  slot.stream.leave(2)
}

test('empty slots are no news', () => {
  assert.deepEqual(new SlotWatch().changes(slots()), [])
})

test('a task that gets a slot is told with its prompt and what the cache had of it; then only what grows', () => {
  const [first, second] = slots()
  const watch = new SlotWatch()
  const sequence = sequenceOf({ prompt: [1, 2, 3, 4, 5] })
  occupy(second, sequence, 2)
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
  occupy(slot, sequence)
  sequence.computed(3, 1)
  watch.changes([slot])
  leave(slot)
  assert.deepEqual(watch.changes([slot]), [{ id: 0, taskId: null, nPrompt: 0 }])
  slot.stream.empty()
  assert.deepEqual(watch.changes([slot]), [{ id: 0, nCells: 0 }])
})

test('one task after the other in a slot between two looks is told as the later one, with numbers that stayed', () => {
  const [slot] = slots()
  const watch = new SlotWatch()
  const [one, other] = [sequenceOf({ prompt: [1, 2] }), sequenceOf({ prompt: [1, 2] })]
  occupy(slot, one)
  watch.changes([slot])
  leave(slot)
  occupy(slot, other)
  assert.deepEqual(watch.changes([slot]), [
    { id: 0, taskId: other.task.taskId, nCells: 0, nPrompt: 2, nCached: 0, nPredicted: 0 },
  ])
})
