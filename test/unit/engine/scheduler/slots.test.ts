// Who gets which slot, and when: longest prefix, least recently used, named slots, order of waiting, cancel, the cache.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeEngine, lineOf } from '../../../support/fake-engine.ts'
import { tokensFrom } from '../../../support/tasks.ts'

/** Runs a prompt to its end: one token, so that its slot holds exactly the prompt. */
function runOnce(engine: FakeEngine, prompt: readonly number[], slotId = -1): void {
  engine.add({ prompt, nPredict: 1, slotId })
  engine.finishAll()
}

/** Three idle slots: 0 holds 100..., 1 holds 200..., 2 holds 300..., ten tokens each; 0 was left first. */
function filledEngine(): FakeEngine {
  const engine = new FakeEngine({ nSlots: 3 })
  for (const slotId of [0, 1, 2]) runOnce(engine, tokensFrom(100 * (slotId + 1), 10), slotId)
  return engine
}

describe('which slot', () => {
  test('a prompt goes to the slot with its longest prefix, though another was idle for longer', () => {
    const engine = filledEngine()
    const taskId = engine.add({ prompt: [...tokensFrom(200, 8), 7, 8] })
    engine.step()
    assert.equal(engine.slotOf(taskId), 1)
  })

  test('of two prefixes the longer one counts', () => {
    const engine = new FakeEngine({ nSlots: 3 })
    runOnce(engine, tokensFrom(0, 20), 2)
    runOnce(engine, tokensFrom(0, 10), 0)
    const taskId = engine.add({ prompt: tokensFrom(0, 30) })
    engine.step()
    assert.equal(engine.slotOf(taskId), 2)
  })

  test('without a prefix the slot that was left first is taken, one that was never used before all', () => {
    const engine = filledEngine()
    const first = engine.add({ prompt: tokensFrom(900, 5) })
    engine.step()
    assert.equal(engine.slotOf(first), 0)
    const fresh = new FakeEngine({ nSlots: 3 })
    runOnce(fresh, tokensFrom(0, 5))
    runOnce(fresh, tokensFrom(100, 5))
    assert.deepEqual(
      fresh.scheduler.slots.map(({ stream }) => stream.nCells),
      [5, 5, 0],
    )
  })

  test('a prefix of at most a tenth of the prompt is not worth the slot that was used last', () => {
    for (const [nSame, slotId] of [
      [2, 0],
      [3, 2],
    ] as const) {
      const engine = filledEngine()
      const taskId = engine.add({ prompt: [...tokensFrom(300, nSame), ...tokensFrom(900, 20 - nSame)] })
      engine.step()
      assert.equal(engine.slotOf(taskId), slotId, `${nSame} of 20 tokens`)
    }
  })

  test('with cache_prompt off the slot is the one left first, and everything is computed', () => {
    const engine = filledEngine()
    const prompt = tokensFrom(200, 10)
    const taskId = engine.add({ prompt, cachePrompt: false, nPredict: 1 })
    const step = engine.step()!
    assert.equal(lineOf(step), 'p 0:10')
    assert.deepEqual(step.moves, [{ kind: 'remove', streamId: 0, start: 0, end: -1 }])
    const { timings } = engine.finishOf(taskId)
    assert.deepEqual([timings.nCached, timings.nPrompt], [0, 10])
  })

  test('a named slot is taken, though another holds the prompt', () => {
    const engine = filledEngine()
    const taskId = engine.add({ prompt: tokensFrom(200, 10), slotId: 2 })
    engine.step()
    assert.equal(engine.slotOf(taskId), 2)
  })

  test('two prompts that come together do not get the same slot', () => {
    const engine = filledEngine()
    const prompt = [...tokensFrom(200, 10), 5]
    const [first, second] = [engine.add({ prompt }), engine.add({ prompt })]
    engine.step()
    assert.equal(engine.slotOf(first), 1)
    assert.equal(engine.slotOf(second), 0)
  })
})

describe('waiting for a slot', () => {
  test('a task waits for the slot it named, and those behind it take the others', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    const first = engine.add({ prompt: tokensFrom(0, 5), slotId: 0, nPredict: 3 })
    engine.step()
    const named = engine.add({ prompt: tokensFrom(100, 5), slotId: 0 })
    const other = engine.add({ prompt: tokensFrom(200, 5) })
    engine.step()
    assert.deepEqual([engine.taskIn(0), engine.taskIn(1), engine.scheduler.waiting.length], [first, other, 1])
    while (engine.slotOf(first) !== undefined) engine.step()
    engine.step()
    assert.deepEqual([engine.taskIn(0), engine.taskIn(1), engine.scheduler.waiting.length], [named, other, 0])
  })

  test('tasks without a named slot begin in the order in which they came', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    const taskIds = tokensFrom(0, 7).map((i) =>
      engine.add({ prompt: tokensFrom(100 * i, 5 + i), nPredict: 2 + (i % 3) }),
    )
    const begun: number[] = []
    while (!engine.scheduler.isIdle) {
      const step = engine.step()!
      for (const { sequence } of step.parts) {
        if (!begun.includes(sequence.task.taskId)) begun.push(sequence.task.taskId)
      }
    }
    assert.deepEqual(begun, taskIds)
  })

  test('tasks for one slot begin in the order in which they came', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    const taskIds = tokensFrom(0, 4).map((i) => engine.add({ prompt: tokensFrom(100 * i, 5), slotId: 1, nPredict: 2 }))
    engine.finishAll()
    const finished = engine.events.filter(({ kind }) => kind === 'finish').map(({ taskId }) => taskId)
    assert.deepEqual(finished, taskIds)
    assert.equal(engine.scheduler.slots[0]!.stream.lastUsed, 0)
  })

  test('the slot that gets free goes to the one that waited longest, named or not', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    engine.add({ prompt: [1, 2, 3], nPredict: 1 })
    const [unnamed, named] = [engine.add({ prompt: [4, 5] }), engine.add({ prompt: [6, 7], slotId: 0 })]
    engine.steps(2)
    assert.equal(engine.taskIn(0), unnamed)
    engine.cancel(unnamed)
    engine.step()
    assert.equal(engine.taskIn(0), named)
  })
})

describe('cancel', () => {
  test('a task that waits is gone, and was never run', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    const running = engine.add({ prompt: [1, 2, 3], nPredict: 2 })
    const waiting = engine.add({ prompt: [4, 5, 6] })
    const behind = engine.add({ prompt: [7, 8, 9], nPredict: 2 })
    engine.step()
    assert.equal(engine.cancel(waiting)?.task.taskId, waiting)
    engine.finishAll()
    assert.equal(engine.nRows, 2 * 4)
    engine.finishOf(running)
    engine.finishOf(behind)
    assert.equal(
      engine.events.some(({ taskId }) => taskId === waiting),
      false,
    )
  })

  test('a task that runs frees its slot at once, others go on, and what it computed is reused', () => {
    const engine = new FakeEngine({ nSlots: 2, nBatch: 8 })
    const prompt = tokensFrom(0, 20)
    const cancelled = engine.add({ prompt })
    const other = engine.add({ prompt: tokensFrom(500, 3) })
    assert.equal(lineOf(engine.step()), 'p 1:3')
    assert.equal(lineOf(engine.step()), 'd 1:1')
    assert.equal(lineOf(engine.step()), 'p 0:8')
    assert.equal(engine.cancel(cancelled)?.nComputed, 8)
    assert.deepEqual([engine.taskIn(0), engine.taskIn(1)], [undefined, other])
    const again = engine.add({ prompt, nPredict: 1 })
    engine.cancel(other)
    engine.finishAll()
    assert.equal(engine.finishOf(again).timings.nCached, 8)
  })

  test('the generated tokens of a cancelled task count as its prefix too', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    const cancelled = engine.add({ prompt: [1, 2, 3] })
    engine.steps(4)
    const { tokens } = engine.cancel(cancelled)!
    const next = engine.add({ prompt: [...tokens, 9], nPredict: 1 })
    engine.step()
    assert.equal(engine.finishOf(next).timings.nCached, 6) // the last token was sampled and never computed
  })

  test('a task that has ended, or never was, is nothing to cancel', () => {
    const engine = new FakeEngine()
    const taskId = engine.add({ prompt: [1, 2], nPredict: 1 })
    engine.finishAll()
    assert.equal(engine.cancel(taskId), undefined)
    assert.equal(engine.cancel(-5), undefined)
  })
})

describe('reuse of what a slot holds', () => {
  test('the common prefix is kept, the rest is removed and computed', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    runOnce(engine, tokensFrom(0, 10))
    const taskId = engine.add({ prompt: [...tokensFrom(0, 6), 77, 78], nPredict: 1 })
    const step = engine.step()!
    assert.deepEqual(step.moves, [{ kind: 'remove', streamId: 0, start: 6, end: -1 }])
    assert.deepEqual(
      step.rows.map(({ token, pos }) => [token, pos]),
      [
        [77, 6],
        [78, 7],
      ],
    )
    const { timings, nPromptTokens } = engine.finishOf(taskId)
    assert.deepEqual([timings.nCached, timings.nPrompt, nPromptTokens], [6, 2, 8])
  })

  test('of a prompt that is there as a whole the last token is computed again', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    runOnce(engine, tokensFrom(0, 10))
    const taskId = engine.add({ prompt: tokensFrom(0, 10), nPredict: 1 })
    const step = engine.step()!
    assert.deepEqual(step.moves, [{ kind: 'remove', streamId: 0, start: 9, end: -1 }])
    assert.equal(lineOf(step), 'd 0:1')
    assert.equal(step.outputs.length, 1)
    assert.equal(engine.finishOf(taskId).timings.nCached, 9)
  })

  test('cache_prompt off computes all of a prompt that is there', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    runOnce(engine, tokensFrom(0, 10))
    const taskId = engine.add({ prompt: tokensFrom(0, 12), cachePrompt: false, nPredict: 1 })
    const step = engine.step()!
    assert.deepEqual(step.moves, [{ kind: 'remove', streamId: 0, start: 0, end: -1 }])
    assert.equal(lineOf(step), 'p 0:12')
    assert.equal(engine.finishOf(taskId).timings.nCached, 0)
  })

  test('a prompt that only goes on from what is there needs no move', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    runOnce(engine, tokensFrom(0, 10))
    engine.add({ prompt: tokensFrom(0, 15), nPredict: 1 })
    const step = engine.step()!
    assert.deepEqual([step.moves, lineOf(step)], [[], 'p 0:5'])
  })

  test('a memory that cannot be cut is used again only as a whole', () => {
    const engine = new FakeEngine({ nSlots: 1, canCut: false, canShift: false })
    runOnce(engine, tokensFrom(0, 10))
    engine.add({ prompt: tokensFrom(0, 15), nPredict: 1 })
    assert.equal(lineOf(engine.step()), 'p 0:5')
    for (const prompt of [tokensFrom(0, 15), tokensFrom(0, 12), [...tokensFrom(0, 11), 5, 6]]) {
      const again = engine.add({ prompt, nPredict: 1 })
      const step = engine.step()!
      assert.deepEqual(step.moves, [{ kind: 'remove', streamId: 0, start: 0, end: -1 }])
      assert.equal(lineOf(step), `p 0:${prompt.length}`)
      assert.equal(engine.finishOf(again).timings.nCached, 0)
    }
  })

  test('n_predict 0 computes the prompt into the cache, wants no logits and generates nothing', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    const prompt = tokensFrom(0, 600)
    const warm = engine.add({ prompt, nPredict: 0 })
    const steps = engine.finishAll()
    assert.deepEqual(steps.map(lineOf), ['p 0:512', 'p 0:88'])
    assert.ok(steps.every((step) => step.outputs.length === 0 && step.rows.every((row) => !row.wantsLogits)))
    const finish = engine.finishOf(warm)
    assert.deepEqual([finish.reason, finish.text, finish.timings.nPredicted, finish.nPast], ['limit', '', 0, 600])
    const next = engine.add({ prompt: [...prompt, 9], nPredict: 1 })
    engine.finishAll()
    assert.equal(engine.finishOf(next).timings.nCached, 600)
  })

  test('n_predict 0 of a prompt that is there ends all the same', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    for (let i = 0; i < 2; i++) {
      const taskId = engine.add({ prompt: [1, 2, 3], nPredict: 0 })
      engine.finishAll()
      assert.equal(engine.finishOf(taskId).reason, 'limit')
    }
  })

  test('a refused cut makes a running sequence start anew, and what it reports as cached is true', () => {
    const engine = new FakeEngine({ nSlots: 1, refusesCut: () => true })
    runOnce(engine, tokensFrom(0, 10))
    const taskId = engine.add({ prompt: [...tokensFrom(0, 6), 77, 78], nPredict: 2 })
    assert.equal(lineOf(engine.step()), 'p 0:8')
    engine.finishAll()
    const { timings, text } = engine.finishOf(taskId)
    assert.equal(text, '1000009 ')
    assert.deepEqual([timings.nCached, timings.nPrompt], [0, 8])
  })

  test('a decode step that was dropped for a refused cut is no turn: who writes does not wait for two prefills', () => {
    const engine = new FakeEngine({ nSlots: 3, refusesCut: () => true })
    runOnce(engine, tokensFrom(0, 30), 1)
    engine.add({ prompt: tokensFrom(200, 10), slotId: 0 })
    engine.add({ prompt: tokensFrom(300, 200), slotId: 2 })
    assert.deepEqual(engine.steps(3).map(lineOf), ['p 0:10 2:200', 'd 0:1 2:1', 'd 0:1 2:1'])
    engine.cancel(engine.taskIn(2)!)
    engine.add({ prompt: tokensFrom(400, 200), slotId: 2 })
    assert.equal(lineOf(engine.step()), 'p 2:64')
    engine.add({ prompt: [...tokensFrom(0, 20), ...tokensFrom(600, 200)], slotId: 1 })
    assert.deepEqual(engine.steps(3).map(lineOf), ['d 0:1', 'p 2:64', 'd 0:1'])
  })

  test('forgetting the cells of an idle slot leaves it without a prefix', () => {
    const engine = filledEngine()
    engine.forget(1)
    const taskId = engine.add({ prompt: [...tokensFrom(200, 10), 1] })
    assert.equal(lineOf(engine.step()), 'p 0:11')
    assert.equal(engine.slotOf(taskId), 0)
  })

  test('forgetting the cells in the middle of a generation computes prompt and generated tokens again, and goes on', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    const taskId = engine.add({ prompt: [1, 2, 3], nPredict: 5 })
    engine.steps(3)
    engine.forget(0)
    assert.equal(lineOf(engine.step()), 'p 0:6')
    engine.finishAll()
    assert.equal(engine.finishOf(taskId).nPast, 3 + 4)
    const text = engine.events.map((event) => ('text' in event ? event.text : '')).join('')
    assert.equal(text, '1000003 1000004 1000005 1000006 1000007 ')
  })
})
