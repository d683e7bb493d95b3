// What runs in which step: decode before prefill, pieces, turns, patience.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeEngine, lineOf } from '../../../support/fake-engine.ts'
import { sequenceOf, tokensFrom } from '../../../support/tasks.ts'

/** The longest anybody in a slot may wait for rows: the patience, then each other slot once, a decode after each. */
const patienceSteps = 8
const longestWait = (nSlots: number) => patienceSteps + 2 * nSlots

/** An engine whose slot 0 writes without end; its last step was that slot's prefill. */
function busyEngine(options: ConstructorParameters<typeof FakeEngine>[0] = {}): FakeEngine {
  const engine = new FakeEngine(options)
  engine.add({ prompt: tokensFrom(900_000, 3) })
  assert.equal(lineOf(engine.step()), 'p 0:3')
  return engine
}

describe('the order of steps', () => {
  test('schedule() gives nothing when nothing waits or runs', () => {
    const { scheduler } = new FakeEngine()
    assert.equal(scheduler.schedule(1), undefined)
    assert.equal(scheduler.isIdle, true)
  })

  test('a step numbers its turn, tells when it began, and marks the last row of a prompt as its output', () => {
    const engine = new FakeEngine({ nBatch: 4 })
    const taskId = engine.add({ prompt: [10, 11, 12, 13, 14, 15] })
    engine.nowMs = 77
    const first = engine.step()!
    assert.deepEqual([first.kind, first.number, first.startedAtMs, first.outputs], ['prefill', 0, 77, []])
    assert.ok(first.rows.every((row) => !row.wantsLogits))
    const second = engine.step()!
    assert.equal(second.number, 1)
    assert.deepEqual(second.rows, [
      { token: 14, pos: 4, seqId: 0, wantsLogits: false },
      { token: 15, pos: 5, seqId: 0, wantsLogits: true },
    ])
    assert.deepEqual(
      second.outputs.map(({ row, slotId, sequence }) => [row, slotId, sequence.task.taskId]),
      [[1, 0, taskId]],
    )
  })

  test('a prompt takes whole batches while nobody decodes', () => {
    const engine = new FakeEngine()
    engine.add({ prompt: tokensFrom(0, 1200) })
    assert.deepEqual(engine.steps(5).map(lineOf), ['p 0:512', 'p 0:512', 'p 0:176', 'd 0:1', 'd 0:1'])
  })

  test('all running sequences share one decode step, their rows in the order of slots', () => {
    const engine = new FakeEngine({ nSlots: 3 })
    for (const first of [0, 100, 200]) engine.add({ prompt: tokensFrom(first, 10) })
    assert.deepEqual(engine.steps(3).map(lineOf), ['p 0:10 1:10 2:10', 'd 0:1 1:1 2:1', 'd 0:1 1:1 2:1'])
  })

  test('who decodes gets a row before any prefill, and then every other step', () => {
    const engine = busyEngine()
    engine.add({ prompt: tokensFrom(0, 200) })
    assert.deepEqual(engine.steps(6).map(lineOf), ['d 0:1', 'p 1:64', 'd 0:1', 'p 1:64', 'd 0:1', 'p 1:72'])
    assert.deepEqual(engine.steps(2).map(lineOf), ['d 0:1 1:1', 'd 0:1 1:1'])
  })

  test('a prompt with one token left to compute goes with the decode rows', () => {
    const engine = busyEngine()
    engine.add({ prompt: [7] })
    assert.equal(lineOf(engine.step()), 'd 0:1 1:1')
  })
})

describe('pieces of a prompt while others decode', () => {
  test('the first piece has 64 tokens; later ones are as long as the gap allows', () => {
    const engine = busyEngine({ tokenGapMs: 350 })
    engine.msOf = (step) => (step.kind === 'prefill' ? step.rows.length : 0)
    engine.add({ prompt: tokensFrom(0, 1000) })
    const pieces = engine.steps(6).map(lineOf)
    assert.deepEqual(pieces, ['d 0:1', 'p 1:64', 'd 0:1', 'p 1:320', 'd 0:1', 'p 1:320'])
  })

  test('a slower machine gets smaller pieces, never below 64', () => {
    const engine = busyEngine({ tokenGapMs: 350 })
    engine.msOf = (step) => (step.kind === 'prefill' ? 2 * step.rows.length : 0)
    engine.add({ prompt: tokensFrom(0, 1000) })
    assert.deepEqual(engine.steps(4).map(lineOf), ['d 0:1', 'p 1:64', 'd 0:1', 'p 1:128'])
    engine.msOf = (step) => 100 * step.rows.length
    assert.deepEqual(engine.steps(4).map(lineOf), ['d 0:1', 'p 1:128', 'd 0:1', 'p 1:64'])
  })

  test('a piece is never larger than the batch', () => {
    const engine = busyEngine({ nBatch: 40 })
    engine.add({ prompt: tokensFrom(0, 100) })
    assert.deepEqual(engine.steps(6).map(lineOf), ['d 0:1', 'p 1:40', 'd 0:1', 'p 1:40', 'd 0:1', 'p 1:20'])
  })

  test('an end that is at most a quarter longer than a piece is taken whole', () => {
    const whole = busyEngine()
    whole.add({ prompt: tokensFrom(0, 80) })
    assert.deepEqual(whole.steps(2).map(lineOf), ['d 0:1', 'p 1:80'])
    const cut = busyEngine()
    cut.add({ prompt: tokensFrom(0, 81) })
    assert.deepEqual(cut.steps(4).map(lineOf), ['d 0:1', 'p 1:64', 'd 0:1', 'p 1:17'])
  })

  test('whole prompts share a step as far as they fit, and a part has a step alone', () => {
    const engine = busyEngine({ nSlots: 5 })
    for (const [i, length] of [30, 40, 20, 100].entries()) engine.add({ prompt: tokensFrom(1000 * i, length) })
    assert.deepEqual(engine.steps(6).map(lineOf), [
      'd 0:1',
      'p 1:30 3:20',
      'd 0:1 1:1 3:1',
      'p 2:40',
      'd 0:1 1:1 2:1 3:1',
      'p 4:64',
    ])
  })

  test('a prefill has never more rows than the batch, and a decode has a row for each, though that is more', () => {
    const engine = new FakeEngine({ nSlots: 5, nBatch: 2 })
    const taskIds = tokensFrom(0, 5).map((i) => engine.add({ prompt: tokensFrom(100 * i, 4), nPredict: 20 }))
    const steps = engine.finishAll()
    for (const step of steps) if (step.kind === 'prefill') assert.ok(step.rows.length <= 2, lineOf(step))
    assert.ok(steps.some((step) => lineOf(step) === 'd 0:1 1:1 2:1 3:1 4:1'))
    for (const taskId of taskIds) assert.equal(engine.finishOf(taskId).timings.nPredicted, 20)
  })
})

describe('turns between prompts', () => {
  test('a short prompt goes before a long one that came earlier', () => {
    const engine = busyEngine({ nSlots: 3 })
    engine.add({ prompt: tokensFrom(0, 1000) })
    engine.steps(2)
    engine.add({ prompt: tokensFrom(5000, 20) })
    assert.deepEqual(engine.steps(4).map(lineOf), ['d 0:1', 'p 2:20', 'd 0:1 2:1', 'p 1:64'])
  })

  test('of the short ones the shortest goes first', () => {
    const engine = busyEngine({ nSlots: 4 })
    for (const [i, length] of [70, 60, 50].entries()) engine.add({ prompt: tokensFrom(1000 * i, length) })
    const prefills = engine.steps(6).filter((step) => step.kind === 'prefill')
    assert.deepEqual(prefills.map(lineOf), ['p 3:50', 'p 2:60', 'p 1:70'])
  })

  test('long prompts take turns', () => {
    const engine = busyEngine({ nSlots: 4 })
    for (const first of [0, 10_000, 20_000]) engine.add({ prompt: tokensFrom(first, 1000) })
    const prefills = engine.steps(12).filter((step) => step.kind === 'prefill')
    assert.deepEqual(
      prefills.map((step) => step.parts[0]!.slotId),
      [1, 2, 3, 1, 2, 3],
    )
  })

  test('a long prompt that has begun goes on, however many short ones come', () => {
    const engine = busyEngine({ nSlots: 3 })
    engine.add({ prompt: tokensFrom(0, 4000) })
    engine.steps(2)
    const gap = longestGap(engine, 1, 200, () => addShort(engine))
    assert.ok(gap > 2, 'the short ones went first')
    assert.ok(gap <= longestWait(3), `waited ${gap} steps`)
  })

  test('a long prompt that has not begun begins, however many short ones come', () => {
    const engine = busyEngine({ nSlots: 3 })
    engine.add({ prompt: tokensFrom(0, 4000) })
    const gap = longestGap(engine, 1, 200, () => addShort(engine))
    assert.ok(gap <= longestWait(3), `waited ${gap} steps`)
  })

  test('a short prompt begins, however many long ones are in turn', () => {
    const nSlots = 12
    const engine = busyEngine({ nSlots, nCtx: 4096 })
    for (let i = 1; i <= 10; i++) engine.add({ prompt: tokensFrom(10_000 * i, 4000) })
    engine.steps(40)
    const gap = longestGap(engine, 11, 100, () => addShort(engine))
    assert.ok(gap <= longestWait(nSlots), `waited ${gap} steps`)
  })

  test('long prompts wait no longer than each other slot once, even when all slots prefill', () => {
    const nSlots = 12
    const engine = busyEngine({ nSlots, nCtx: 4096 })
    for (let i = 1; i < nSlots; i++) engine.add({ prompt: tokensFrom(10_000 * i, 4000) })
    const gap = longestGap(engine, nSlots - 1, 200)
    assert.ok(gap <= longestWait(nSlots), `waited ${gap} steps`)
  })

  let nShort = 0

  /** A prompt of its own that one step computes, with one token to write. */
  function addShort(engine: FakeEngine): void {
    engine.add({ prompt: tokensFrom(1_000_000 + 100 * nShort++, 20), nPredict: 1 })
  }

  /** Steps between two in which the slot has rows, the longest of a run; `refill` is called whenever a slot is idle. */
  function longestGap(engine: FakeEngine, slotId: number, nSteps: number, refill: () => void = () => {}): number {
    let gap = 0
    let longest = 0
    for (let i = 0; i < nSteps; i++) {
      if (engine.scheduler.slots.some((slot) => slot.isIdle)) refill()
      const step = engine.step()!
      gap = step.parts.some((part) => part.slotId === slotId) ? 0 : gap + 1
      longest = Math.max(longest, gap)
    }
    return longest
  }
})

describe('continuous batching off', () => {
  test('a new prompt waits until everybody has finished', () => {
    const engine = new FakeEngine({ contBatching: false })
    engine.add({ prompt: tokensFrom(0, 5), nPredict: 3 })
    engine.step()
    const late = engine.add({ prompt: tokensFrom(100, 5), nPredict: 2 })
    assert.deepEqual(engine.steps(3).map(lineOf), ['d 0:1', 'd 0:1', 'p 1:5'])
    engine.finishAll()
    assert.equal(engine.finishOf(late).text.split(' ').length, 2)
  })

  test('prompts that come together run together', () => {
    const engine = new FakeEngine({ contBatching: false })
    engine.add({ prompt: tokensFrom(0, 5) })
    engine.add({ prompt: tokensFrom(100, 5) })
    assert.deepEqual(engine.steps(2).map(lineOf), ['p 0:5 1:5', 'd 0:1 1:1'])
  })
})

describe('what is no task for a scheduler', () => {
  test('accept() refuses a slot that is not there, and a prompt that was not cut', () => {
    const { scheduler } = new FakeEngine({ nSlots: 2, nCtx: 16 })
    assert.throws(() => scheduler.accept(sequenceOf({ slotId: 2 })), { name: 'AssertionError' })
    assert.throws(() => scheduler.accept(sequenceOf({ slotId: -2 })), { name: 'AssertionError' })
    assert.throws(() => scheduler.accept(sequenceOf({ prompt: tokensFrom(0, 17) })), { name: 'AssertionError' })
    scheduler.accept(sequenceOf({ slotId: 1, prompt: tokensFrom(0, 16) }))
    assert.equal(scheduler.waiting.length, 1)
  })

  test('checkInvariants() sees a sequence that is here twice, and one in a slot it did not name', () => {
    const { scheduler } = new FakeEngine()
    const twice = sequenceOf()
    scheduler.accept(twice)
    scheduler.accept(twice)
    assert.throws(() => scheduler.checkInvariants(), { name: 'AssertionError' })
    const { scheduler: other, cache } = new FakeEngine()
    const named = sequenceOf({ slotId: 1 })
    other.slots[0]!.sequence = named
    assert.throws(() => other.checkInvariants(), /different sequences/)
    cache.lease(0, named, 1)
    assert.throws(() => other.checkInvariants(), /task for slot 1 runs in 0/)
  })
})
