// Sequences with different LoRA adapters: libllama applies one set of them to all rows of a decode.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeEngine, lineOf } from '../../../support/fake-engine.ts'
import { seededRandom } from '../../../support/random.ts'
import { tokensFrom } from '../../../support/tasks.ts'

test('a step has rows of one set of adapters, and the sets take turns', () => {
  const engine = new FakeEngine({ nSlots: 3 })
  for (const adapterScales of [[1], [1], [0.5]]) engine.add({ prompt: tokensFrom(1, 4), adapterScales })
  const lines: string[] = []
  for (let i = 0; i < 6; i++) {
    const step = engine.step()!
    lines.push(`${lineOf(step)} @${step.adapterScales}`)
    assert.deepEqual(engine.context.adapterScales, step.adapterScales)
  }
  assert.deepEqual(lines, ['p 0:4 1:4 @1', 'p 2:4 @0.5', 'd 0:1 1:1 @1', 'd 2:1 @0.5', 'd 0:1 1:1 @1', 'd 2:1 @0.5'])
})

test('a prompt is taken in pieces while somebody with other adapters waits for a token', () => {
  const engine = new FakeEngine()
  engine.add({ prompt: [1], adapterScales: [1] })
  engine.step()
  engine.add({ prompt: tokensFrom(10, 500), adapterScales: [0] })
  const rows = engine.steps(6).map(lineOf)
  assert.deepEqual(new Set(rows), new Set(['d 0:1', 'p 1:64']))
})

test('cells of other adapters are no use: neither is their slot chosen for them, nor are they kept', () => {
  const engine = new FakeEngine()
  const prompt = tokensFrom(1, 100)
  const run = (adapterScales: readonly number[]) => {
    const id = engine.add({ prompt, nPredict: 1, adapterScales })
    engine.finishAll()
    const { slotId, timings } = engine.finishOf(id)
    return [slotId, timings.nCached]
  }
  assert.deepEqual(run([1]), [0, 0])
  assert.deepEqual(run([2]), [1, 0])
  assert.deepEqual(run([1]), [0, 99])
  assert.deepEqual(run([2]), [1, 99])
  assert.deepEqual(run([3])[1], 0)
})

test('nobody waits for ever, however often others come with new adapters (random)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  const nSlots = 4
  const engine = new FakeEngine({ nSlots, nCtx: 1500 })
  const waits = new Array<number>(nSlots).fill(0)
  for (let i = 0; i < 3000; i++) {
    if (engine.scheduler.waiting.length < 3) {
      const scale = random() < 0.5 ? below(2) : i // most never come again
      engine.add({ prompt: tokensFrom(2000 * i, 1 + below(300)), nPredict: 1 + below(20), adapterScales: [scale] })
    }
    const occupied = new Set<number>()
    engine.beforeCompute = () => {
      for (const slot of engine.scheduler.slots) if (!slot.isIdle) occupied.add(slot.id)
      return undefined
    }
    const step = engine.step()!
    assert.equal(new Set(step.parts.map(({ sequence }) => sequence.adapters)).size, 1)
    assert.deepEqual(step.adapterScales, step.parts[0]!.sequence.task.adapterScales)
    for (const slot of engine.scheduler.slots) {
      const isServed = step.parts.some(({ slotId }) => slotId === slot.id)
      waits[slot.id] = isServed || !occupied.has(slot.id) ? 0 : waits[slot.id]! + 1
      assert.ok(waits[slot.id]! <= (8 + 2 * nSlots) * nSlots, `slot ${slot.id} waits for ${waits[slot.id]} steps`)
    }
  }
})
