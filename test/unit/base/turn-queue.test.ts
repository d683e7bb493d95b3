import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { TurnQueue } from '../../../src/base/turn-queue.ts'

const never = new AbortController().signal

/** Pieces of work that take 4 ms each, by a clock of their own, and tell their numbers. */
function setUp() {
  let nowMs = 0
  const queue = new TurnQueue(() => nowMs)
  const done: number[] = []
  const add = (i: number, signal = never) =>
    queue.run(async () => {
      nowMs += 4
      done.push(i)
      return i
    }, signal)
  return { add, done }
}

test('a turn of the event loop does what fits into a slice, in the order in which it came', async () => {
  const { add, done } = setUp()
  const answers = Array.from({ length: 7 }, (_, i) => add(i))
  assert.deepEqual(done, [0, 1, 2])
  await nextTurn()
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5])
  answers.push(add(7))
  assert.deepEqual(done.length, 6, 'the one that came last waits behind the others')
  assert.deepEqual(await Promise.all(answers), [0, 1, 2, 3, 4, 5, 6, 7])
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6, 7])
})

test('a turn later there is time again', async () => {
  const { add, done } = setUp()
  for (let turn = 0; turn < 3; turn++) {
    void add(turn)
    await nextTurn()
  }
  for (const i of [3, 4, 5]) void add(i)
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5])
})

test('the work of clients who have gone is left out', async () => {
  const { add, done } = setUp()
  const client = new AbortController()
  const answers = Array.from({ length: 100 }, (_, i) => add(i, client.signal))
  const next = add(100)
  client.abort()
  const outcomes = await Promise.allSettled(answers)
  assert.equal(await next, 100)
  assert.deepEqual(done, [0, 1, 2, 100])
  const reasons = outcomes.slice(3).map((outcome) => outcome.status === 'rejected' && outcome.reason.status)
  assert.deepEqual(reasons, Array(97).fill(503))
})

test('work that fails fails alone', async () => {
  const queue = new TurnQueue()
  const failed = queue.run(() => Promise.reject(new Error('as it is')), never)
  await assert.rejects(failed, /as it is/)
  assert.equal(await queue.run(async () => 1, never), 1)
})
