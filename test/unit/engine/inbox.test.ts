import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Inbox } from '../../../src/engine/inbox.ts'
import type { ToEngine } from '../../../src/protocol/task.ts'
import { task } from '../../support/tasks.ts'

const cancel = (taskId: number): ToEngine => ({ kind: 'cancel', taskId })

/** Lets the event loop turn as often as the inbox may wait for it. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** What a promise came to so far. */
function watch<T>(promise: Promise<T>): { value?: T } {
  const seen: { value?: T } = {}
  promise.then((value) => {
    seen.value = value
  })
  return seen
}

test('drain() returns what has come, in order and once', async () => {
  const inbox = new Inbox()
  for (const taskId of [1, 2, 3]) inbox.push(cancel(taskId))
  assert.deepEqual(await inbox.drain(true), [cancel(1), cancel(2), cancel(3)])
  assert.deepEqual(await inbox.drain(false), [])
})

test('drain() lets the event loop turn, so that what arrives now comes along', async () => {
  const inbox = new Inbox()
  inbox.push(cancel(1))
  setImmediate(() => inbox.push(cancel(2))) // before drain()'s own turn
  assert.deepEqual(await inbox.drain(false), [cancel(1), cancel(2)])
})

test('drain(false) does not wait for a message', async () => {
  assert.deepEqual(await new Inbox().drain(false), [])
})

test('drain(true) sleeps until a message comes, and takes all that came with it', async () => {
  const inbox = new Inbox()
  const seen = watch(inbox.drain(true))
  for (let i = 0; i < 5; i++) await turn()
  assert.deepEqual(seen, {})
  inbox.push(cancel(1))
  inbox.push(cancel(2))
  await turn()
  assert.deepEqual(seen, { value: [cancel(1), cancel(2)] })
})

test('drain(true) sleeps again after it was woken', async () => {
  const inbox = new Inbox()
  for (const taskId of [1, 2, 3]) {
    const seen = watch(inbox.drain(true))
    await turn()
    assert.deepEqual(seen, {})
    inbox.push(cancel(taskId))
    await turn()
    assert.deepEqual(seen, { value: [cancel(taskId)] })
  }
})

test('close() wakes who sleeps, and nobody sleeps after it', async () => {
  const inbox = new Inbox()
  const seen = watch(inbox.drain(true))
  await turn()
  inbox.close()
  await turn()
  assert.deepEqual([seen, inbox.isClosed], [{ value: [] }, true])
  assert.deepEqual(await inbox.drain(true), [])
})

test('messages that came before close() are not lost', async () => {
  const inbox = new Inbox()
  inbox.push(cancel(1))
  inbox.close()
  assert.deepEqual(await inbox.drain(true), [cancel(1)])
})

test('drain() reads on while messages keep coming', async () => {
  const inbox = new Inbox()
  let nLeft = 5
  const come = () => {
    inbox.push({ kind: 'cancel', taskId: nLeft })
    if (--nLeft > 0) setImmediate(come)
  }
  come()
  assert.equal((await inbox.drain(false)).length, 5)
})

test('cancels come before tasks, and what is cancelled before it was read is left out', async () => {
  const inbox = new Inbox()
  const [one, two] = [task(), task()]
  for (const message of [one, two, cancel(one.taskId), cancel(77)]) inbox.push(message)
  inbox.push({ kind: 'pause', taskId: one.taskId })
  assert.deepEqual(await inbox.drain(false), [cancel(77), two])
})
