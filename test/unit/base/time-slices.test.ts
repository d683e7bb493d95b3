import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TimeSlices } from '../../../src/base/time-slices.ts'

test('work in slices lets the event loop turn before it is done', async () => {
  let nTurns = 0
  const count = () => {
    nTurns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  const slices = new TimeSlices()
  const endMs = performance.now() + 100
  while (performance.now() < endMs) await slices.pause()
  const during = nTurns
  clearImmediate(timer)
  assert.ok(during > 0)
})

test('work that is shorter than a slice is not held up', async () => {
  let hasTurned = false
  setImmediate(() => {
    hasTurned = true
  })
  await new TimeSlices().pause()
  assert.equal(hasTurned, false)
})
