// Thousands of random steps against the obvious: each task run alone, token by token, in a list.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectiveKeep, truncatePrompt } from '../../../../src/engine/generation/sequence.ts'
import type { Step } from '../../../../src/engine/scheduler/step.ts'
import type { GenerationTask } from '../../../../src/protocol/task.ts'
import { FakeEngine, type FakeEngineOptions, lineOf, type NextToken } from '../../../support/fake-engine.ts'
import { seededRandom } from '../../../support/random.ts'
import { task } from '../../../support/tasks.ts'

/** The next token hangs on every cell, so that a cell that is wrong, missing or out of order changes the text. */
const hashOfCells: NextToken = (cells) => {
  let hash = 2_166_136_261
  for (const token of cells) hash = Math.imul(hash ^ token, 16_777_619) >>> 0
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
  return { token: (hash >>> 8) % 8, isEnd: (hash >>> 12) % 40 === 0 }
}

/** What the task writes when nobody else is there and nothing is cached. */
function runAlone(made: GenerationTask, nCtx: number) {
  const { tokens, isTruncated } = truncatePrompt(made.prompt, nCtx, made.nKeep)
  let cells = [...tokens]
  let truncated = isTruncated
  const written: number[] = []
  const end = (reason: string) => ({ text: written.map((token) => `${token} `).join(''), reason, truncated, cells })
  if (made.nPredict === 0) return end('limit')
  while (true) {
    const { token, isEnd } = hashOfCells(cells)
    if (isEnd) return end('eos')
    written.push(token)
    if (made.whenContextFull === 'stop' && cells.length + 1 >= nCtx) {
      truncated = true
      return end('limit')
    }
    if (made.nPredict > 0 && written.length >= made.nPredict) return end('limit')
    if (cells.length === nCtx) {
      const keep = effectiveKeep(made.nKeep, tokens.length, nCtx) + 1
      cells = cells.filter((_, pos) => pos < keep || pos >= keep + Math.floor((nCtx - keep) / 2))
      truncated = true
    }
    cells.push(token)
  }
}

type Case = { readonly name: string; readonly options: FakeEngineOptions; readonly refuses?: boolean }

const cases: readonly Case[] = [
  { name: 'one slot', options: { nSlots: 1, nCtx: 100, nBatch: 512 } },
  { name: 'several slots', options: { nSlots: 4, nCtx: 300, nBatch: 512 } },
  { name: 'many slots, small batch', options: { nSlots: 9, nCtx: 400, nBatch: 32 } },
  { name: 'a pool', options: { nSlots: 4, nCtx: 150, isPool: true } },
  { name: 'a memory that cannot shift', options: { nSlots: 3, nCtx: 150, canShift: false } },
  { name: 'a memory that cannot be cut', options: { nSlots: 3, nCtx: 150, canCut: false, canShift: false } },
  { name: 'a memory that refuses some cuts', options: { nSlots: 4, nCtx: 150 }, refuses: true },
  { name: 'self-extend', options: { nSlots: 3, nCtx: 300, groupAttention: { factor: 4, width: 32 } } },
  { name: 'continuous batching off', options: { nSlots: 4, nCtx: 150, contBatching: false } },
]

for (const { name, options, refuses } of cases) {
  test(`any tasks in any order write what each writes alone: ${name} (random)`, () => {
    const seed = Date.now() % 1_000_000
    console.log(`seed ${seed}`)
    const random = seededRandom(seed)
    const below = (n: number) => Math.floor(random() * n)
    const engine = new FakeEngine({ ...options, ...(refuses && { refusesCut: () => random() < 0.3 }) })
    engine.next = hashOfCells
    let msPerRow = 1
    engine.msOf = (step) => step.rows.length * msPerRow * (0.5 + random())
    const { nSlots, nCtx } = engine.options
    const families = Array.from({ length: 4 }, () => Array.from({ length: 2 * nCtx }, () => below(8)))

    const accepted = new Map<number, GenerationTask>()
    const cancelled = new Set<number>()
    const begun = new Set<number>()
    let arrivalsLeft = 160
    let lastKind: 'decode' | 'prefill' = 'decode' // of a step after which somebody waited for a token
    let nSteps = 0
    while (arrivalsLeft > 0 || !engine.scheduler.isIdle) {
      if (arrivalsLeft > 0 && random() < (engine.scheduler.waiting.length > 12 ? 0.01 : 0.15)) {
        arrivalsLeft--
        arrive()
      }
      if (random() < 0.01) cancelOne()
      if (random() < 0.01) msPerRow = 10 ** (2 * random())
      turn()
      assert.ok(++nSteps < 100_000, 'everyone finishes')
    }
    assert.equal(engine.scheduler.waiting.length, 0)
    for (const taskId of accepted.keys()) if (!cancelled.has(taskId)) check(taskId)

    function arrive(): void {
      const family = families[below(families.length)]!
      const isLong = random() < 0.1
      const length = 1 + (isLong ? below(2 * nCtx) : below(Math.floor(nCtx / 2)))
      const own = Array.from({ length: below(4) }, () => below(8))
      const made = task({
        prompt: [...family.slice(0, length), ...own],
        slotId: random() < 0.2 ? below(nSlots) : -1,
        cachePrompt: random() < 0.9,
        nPredict: random() < 0.1 ? 0 : random() < 0.5 ? 1 + below(40) : 1 + below(3 * nCtx),
        nKeep: random() < 0.5 ? 0 : random() < 0.3 ? -1 : below(nCtx + 10),
        whenContextFull: engine.options.groupAttention.factor === 1 && random() < 0.7 ? 'shift' : 'stop',
      })
      accepted.set(engine.add(made), made)
    }

    function cancelOne(): void {
      const taskIds = [...accepted.keys()]
      const taskId = taskIds[below(taskIds.length)]
      if (taskId === undefined) return
      const nEvents = engine.events.length
      if (engine.cancel(taskId) !== undefined) cancelled.add(taskId)
      assert.equal(engine.events.length, nEvents)
    }

    engine.beforeCompute = (step) => {
      checkSlots()
      checkStep(step)
      return undefined
    }

    function turn(): void {
      if (engine.step() !== undefined) return
      checkSlots()
      const running = engine.scheduler.slots.filter((slot) => !slot.isIdle)
      assert.equal(running.length, 0, 'a sequence has a slot and there is no step')
    }

    function checkStep(step: Step): void {
      const running = engine.scheduler.slots.filter(({ sequence }) => sequence !== undefined)
      assert.equal(
        step.rows.length,
        step.parts.reduce((sum, { nRows }) => sum + nRows, 0),
        lineOf(step),
      )
      const decoding = running.filter(({ sequence }) => sequence!.isDecoding).map(({ id }) => id)
      if (step.kind === 'decode') {
        assert.deepEqual(
          step.parts.map(({ slotId, nRows }) => [slotId, nRows]),
          decoding.map((slotId) => [slotId, 1]),
        )
      } else {
        assert.ok(decoding.length === 0 || lastKind !== 'prefill', 'two prefills while somebody waits for a token')
        const isPart = step.parts.some(({ sequence, nRows }) => nRows < sequence.nPending)
        const isGrouped = engine.options.groupAttention.factor > 1 // a step of it ends where a window ends
        const isAwaited = step.parts.some(({ nRows, sequence }) => nRows >= 64 && nRows < sequence.nPending)
        assert.ok(!isPart || isGrouped || isAwaited || step.parts.length === 1, lineOf(step))
      }
      for (const { row, sequence } of step.outputs) assert.equal(step.rows[row]!.token, sequence.tokens.at(-1))
      lastKind = decoding.length === 0 ? 'decode' : step.kind
    }

    /** A slot is idle only when nobody waits for it, and tasks begin in the order in which they came. */
    function checkSlots(): void {
      const finished = new Set(engine.events.filter(({ kind }) => kind === 'finish').map(({ taskId }) => taskId))
      for (const { sequence } of engine.scheduler.slots) if (sequence !== undefined) begun.add(sequence.task.taskId)
      const waiting = [...accepted.values()].filter(
        ({ taskId }) => !begun.has(taskId) && !cancelled.has(taskId) && !finished.has(taskId),
      )
      assert.equal(engine.scheduler.waiting.length, waiting.length)
      if (engine.options.contBatching) {
        const idle = engine.scheduler.slots.filter((slot) => slot.isIdle).map(({ id }) => id)
        for (const { slotId } of waiting) assert.ok(slotId < 0 ? idle.length === 0 : !idle.includes(slotId))
      }
      const first = waiting[0]
      if (first === undefined || first.slotId >= 0) return
      for (const taskId of begun) assert.ok(taskId < first.taskId, `task ${taskId} began before ${first.taskId}`)
    }

    function check(taskId: number): void {
      const alone = runAlone(accepted.get(taskId)!, nCtx)
      const finish = engine.finishOf(taskId)
      assert.equal(engine.textOf(taskId), alone.text, `text of task ${taskId}`)
      assert.deepEqual(
        [finish.reason, finish.truncated, finish.nPast],
        [alone.reason, alone.truncated, alone.cells.length],
        `end of task ${taskId}`,
      )
    }
  })
}

test('nobody in a slot waits longer than the patience and each other slot once (random)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  for (const nSlots of [2, 4, 10]) {
    const engine = new FakeEngine({ nSlots, nCtx: 1500 })
    const waits = new Array<number>(nSlots).fill(0)
    for (let i = 0; i < 700; i++) {
      if (engine.scheduler.waiting.length < 3 && random() < 0.5) {
        const first = 2000 * i
        const length = random() < 0.4 ? 100 + below(1300) : 1 + below(70)
        engine.add({ prompt: Array.from({ length }, (_, k) => first + k), nPredict: 1 + below(30) })
      }
      const occupied = new Set<number>()
      engine.beforeCompute = () => {
        for (const slot of engine.scheduler.slots) if (!slot.isIdle) occupied.add(slot.id)
        return undefined
      }
      const step = engine.step()
      if (step === undefined) continue
      for (const slot of engine.scheduler.slots) {
        const isServed = step.parts.some(({ slotId }) => slotId === slot.id)
        waits[slot.id] = isServed || !occupied.has(slot.id) ? 0 : waits[slot.id]! + 1
        const wait = waits[slot.id]!
        assert.ok(wait <= 8 + 2 * nSlots, `slot ${slot.id} of ${nSlots} waits for ${wait} steps`)
      }
    }
  }
})
