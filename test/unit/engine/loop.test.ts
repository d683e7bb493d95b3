// The loop itself on a fake context: what comes in, what is computed, and what is sent.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises'
import { RequestError } from '../../../src/base/errors.ts'
import type { Choosing, TokenSampler } from '../../../src/engine/generation/token-sampler.ts'
import type { StepMessage, TaskEvent } from '../../../src/protocol/event.ts'
import { FakeEngine, lineOf } from '../../support/fake-engine.ts'
import { neutralSampling, task, tokensFrom } from '../../support/tasks.ts'

const eventsOf = (engine: FakeEngine, taskId: number) => engine.events.filter((event) => event.taskId === taskId)

function errorOf(engine: FakeEngine, taskId: number) {
  const events = eventsOf(engine, taskId)
  const last = events.at(-1)
  assert.equal(last?.kind, 'error', `the last event of task ${taskId}`)
  assert.equal(events.filter(({ kind }) => kind === 'error' || kind === 'finish').length, 1, 'exactly one last event')
  return last?.kind === 'error' ? last.error : undefined
}

describe('admission', () => {
  test('a task becomes a sequence in the queue, and nothing is computed before the next turn', () => {
    const engine = new FakeEngine()
    const taskId = engine.add({ prompt: [1, 2, 3], nPredict: 2 })
    assert.deepEqual([engine.scheduler.waiting.length, engine.nRows, engine.messages], [1, 0, []])
    engine.finishAll()
    assert.deepEqual([engine.finishOf(taskId).reason, engine.textOf(taskId)], ['limit', '1000003 1000004 '])
  })

  test('a prompt that does not fit is refused with the numbers, or cut, as the task says', () => {
    const engine = new FakeEngine({ nCtx: 16 })
    const refused = engine.add({ prompt: tokensFrom(0, 16), whenPromptTooLong: 'refuse' })
    const cut = engine.add({ prompt: tokensFrom(0, 40), nPredict: 1 })
    engine.turn()
    assert.deepEqual(errorOf(engine, refused)?.details, { n_prompt_tokens: 16, n_ctx: 16 })
    assert.equal(engine.finishOf(cut).truncated, true)
  })

  test('an image that is computed at once and is too wide is refused', () => {
    const engine = new FakeEngine({ nBatch: 8 })
    const image = {
      start: 0,
      nTokens: 9,
      nPos: 9,
      isNonCausal: true,
      positions: undefined,
      embeddings: new Float32Array(9),
    }
    const taskId = engine.add({ prompt: [...tokensFrom(-9, 9), 1], images: [image], whenContextFull: 'stop' })
    engine.turn()
    assert.match(errorOf(engine, taskId)?.message ?? '', /-ub 8/)
  })

  test('a task that cannot be sampled ends with the reason, and others go on', () => {
    const engine = new FakeEngine()
    const { makeSampler } = engine
    engine.makeSampler = (made) => {
      if (made.sampling.grammar !== '') throw new RequestError('invalid_request', 'no such grammar')
      return makeSampler(made)
    }
    const good = engine.add({ prompt: [1, 2], nPredict: 3 })
    const bad = engine.add({ prompt: [3, 4], sampling: { ...task().sampling, grammar: 'x' } })
    engine.finishAll()
    assert.equal(errorOf(engine, bad)?.message, 'no such grammar')
    assert.equal(engine.finishOf(good).timings.nPredicted, 3)
  })
})

describe('cancel', () => {
  test('the slot is free before the next step, keeps its cells, and its sampler is freed once', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    const { makeSampler } = engine
    let nFreed = 0
    engine.makeSampler = (made) => ({ ...makeSampler(made), free: () => nFreed++ })
    const taskId = engine.add({ prompt: [1, 2, 3] })
    const next = engine.add({ prompt: [1, 2, 3, 4], nPredict: 1 })
    engine.steps(2)
    engine.cancel(taskId)
    engine.cancel(taskId)
    assert.equal(nFreed, 1)
    engine.step()
    assert.equal(engine.finishOf(next).timings.nCached, 3)
    assert.equal(nFreed, 2)
    assert.ok(eventsOf(engine, taskId).every(({ kind }) => kind === 'text'))
  })
})

describe('a full context and a full cache', () => {
  test('a generation that may shift goes on past its context, one that may not ends with limit', () => {
    const engine = new FakeEngine({ nCtx: 12 })
    const shifts = engine.add({ prompt: tokensFrom(0, 6), nPredict: 30 })
    const stops = engine.add({ prompt: tokensFrom(100, 6), whenContextFull: 'stop' })
    engine.finishAll()
    assert.deepEqual(
      [shifts, stops].map((taskId) => engine.finishOf(taskId)).map((end) => [end.truncated, end.timings.nPredicted]),
      [
        [true, 30],
        [true, 6],
      ],
    )
  })

  test('a pool that is full takes the cells of idle slots, and no sequence ends', () => {
    const engine = new FakeEngine({ nSlots: 3, nPool: 40 })
    engine.add({ prompt: tokensFrom(0, 20), nPredict: 1 })
    engine.finishAll()
    const taskId = engine.add({ prompt: tokensFrom(100, 10), nPredict: 20 })
    engine.finishAll()
    assert.equal(engine.finishOf(taskId).timings.nPredicted, 20)
    assert.deepEqual(
      engine.cache.streams.map(({ nCells }) => nCells),
      [0, 29, 0],
    )
  })

  test('without idle slots the sequences of the step end with the reason, and the next task has the room', () => {
    const engine = new FakeEngine({ nPool: 20 })
    const both = [engine.add({ prompt: tokensFrom(0, 8) }), engine.add({ prompt: tokensFrom(100, 8) })]
    while (!engine.scheduler.isIdle) engine.turn()
    for (const taskId of both) assert.match(errorOf(engine, taskId)?.message ?? '', /Context size has been exceeded/)
    const next = engine.add({ prompt: tokensFrom(0, 15), nPredict: 2 })
    engine.finishAll()
    assert.equal(engine.finishOf(next).timings.nCached, 0)
  })
})

test('a decode that fails ends the sequences of its step with its code, and no others', () => {
  const engine = new FakeEngine({ nSlots: 2 })
  const stream = engine.add({ prompt: [1, 2, 3], nPredict: 6 })
  engine.steps(2)
  const prompt = engine.add({ prompt: tokensFrom(100, 90) })
  engine.beforeCompute = (step) => (lineOf(step).startsWith('p') ? -3 : 0)
  while (!engine.scheduler.isIdle) engine.turn()
  assert.match(errorOf(engine, prompt)?.message ?? '', /llama_decode returned -3/)
  assert.equal(engine.finishOf(stream).timings.nPredicted, 6)
  assert.equal(engine.cache.stream(1).nCells, 0)
})

test('embeddings take turns with streams: between two tokens lies one step of them', () => {
  const done: string[] = []
  let nLeft = 3
  const embedder = {
    get isIdle() {
      return nLeft === 0
    },
    accept: () => [],
    cancel: () => {},
    measureDecode: () => done.push('d'),
    run: (someoneWaits: boolean) => {
      nLeft--
      done.push(someoneWaits ? 'e' : 'E')
      const events: TaskEvent[] = [{ kind: 'embedding', taskId: -7, index: nLeft, vector: Float32Array.of(1) }]
      return { events: events as never, work: null }
    },
  }
  const engine = new FakeEngine({ embedder })
  engine.add({ prompt: [1, 2], nPredict: 3 })
  while (!engine.loop.isIdle) engine.turn()
  assert.equal(done.join(''), 'EdedE') // before the first token prompts and embeddings take turns
  assert.equal(eventsOf(engine, -7).length, 3)
})

describe('a limit in time for the prompt', () => {
  test('ends the task when it is over, with what was computed and no token', () => {
    const engine = new FakeEngine({ nBatch: 2048 })
    engine.msOf = ({ rows }) => rows.length
    const taskId = engine.add({ prompt: tokensFrom(0, 2000), nPredict: 4, tMaxPromptMs: 1000 })
    assert.deepEqual(
      engine.finishAll().map(({ rows }) => rows.length),
      [512, 512],
    )
    const { reason, nPast, timings } = engine.finishOf(taskId)
    assert.deepEqual([reason, nPast], ['limit', 1024])
    assert.deepEqual(timings, { nCached: 0, nPrompt: 1024, promptMs: 1024, nPredicted: 0, predictedMs: 0 })
    const next = engine.add({ prompt: tokensFrom(0, 2000), nPredict: 1 })
    engine.finishAll()
    assert.equal(engine.finishOf(next).timings.nCached, 1024)
  })

  test('is no limit for what comes after a prompt that is whole', () => {
    const engine = new FakeEngine()
    engine.msOf = () => 600
    const taskId = engine.add({ prompt: tokensFrom(0, 100), nPredict: 4, tMaxPromptMs: 500 })
    engine.finishAll()
    assert.equal(engine.finishOf(taskId).timings.nPredicted, 4)
  })
})

describe('what is sent', () => {
  test('a step is one message with its events, its work and the slots that changed', () => {
    const engine = new FakeEngine()
    engine.add({ prompt: [1, 2, 3] })
    engine.step()
    engine.messages.length = 0
    engine.step()
    assert.equal(engine.messages.length, 1)
    const { events, slots, work } = engine.messages[0] as StepMessage
    assert.deepEqual([events.length, slots, work?.nGenerated], [1, [{ id: 0, nCells: 4, nPredicted: 2 }], 1])
  })

  test('who begins is sent before the rows are computed', () => {
    const engine = new FakeEngine()
    const taskId = engine.add({ prompt: [1, 2, 3] })
    let sent: unknown
    engine.beforeCompute = () => {
      sent = (engine.messages.at(-1) as StepMessage).slots[0]?.taskId
      return 0
    }
    engine.step()
    assert.equal(sent, taskId)
  })
})

describe('run()', () => {
  test('takes messages between steps, sleeps when idle, and ends when told to stop', async () => {
    const engine = new FakeEngine()
    const running = engine.loop.run()
    const made = task({ prompt: [1, 2, 3], nPredict: 2 })
    engine.inbox.push(made)
    for (let i = 0; i < 10; i++) await turnOfTheEventLoop()
    engine.check()
    assert.equal(engine.finishOf(made.taskId).reason, 'limit')
    const { nRows } = engine
    engine.inbox.push({ kind: 'control', taskId: 1_000, action: 'erase-slot', ask: { slotId: 0 } })
    for (let i = 0; i < 4; i++) await turnOfTheEventLoop()
    assert.deepEqual(
      engine.messages.find(({ kind }) => kind === 'control'),
      {
        kind: 'control',
        event: { kind: 'done', taskId: 1_000, answer: { nErased: 4 } },
      },
    )
    assert.equal(engine.nRows, nRows)
    engine.inbox.push({ kind: 'stop' })
    await running
  })
})

describe('a reader that does not keep up', () => {
  test('gets no rows until it goes on, keeps its slot, and others go on', () => {
    const engine = new FakeEngine({ nSlots: 2 })
    const [slow, other] = [engine.add({ prompt: [1, 2, 3] }), engine.add({ prompt: [4, 5, 6] })]
    engine.steps(2)
    engine.loop.receive({ kind: 'pause', taskId: slow })
    assert.deepEqual(engine.steps(3).map(lineOf), ['d 1:1', 'd 1:1', 'd 1:1'])
    assert.equal(engine.slotOf(slow), 0)
    engine.cancel(other)
    assert.equal(engine.step(), undefined)
    engine.loop.receive({ kind: 'resume', taskId: slow })
    assert.equal(lineOf(engine.step()), 'd 0:1')
  })

  test('is paused in the queue as well, and nothing happens when the task has ended', () => {
    const engine = new FakeEngine({ nSlots: 1 })
    const first = engine.add({ prompt: [1], nPredict: 2 })
    const second = engine.add({ prompt: [2], nPredict: 2 })
    engine.loop.receive({ kind: 'pause', taskId: second })
    engine.steps(2)
    engine.finishOf(first)
    assert.equal(engine.step(), undefined)
    engine.loop.receive({ kind: 'pause', taskId: first })
    engine.loop.receive({ kind: 'resume', taskId: second })
    engine.finishAll()
    engine.finishOf(second)
  })

  test('has the loop sleep when nothing else can be done, an order that waits for its slot included', async () => {
    const engine = new FakeEngine({ nSlots: 1 })
    const running = engine.loop.run()
    const made = task({ prompt: [1, 2] })
    engine.inbox.push(made)
    engine.inbox.push({ kind: 'pause', taskId: made.taskId })
    engine.inbox.push({ kind: 'control', taskId: 9_000, action: 'erase-slot', ask: { slotId: 0 } })
    for (let i = 0; i < 5; i++) await turnOfTheEventLoop()
    let nTurns = 0
    const { turn } = engine.loop
    engine.loop.turn = () => {
      nTurns++
      turn.call(engine.loop)
    }
    for (let i = 0; i < 20; i++) await turnOfTheEventLoop()
    assert.equal(nTurns, 0)
    engine.inbox.push({ kind: 'cancel', taskId: made.taskId })
    for (let i = 0; i < 5; i++) await turnOfTheEventLoop()
    assert.ok(
      engine.messages.some((message) => message.kind === 'control'),
      'the order is carried out',
    )
    engine.inbox.push({ kind: 'stop' })
    await running
  })
})

describe('a generation without an end', () => {
  const endless = { prompt: tokensFrom(0, 6), nPredict: -1 }

  test('goes on while no request waits, and ends with limit once it has shifted and one does', () => {
    const engine = new FakeEngine({ nSlots: 1, nCtx: 16 })
    const taskId = engine.add(endless)
    engine.steps(60)
    assert.equal(engine.slotOf(taskId), 0)
    const next = engine.add({ prompt: [7, 8], nPredict: 2 })
    engine.finishAll()
    const { reason, truncated } = engine.finishOf(taskId)
    assert.deepEqual([reason, truncated, engine.finishOf(next).timings.nPredicted], ['limit', true, 2])
  })

  test('is not ended before it has shifted, nor when it has a limit that it may reach', () => {
    const engine = new FakeEngine({ nSlots: 2, nCtx: 16 })
    const limited = engine.add({ ...endless, nPredict: 100 })
    const young = engine.add({ ...endless, prompt: [9] })
    engine.steps(12)
    const next = engine.add({ prompt: [7, 8], nPredict: 2 })
    engine.step()
    assert.deepEqual([engine.slotOf(limited), engine.slotOf(young)], [0, 1])
    engine.steps(10)
    assert.deepEqual([engine.slotOf(limited), engine.slotOf(young)], [0, undefined])
    engine.finishOf(next)
  })

  test('as many end as requests wait, and the slot that is named is the one that gets free', () => {
    const engine = new FakeEngine({ nSlots: 3, nCtx: 16 })
    const all = [0, 1, 2].map((slotId) => engine.add({ ...endless, slotId }))
    engine.steps(40)
    engine.add({ prompt: [7, 8], slotId: 2, nPredict: 1 })
    engine.step()
    assert.deepEqual(
      all.map((taskId) => engine.slotOf(taskId)),
      [0, 1, undefined],
    )
  })

  test('is ended by a limit that is as good as none, and while it is paused', () => {
    const engine = new FakeEngine({ nSlots: 1, nCtx: 16 })
    const taskId = engine.add({ ...endless, nPredict: 2 ** 31 - 1 })
    engine.steps(40)
    engine.loop.receive({ kind: 'pause', taskId })
    const next = engine.add({ prompt: [7, 8], nPredict: 1 })
    engine.finishAll()
    assert.equal(engine.finishOf(taskId).reason, 'limit')
    engine.finishOf(next)
  })
})

describe('a mistake of the engine in one request', () => {
  test('while it is admitted or sampled ends that request with an error and goes to the log', () => {
    const engine = new FakeEngine()
    const { makeSampler } = engine
    engine.makeSampler = (made) => {
      if (made.nKeep === 7) throw new RangeError('Maximum call stack size exceeded')
      return makeSampler(made)
    }
    const good = engine.add({ prompt: [1, 2], nPredict: 3 })
    const bad = engine.add({ prompt: [3, 4], nKeep: 7 })
    const worse = engine.add({ prompt: [] })
    engine.finishAll()
    for (const taskId of [bad, worse]) assert.match(errorOf(engine, taskId)?.message ?? '', /the engine failed/)
    assert.equal(engine.messages.filter(({ kind }) => kind === 'log').length, 2)
    engine.finishOf(good)
  })
})

describe('a token that takes long to choose', () => {
  /** An engine whose tasks with nKeep 5 need three parts for each token. */
  function slowEngine() {
    const engine = new FakeEngine({ nSlots: 2 })
    const { makeSampler } = engine
    let nParts = 0
    engine.makeSampler = (made) => {
      const sampler = makeSampler(made) as TokenSampler
      if (made.nKeep !== 5) return sampler
      const sample = (row: number): Choosing => {
        const token = sampler.sample(row)
        const part = (nLeft: number): Choosing => {
          nParts++
          return nLeft === 0 ? token : () => part(nLeft - 1)
        }
        return part(2)
      }
      return { ...sampler, sample }
    }
    return { engine, nParts: () => nParts }
  }

  test('lets the steps of others come between its parts, and its own sequence waits', () => {
    const { engine, nParts } = slowEngine()
    const [slow, other] = [
      engine.add({ prompt: [1, 2, 3], nKeep: 5, nPredict: 3 }),
      engine.add({ prompt: [4, 5, 6], nPredict: 40 }),
    ]
    const lines = engine.finishAll().map(lineOf)
    assert.deepEqual(lines.slice(0, 5), ['p 0:3 1:3', 'd 1:1', 'd 0:1 1:1', 'd 1:1', 'd 0:1 1:1'])
    assert.equal(engine.textOf(slow), '1000003 1000004 1000005 ')
    assert.equal(engine.finishOf(other).timings.nPredicted, 40)
    assert.equal(nParts(), 9)
  })

  test('goes on alone while nothing else can be done, and may be cancelled in the middle', () => {
    const { engine, nParts } = slowEngine()
    const taskId = engine.add({ prompt: [1, 2, 3], nKeep: 5 })
    engine.turn()
    engine.turn()
    assert.equal(nParts(), 2)
    engine.cancel(taskId)
    engine.turn()
    assert.deepEqual([nParts(), engine.loop.isIdle, eventsOf(engine, taskId)], [2, true, []])
    const next = engine.add({ prompt: [1, 2, 3, 4], nPredict: 1 })
    engine.finishAll()
    assert.equal(engine.finishOf(next).timings.nCached, 3)
  })

  test('ends its request where it fails on the way', () => {
    const engine = new FakeEngine()
    const tooLarge = () => {
      throw new RequestError('invalid_request', 'the grammar is too large')
    }
    const { makeSampler } = engine
    engine.makeSampler = (made) => ({ ...makeSampler(made), sample: () => tooLarge })
    const taskId = engine.add({ prompt: [1, 2, 3] })
    engine.turn()
    engine.turn()
    assert.equal(errorOf(engine, taskId)?.message, 'the grammar is too large')
    assert.equal(engine.loop.isIdle, true)
  })
})

describe('a sampler that takes long to make', () => {
  function preparing() {
    const engine = new FakeEngine({ nSlots: 1 })
    const { makeSampler } = engine
    let nFreed = 0
    let settle: { resolve: (sampler: TokenSampler) => void; reject: (error: Error) => void } | undefined
    engine.makeSampler = (made) => {
      if (made.sampling.dryMultiplier === 0) return makeSampler(made)
      return new Promise((resolve, reject) => {
        settle = { resolve, reject }
      })
    }
    const slow = engine.add({ prompt: [1, 2, 3], nPredict: 1, sampling: { ...neutralSampling, dryMultiplier: 1 } })
    const sampler = { ...(makeSampler(task()) as TokenSampler), free: () => nFreed++ }
    return {
      engine,
      slow,
      resolve: () => settle!.resolve(sampler),
      reject: (e: Error) => settle!.reject(e),
      nFreed: () => nFreed,
    }
  }

  test('has its task wait without a slot, and those behind it go first', async () => {
    const { engine, slow, resolve } = preparing()
    const other = engine.add({ prompt: [7, 8], nPredict: 1 })
    assert.equal(lineOf(engine.step()), 'p 0:2')
    engine.finishOf(other)
    assert.equal(engine.step(), undefined)
    resolve()
    await turnOfTheEventLoop()
    engine.finishAll()
    engine.finishOf(slow)
  })

  test('is freed when the client left meanwhile, and ends the task when it cannot be made', async () => {
    const cancelled = preparing()
    cancelled.engine.cancel(cancelled.slow)
    cancelled.resolve()
    await turnOfTheEventLoop()
    assert.deepEqual([cancelled.nFreed(), cancelled.engine.loop.isIdle], [1, true])
    const failed = preparing()
    failed.reject(new RequestError('invalid_request', 'cannot be read'))
    await turnOfTheEventLoop()
    failed.engine.turn()
    assert.equal(errorOf(failed.engine, failed.slow)?.message, 'cannot be read')
  })
})

describe('a prompt whose probabilities are asked for', () => {
  const judged = (engine: FakeEngine, taskId: number) =>
    eventsOf(engine, taskId).flatMap((event) => (event.kind === 'prompt' ? event.probs.map(({ token }) => token) : []))

  test('is computed anew, in steps of few rows, and each of its tokens but the first is told of', () => {
    const engine = new FakeEngine({ nBatch: 256 })
    const prompt = tokensFrom(1, 150)
    engine.add({ prompt, nPredict: 1 })
    engine.finishAll()
    const nRows: number[] = []
    engine.beforeCompute = ({ rows }) => void nRows.push(rows.length)
    const taskId = engine.add({ prompt, nPredict: 1, nPromptProbs: 2 })
    engine.finishAll()
    assert.deepEqual(judged(engine, taskId), prompt.slice(1))
    assert.deepEqual(nRows, [64, 64, 22])
    assert.equal(engine.finishOf(taskId).timings.nCached, 0)
    assert.equal(engine.finishOf(taskId).timings.nPredicted, 1)
  })

  test('is told of from the first token behind a system prompt, which the cache may hold', () => {
    const engine = new FakeEngine()
    engine.add({ prompt: tokensFrom(1, 10), nPredict: 1 })
    engine.finishAll()
    const taskId = engine.add({ prompt: tokensFrom(1, 10), nSystem: 6, nPredict: 0, nPromptProbs: 0 })
    engine.finishAll()
    assert.deepEqual(judged(engine, taskId), [7, 8, 9, 10])
    assert.equal(engine.finishOf(taskId).timings.nCached, 5)
  })
})
