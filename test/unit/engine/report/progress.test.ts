import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KvStream } from '../../../../src/engine/cache/kv-stream.ts'
import type { Sequence } from '../../../../src/engine/generation/sequence.ts'
import { Progress } from '../../../../src/engine/report/progress.ts'
import { Slot } from '../../../../src/engine/scheduler/slot.ts'
import { sequenceOf } from '../../../support/tasks.ts'

const curious = () => sequenceOf({ prompt: [1, 2, 3, 4, 5, 6], wantsProgress: true })
const places = (progress: Progress, waiting: readonly Sequence[]) =>
  progress.beforeStep(waiting, [], 0).map((event) => {
    assert.equal(event.kind, 'queued')
    return event.kind === 'queued' ? [event.taskId, event.position, event.nWaiting] : []
  })

test('those that wait are told their place, from 1, and again only when it changes', () => {
  const progress = new Progress()
  const [a, b, c] = [curious(), curious(), curious()]
  const id = (sequence: Sequence) => sequence.task.taskId
  assert.deepEqual(places(progress, [a]), [[id(a), 1, 1]])
  assert.deepEqual(places(progress, [a]), [])
  assert.deepEqual(places(progress, [a, b, c]), [
    [id(a), 1, 3],
    [id(b), 2, 3],
    [id(c), 3, 3],
  ])
  assert.deepEqual(places(progress, [b, c]), [
    [id(b), 1, 2],
    [id(c), 2, 2],
  ])
})

test('those that did not ask are counted and told nothing', () => {
  const progress = new Progress()
  const [silent, b] = [sequenceOf(), curious()]
  assert.deepEqual(places(progress, [silent, b]), [[b.task.taskId, 2, 2]])
})

test('a prompt begins with what the cache had and no time, and goes on with its rows until its first token', () => {
  const progress = new Progress()
  const sequence = curious()
  const slot = new Slot(3, new KvStream(3))
  slot.sequence = sequence
  sequence.begin(2, 100)
  const told = { kind: 'prefill', taskId: sequence.task.taskId, slotId: 3, nTotal: 6 }
  const timings = (nPrompt: number, promptMs: number) => ({
    nCached: 2,
    nPrompt,
    promptMs,
    nPredicted: 0,
    predictedMs: 0,
  })
  assert.deepEqual(progress.beforeStep([], [slot], 101), [{ ...told, timings: timings(0, 0) }])
  assert.deepEqual(progress.beforeStep([], [slot], 102), [])
  const part = [{ slotId: 3, sequence }]
  sequence.computed(3, 110)
  assert.deepEqual(progress.afterStep(part, 110), [{ ...told, timings: timings(3, 10) }])
  sequence.computed(1, 120)
  assert.deepEqual(progress.afterStep(part, 120), [{ ...told, timings: timings(4, 20) }])
  sequence.append(7, 121)
  sequence.computed(1, 130)
  assert.deepEqual(progress.afterStep(part, 130), [])
})
