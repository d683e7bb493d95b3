import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { RequestError } from '../../../src/base/errors.ts'
import { Control, type Outcome } from '../../../src/engine/control.ts'
import type { AnswerOf, ControlEvent, ControlTask } from '../../../src/protocol/control.ts'

type Erased = AnswerOf<'erase-slot'>

/** A control whose `erase-slot` does what the test says; its events, and how often it woke the loop. */
function make(attempt: () => Outcome<Erased>) {
  const events: ControlEvent[] = []
  let nWakes = 0
  const none = () => undefined
  const handlers = { 'erase-slot': attempt, 'save-slot': none, 'restore-slot': none }
  const control = new Control(
    handlers,
    (event) => events.push(event),
    () => nWakes++,
  )
  const accept = (taskId: number) => {
    const task: ControlTask<'erase-slot'> = { kind: 'control', taskId, action: 'erase-slot', ask: { slotId: 0 } }
    control.accept(task)
  }
  return { control, events, accept, nWakes: () => nWakes }
}

const done = (taskId: number, nErased: number) => ({ kind: 'done', taskId, answer: { nErased } })

test('what cannot be done now is tried again, in order, until it is', () => {
  let isBusy = true
  const { control, events, accept } = make(() => (isBusy ? undefined : { nErased: 3 }))
  accept(1)
  accept(2)
  control.run()
  assert.deepEqual([events, control.isIdle], [[], false])
  isBusy = false
  control.run()
  assert.deepEqual([events, control.isIdle], [[done(1, 3), done(2, 3)], true])
})

test('what takes its time answers by itself, and nothing is to be tried meanwhile', async () => {
  let finish: (answer: Erased) => void = () => {}
  const { control, events, accept } = make(() => new Promise((resolve) => (finish = resolve)))
  accept(1)
  control.run()
  assert.equal(control.isIdle, true)
  finish({ nErased: 5 })
  await turn()
  assert.deepEqual(events, [done(1, 5)])
})

test('what is left to do after a while wakes the loop and is tried between steps', async () => {
  let isBusy = true
  const { control, events, accept, nWakes } = make(async () => () => (isBusy ? undefined : { nErased: 7 }))
  accept(1)
  control.run()
  await turn()
  assert.deepEqual([nWakes(), control.isIdle, events], [1, false, []])
  control.run()
  isBusy = false
  control.run()
  assert.deepEqual([control.isIdle, events], [true, [done(1, 7)]])
})

test('a refusal is an event, at once or later; whatever else is thrown is ours', async () => {
  const refusal = new RequestError('invalid_request', 'no', { param: 'filename' })
  for (const attempt of [() => Promise.reject(refusal), async () => () => Promise.reject(refusal)]) {
    const { control, events, accept } = make(attempt)
    accept(1)
    for (let i = 0; i < 3; i++) {
      control.run()
      await turn()
    }
    const error = { kind: 'invalid_request', message: 'no', details: { param: 'filename' } }
    assert.deepEqual(events, [{ kind: 'error', taskId: 1, error }])
  }
  const broken = make(() => {
    throw new Error('our mistake')
  })
  broken.accept(1)
  assert.throws(() => broken.control.run(), /our mistake/)
})

test('nothing comes of what was cancelled, whether it waits or takes its time', async () => {
  const waits = make(() => undefined)
  waits.accept(1)
  waits.control.cancel(1)
  assert.equal(waits.control.isIdle, true)
  const slow = make(async () => () => ({ nErased: 1 }))
  slow.accept(1)
  slow.control.run()
  slow.control.cancel(1)
  await turn()
  assert.deepEqual([slow.events, slow.control.isIdle, slow.nWakes()], [[], true, 1])
})
