// Prompts that begin alike: one computes what they have in common, and the others wait for exactly
// that part.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeEngine, lineOf } from '../../../support/fake-engine.ts'
import { tokensFrom } from '../../../support/tasks.ts'

const prefix = tokensFrom(0, 200)
const prompt = (i: number, nOwn = 5) => [...prefix, ...tokensFrom(1000 * (i + 1), nOwn)]

describe('prompts that come together', () => {
  test('one computes what is common, and the others go on from a copy in the very next step', () => {
    const engine = new FakeEngine({ nSlots: 4 })
    const taskIds = [0, 1, 2, 3].map((i) => engine.add({ prompt: prompt(i), nPredict: 1 }))
    assert.deepEqual(engine.finishAll().map(lineOf), ['p 0:200', 'p 0:5 1:5 2:5 3:5'])
    assert.equal(engine.nRows, 200 + 4 * 5)
    assert.deepEqual(
      taskIds.map((taskId) => engine.finishOf(taskId).timings.nCached),
      [0, 200, 200, 200],
    )
  })

  test('equal prompts compute one token each beside the first', () => {
    const engine = new FakeEngine({ nSlots: 3 })
    const taskIds = [0, 1, 2].map(() => engine.add({ prompt: prefix, nPredict: 1 }))
    engine.finishAll()
    assert.equal(engine.nRows, 200 + 2)
    assert.deepEqual(
      taskIds.map((taskId) => engine.finishOf(taskId).timings.nCached),
      [0, 199, 199],
    )
  })

  test('of prefixes within prefixes each part is computed once', () => {
    const engine = new FakeEngine({ nSlots: 4 })
    const longer = [...prefix, ...tokensFrom(5000, 100)]
    for (const i of [0, 1]) engine.add({ prompt: prompt(i), nPredict: 1 })
    for (const i of [2, 3]) engine.add({ prompt: [...longer, i], nPredict: 1 })
    engine.finishAll()
    assert.equal(engine.nRows, 200 + 2 * 5 + 100 + 2)
  })

  test('a few tokens in common are not waited for, nor is what another scope or other adapters compute', () => {
    const few = new FakeEngine({ nSlots: 2 })
    for (const i of [0, 1]) few.add({ prompt: [...tokensFrom(0, 15), ...tokensFrom(100 * (i + 1), 20)] })
    assert.equal(lineOf(few.step()), 'p 0:35 1:35')
    const scopes = new FakeEngine({ nSlots: 3 })
    for (const cacheScope of ['', 'a', 'b']) scopes.add({ prompt: prefix, cacheScope, nPredict: 1 })
    assert.equal(lineOf(scopes.step()), 'p 0:200 1:200')
    scopes.finishAll()
    assert.equal(scopes.nRows, 600)
    const adapters = new FakeEngine({ nSlots: 2 })
    for (const scale of [0, 1]) adapters.add({ prompt: prefix, adapterScales: [scale], nPredict: 1 })
    adapters.finishAll()
    assert.equal(adapters.nRows, 400)
  })

  test('with cache_prompt off nobody waits and nothing is taken', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    for (const i of [0, 1]) engine.add({ prompt: prompt(i), cachePrompt: false, nPredict: 1 })
    assert.deepEqual(engine.finishAll().map(lineOf), ['p 0:205 1:205'])
  })

  test('a memory that cannot be cut has the common part copied when it is all that is there', () => {
    const engine = new FakeEngine({ nSlots: 3, canCut: false, canShift: false })
    for (const i of [0, 1, 2])
      engine.add({ prompt: [...tokensFrom(0, 30), ...tokensFrom(100 * (i + 1), 9)], nPredict: 1 })
    assert.deepEqual(engine.finishAll().map(lineOf), ['p 0:30', 'p 0:9 1:9 2:9'])
  })
})

describe('who waits', () => {
  test('goes on by itself when the one that computes is cancelled, and takes what is there', () => {
    const engine = new FakeEngine({ nSlots: 3, nBatch: 64 })
    const [first, second, third] = [0, 1, 2].map((i) => engine.add({ prompt: prompt(i), nPredict: 1 }))
    assert.equal(lineOf(engine.step()), 'p 0:64')
    engine.cancel(first!)
    assert.equal(lineOf(engine.step()), 'p 1:64')
    engine.finishAll()
    assert.equal(engine.nRows, 200 + 2 * 5)
    assert.deepEqual(
      [second, third].map((taskId) => engine.finishOf(taskId!).timings.nCached),
      [64, 200],
    )
  })

  test('does not wait for one that is held', () => {
    const engine = new FakeEngine({ nSlots: 2, nBatch: 64 })
    const [first, second] = [0, 1].map((i) => engine.add({ prompt: prompt(i), nPredict: 1 }))
    engine.step()
    engine.loop.receive({ kind: 'pause', taskId: first! })
    while (engine.slotOf(second!) !== undefined) assert.notEqual(engine.step(), undefined)
    engine.loop.receive({ kind: 'resume', taskId: first! })
    engine.finishAll()
    assert.equal(engine.finishOf(second!).timings.nCached, 64)
  })

  test('still waits after it was held itself', () => {
    const engine = new FakeEngine({ nSlots: 2, nBatch: 64 })
    const [, second] = [0, 1].map((i) => engine.add({ prompt: prompt(i), nPredict: 1 }))
    engine.step()
    engine.loop.receive({ kind: 'pause', taskId: second! })
    engine.step()
    engine.loop.receive({ kind: 'resume', taskId: second! })
    engine.finishAll()
    assert.equal(engine.finishOf(second!).timings.nCached, 200)
  })

  test('goes on when the memory loses what it waits for', () => {
    const engine = new FakeEngine({ nSlots: 2, nBatch: 64 })
    for (const i of [0, 1]) engine.add({ prompt: prompt(i), nPredict: 2 })
    engine.steps(2)
    engine.forget(0)
    engine.finishAll()
    assert.equal(engine.nRows, 128 + 200 + 2 * 6)
  })

  test('is cancelled without a trace', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    const [, second] = [0, 1].map((i) => engine.add({ prompt: prompt(i), nPredict: 1 }))
    engine.step()
    engine.cancel(second!)
    assert.deepEqual(engine.finishAll().map(lineOf), ['p 0:5'])
  })

  test('is not charged for it: its clock begins with its own rows, and it has the next turn', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    engine.add({ prompt: prompt(0), nPredict: 1 })
    const second = engine.add({ prompt: prompt(1), nPredict: 1, tMaxPromptMs: 5000 })
    engine.finishAll() // 200 rows take 20 s
    const { timings, text } = engine.finishOf(second)
    assert.deepEqual([timings.promptMs, text], [1000, '1000205 '])
  })

  test('a short one pulls the part that it waits for ahead of other long prompts', () => {
    const engine = new FakeEngine({ nSlots: 4 })
    engine.msOf = () => 1
    engine.add({ prompt: [1] })
    engine.step()
    engine.add({ prompt: tokensFrom(50_000, 3000) })
    engine.add({ prompt: [...prefix, ...tokensFrom(60_000, 3000)] })
    const short = engine.add({ prompt: prompt(0) })
    const lines: string[] = []
    while (engine.textOf(short) === '') lines.push(lineOf(engine.step()))
    assert.deepEqual(
      lines.filter((line) => line.startsWith('p')),
      ['p 1:64', 'p 2:200', 'p 3:5'],
    )
  })
})

describe('which slot', () => {
  test('one that would lose most of its cells is left alone, and another gets a copy', () => {
    const engine = new FakeEngine({ nSlots: 3 })
    engine.add({ prompt: [...prefix, ...tokensFrom(9000, 300)], nPredict: 1, slotId: 1 })
    engine.finishAll()
    const next = engine.add({ prompt: prompt(0), nPredict: 1 })
    assert.equal(lineOf(engine.step()), 'p 0:5')
    assert.equal(engine.finishOf(next).timings.nCached, 200)
    assert.equal(engine.scheduler.slots[1]!.stream.nCells, 500)
  })

  test('one that is free is left alone where a busy one has more', () => {
    const engine = new FakeEngine({ nSlots: 3 })
    engine.add({ prompt: prefix.slice(0, 100), nPredict: 1, slotId: 2 })
    engine.finishAll()
    engine.add({ prompt: prompt(0), slotId: 0 })
    engine.step()
    const next = engine.add({ prompt: prompt(1) })
    engine.step()
    assert.deepEqual([engine.slotOf(next), engine.scheduler.slots[2]!.stream.nCells], [1, 100])
  })

  test('a prompt that waited for a slot takes a copy of what came before it', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    const taskIds = [0, 1, 2, 3].map((i) => engine.add({ prompt: prompt(i), nPredict: 2 + i }))
    engine.finishAll()
    assert.deepEqual(
      taskIds.map((taskId) => engine.finishOf(taskId).timings.nCached),
      [0, 200, 200, 200],
    )
  })
})

test('cells that a pool has once for two streams stay where they are when one of them is shifted', () => {
  const engine = new FakeEngine({ nSlots: 2, nCtx: 64, isPool: true })
  engine.add({ prompt: [...tokensFrom(0, 50), 7], nDiscard: 5 })
  engine.step()
  engine.add({ prompt: [...tokensFrom(0, 50), 8], nDiscard: 9 })
  engine.steps(100)
})

test('a copy from a stream whose own cut is refused is not made: its cells are gone', () => {
  let nRefused = 0
  const engine = new FakeEngine({ nSlots: 3, refusesCut: (streamId) => streamId === 0 && nRefused++ === 0 })
  engine.add({ prompt: prompt(0), nPredict: 1, slotId: 0 })
  engine.finishAll()
  const [same, other] = [
    engine.add({ prompt: prompt(1), slotId: 0, nPredict: 2 }),
    engine.add({ prompt: prompt(2), nPredict: 2 }),
  ]
  engine.finishAll()
  assert.equal(nRefused, 1)
  assert.equal(engine.textOf(same), engine.textOf(other))
})
