// A context that is full: which cells go, and where the others move. The reference moves each cell by itself, as
// the specification (docs/glossary.md) does it: seq_rm(n_keep + 1, n_keep + 1 + n_discard), then seq_add of
// -n_discard to all behind.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeEngine, lineOf } from '../../../support/fake-engine.ts'
import { tokensFrom } from '../../../support/tasks.ts'

/** The tokens of a full context after its shift. @param nKeep as it works, not as it was asked. */
function shiftedSlowly(tokens: readonly number[], nKeep: number): number[] {
  const nLeft = tokens.length - nKeep - 1
  const nDiscard = Math.floor(nLeft / 2)
  const atPos = new Map<number, number>()
  for (const [pos, token] of tokens.entries()) {
    if (pos <= nKeep) atPos.set(pos, token)
    else if (pos >= nKeep + 1 + nDiscard) atPos.set(pos - nDiscard, token)
  }
  return Array.from({ length: tokens.length - nDiscard }, (_, pos) => {
    assert.ok(atPos.has(pos), `a hole at ${pos}`)
    return atPos.get(pos)!
  })
}

const memories = [
  { canCut: true, canShift: true },
  { canCut: true, canShift: false },
  { canCut: false, canShift: false },
]

const nCtx = 24
const nPrompt = 7

for (const memory of memories) {
  for (const [asked, nKeep] of [
    [0, 0],
    [3, 3],
    [nPrompt, nPrompt],
    [-1, nPrompt],
    [12, 12],
    [nCtx - 5, nCtx - 5],
    [nCtx - 4, nCtx - 4],
    [nCtx, nCtx - 4],
    [1000, nCtx - 4],
  ] as const) {
    test(`a full context drops the older half after n_keep ${asked} and goes on (${JSON.stringify(memory)})`, () => {
      const engine = new FakeEngine({ nSlots: 1, nCtx, ...memory })
      const taskId = engine.add({ prompt: tokensFrom(0, nPrompt), nKeep: asked })
      let tokens = tokensFrom(0, nPrompt)
      let nGenerated = 0
      engine.next = () => ({ token: 100 + nGenerated++, isEnd: false })
      engine.step()
      for (let nShifts = 0; nShifts < 5; ) {
        const isFull = tokens.length === nCtx
        if (isFull) tokens = shiftedSlowly(tokens, nKeep)
        tokens.push(100 + nGenerated - 1)
        const step = engine.step()!
        assert.deepEqual(engine.context.tokens(0), tokens)
        assert.equal(step.rows.at(-1)!.pos, tokens.length - 1)
        assert.equal(step.rows.length, isFull && !memory.canShift ? tokens.length : 1)
        if (isFull) nShifts++
        else assert.deepEqual(step.moves, [])
      }
      assert.equal(engine.cancel(taskId)!.isTruncated, true)
    })
  }
}

test('a context shift of one slot leaves the others alone', () => {
  const engine = new FakeEngine({ nSlots: 3, nCtx: 32 })
  for (const [i, length] of [20, 9, 14].entries()) engine.add({ prompt: tokensFrom(100 * i, length), nKeep: i })
  let nShifts = 0
  for (let i = 0; i < 100; i++) {
    const before = [0, 1, 2].map((slotId) => engine.context.tokens(slotId))
    const step = engine.step()!
    const shifted = step.moves.map(({ streamId }) => streamId)
    for (const slotId of [0, 1, 2]) {
      if (shifted.includes(slotId)) continue
      const own = step.rows.filter(({ seqId }) => seqId === slotId).map(({ token }) => token)
      assert.deepEqual(engine.context.tokens(slotId), [...before[slotId]!, ...own])
    }
    if (shifted.length > 0) nShifts++
  }
  assert.ok(nShifts >= 9)
})

test('a context that was shifted is a prefix for the next prompt as far as it goes', () => {
  const engine = new FakeEngine({ nSlots: 1, nCtx: 16 })
  const prompt = tokensFrom(0, 10)
  engine.add({ prompt, nKeep: 4, nPredict: 12 })
  engine.finishAll()
  const next = engine.add({ prompt, nPredict: 1 })
  engine.finishAll()
  assert.equal(engine.finishOf(next).timings.nCached, 5)
})

test('a memory that cannot shift computes the rest of a full context again, in pieces while others decode', () => {
  const engine = new FakeEngine({ nSlots: 2, nCtx: 256, canShift: false })
  engine.add({ prompt: tokensFrom(0, 250) })
  engine.add({ prompt: tokensFrom(1000, 3) })
  while (engine.context.tokens(0).length < 256) engine.step()
  const lines = engine.steps(5).map(lineOf)
  assert.deepEqual(lines, ['p 0:64', 'd 1:1', 'p 0:66', 'd 0:1 1:1', 'd 0:1 1:1'])
})

test('a task that may not shift ends with `limit` when the context is full', () => {
  const engine = new FakeEngine({ nSlots: 1, nCtx: 16 })
  const taskId = engine.add({ prompt: tokensFrom(0, 10), whenContextFull: 'stop' })
  engine.finishAll()
  const { reason, truncated, timings } = engine.finishOf(taskId)
  assert.deepEqual([reason, truncated, timings.nPredicted], ['limit', true, 6])
})
