import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerationEvent } from '../../../../src/protocol/event.ts'
import type { SlotChange } from '../../../../src/protocol/report.ts'
import { TaskBoard } from '../../../../src/server/engine-client/board.ts'
import { task } from '../../../support/tasks.ts'

const step = (slots: readonly SlotChange[], events: readonly GenerationEvent[] = []) =>
  ({ kind: 'step', events, slots, work: null }) as const
const failed = (taskId: number) => ({ kind: 'error', taskId, error: { kind: 'server', message: '' } }) as const

function board(nSlots: number): TaskBoard {
  const made = new TaskBoard()
  made.reset(nSlots)
  return made
}

test('slots are idle until the engine says otherwise, and keep what is not said again', () => {
  const made = board(2)
  made.stepped(step([{ id: 1, taskId: 7, nCells: 3, nPrompt: 9, nCached: 3 }]))
  made.stepped(step([{ id: 1, nCells: 9 }]))
  const idle = { taskId: null, nCells: 0, nPrompt: 0, nCached: 0, nPredicted: 0, task: undefined }
  const busy = { taskId: 7, nCells: 9, nPrompt: 9, nCached: 3, nPredicted: 0, task: undefined }
  assert.deepEqual(made.slots, [
    { id: 0, ...idle },
    { id: 1, ...busy },
  ])
  assert.deepEqual([made.nBusy, made.nCells], [1, 9])
})

test('a task waits from when it was sent until it has a slot, whatever the engine knows', () => {
  const made = board(1)
  const one = task()
  made.sent(1, one)
  made.sent(2, task())
  assert.deepEqual([made.nBusy, made.nWaiting], [0, 2])
  made.stepped(step([{ id: 0, taskId: 1 }]))
  assert.deepEqual([made.nBusy, made.nWaiting], [1, 1])
  assert.equal(made.slots[0]!.task, one)
})

test('what has ended waits no longer, also when nobody has read its end', () => {
  const made = board(1)
  made.sent(1, task())
  made.stepped(step([{ id: 0, taskId: 1 }]))
  made.stepped(step([{ id: 0, taskId: null }], [failed(1)]))
  assert.deepEqual([made.nBusy, made.nWaiting], [0, 0])
})

test('a slot whose client has gone is busy until the engine has left it', () => {
  const made = board(1)
  made.sent(1, task())
  made.stepped(step([{ id: 0, taskId: 1 }]))
  made.ended(1)
  assert.deepEqual([made.nBusy, made.nWaiting, made.slots[0]!.task], [1, 0, undefined])
})

test('requests for embeddings are under way without waiting for a slot', () => {
  const made = board(1)
  made.sentEmbedding(4)
  assert.deepEqual([made.nEmbedding, made.nBusy, made.nWaiting], [1, 0, 0])
  made.ended(4)
  assert.equal(made.nEmbedding, 0)
})

test('a new engine has empty slots, and the tasks wait for it', () => {
  const made = board(1)
  made.sent(1, task())
  made.stepped(step([{ id: 0, taskId: 1, nCells: 5 }]))
  made.reset(3)
  assert.deepEqual([made.slots.length, made.nBusy, made.nWaiting, made.nCells], [3, 0, 1, 0])
})
