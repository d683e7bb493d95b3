import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Watchdog } from '../../../../src/server/engine-client/watchdog.ts'
import { FakeClock } from '../process/fakes.ts'

function setUp() {
  const clock = new FakeClock()
  const frozen: string[] = []
  let nAsked = 0
  const watchdog = new Watchdog({ nBatch: 512, ask: () => nAsked++, onFrozen: (why) => frozen.push(why), clock })
  watchdog.start()
  const seconds = (n: number, each = () => {}) => {
    for (let i = 0; i < n; i++) {
      clock.advance(1000)
      each()
    }
  }
  const measured = (ms: number, nRows: number) =>
    watchdog.measured({ ms, nRows, nPromptRows: 0, nGenerated: 0, nBusy: 1 })
  return { watchdog, clock, frozen, seconds, measured, nAsked: () => nAsked }
}

test('an engine that answers lives for ever', () => {
  const { watchdog, frozen, seconds, measured, nAsked } = setUp()
  measured(10, 1)
  seconds(3600, () => watchdog.heard())
  assert.deepEqual(frozen, [])
  assert.equal(nAsked(), 3600)
})

test('one that is silent is frozen after 20 s, and is asked but once', () => {
  const { frozen, seconds, measured, nAsked } = setUp()
  measured(1, 1)
  seconds(20)
  assert.deepEqual([frozen.length, nAsked()], [0, 1])
  seconds(1)
  assert.deepEqual([frozen.length, nAsked()], [1, 1])
  assert.match(frozen[0]!, /frozen.* 20 s/)
  seconds(100)
  assert.equal(frozen.length, 1)
})

test('the first step of a large model has ten minutes', () => {
  const { frozen, seconds } = setUp()
  seconds(600)
  assert.deepEqual(frozen, [])
  seconds(1)
  assert.equal(frozen.length, 1)
})

test('a step may take ten times the longest that is to be expected of this model', () => {
  const { watchdog, measured } = setUp()
  measured(200, 1)
  assert.equal(watchdog.maxSilenceMs, 10 * 200 * 512) // what a row of a prompt takes is not known yet
  measured(2560, 256)
  assert.equal(watchdog.maxSilenceMs, 10 * 10 * 512)
  measured(8000, 4)
  assert.equal(watchdog.maxSilenceMs, 10 * 8000)
})

test('one slow step does not count for ever', () => {
  const { watchdog, measured } = setUp()
  measured(60_000, 64)
  for (let i = 0; i < 1000; i++) measured(64, 64)
  assert.equal(watchdog.maxSilenceMs, 20_000)
})

test('a watchdog that was stopped calls nothing, and one that is started again waits anew', () => {
  const { watchdog, clock, frozen, seconds, measured } = setUp()
  measured(1, 1)
  seconds(15)
  watchdog.stop()
  assert.deepEqual(clock.waiting, [])
  watchdog.start()
  seconds(20)
  assert.deepEqual(frozen, [])
  seconds(1)
  assert.equal(frozen.length, 1)
})
