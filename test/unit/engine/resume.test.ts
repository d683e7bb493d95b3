// A task that another engine goes on with: what comes is what the first one would have sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerationEvent } from '../../../src/protocol/event.ts'
import type { GenerationTask } from '../../../src/protocol/task.ts'
import { Journal } from '../../../src/server/engine-client/journal.ts'
import { FakeEngine, type FakeEngineOptions, type NextToken } from '../../support/fake-engine.ts'
import { seededRandom } from '../../support/random.ts'
import { task, tokensFrom } from '../../support/tasks.ts'

/** A token made of all that the cells hold: text goes on rightly only where each of them is right. */
const ofCells: NextToken = (cells) => {
  let hash = 7
  for (const cell of cells) hash = (hash * 31 + cell) % 1_000_003
  return { token: 100 + (hash % 40), isEnd: false }
}

function engineOf(options: FakeEngineOptions, draws: boolean): FakeEngine {
  const engine = new FakeEngine(options)
  engine.next = ofCells
  engine.draws = draws
  return engine
}

type Output = Extract<GenerationEvent, { kind: 'text' | 'finish' }>

function outputs(engine: FakeEngine, taskId: number): Output[] {
  return engine.events.filter(
    (event): event is Output => event.taskId === taskId && (event.kind === 'text' || event.kind === 'finish'),
  )
}

const whole = (events: readonly Output[]) => ({
  text: events.map(({ text }) => text).join(''),
  tokens: events.flatMap(({ tokens }) => tokens),
  reason: events.at(-1)!.kind === 'finish' && (events.at(-1) as Extract<Output, { kind: 'finish' }>).reason,
  truncated: (events.at(-1) as Extract<Output, { kind: 'finish' }>).truncated,
  nPredicted: events.at(-1)!.timings.nPredicted,
})

/** The events until the first engine dies, then those of the next one. */
function killedAfter(
  n: number,
  first: readonly Output[],
  fields: Partial<GenerationTask>,
  engine: FakeEngine,
): Output[] {
  const journal = new Journal()
  const sent = first.slice(0, n)
  for (const event of sent) journal.note(event)
  const resumed = journal.resumed(task(fields)) as GenerationTask
  engine.loop.receive(resumed)
  engine.finishAll()
  return [...sent, ...outputs(engine, resumed.taskId)]
}

test('text, tokens, reason and counts are those of an undisturbed run, wherever it was cut, beside others', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  for (let run = 0; run < 150; run++) {
    const options = { nSlots: 1 + upTo(3), nCtx: 24 + upTo(200), nBatch: 16 + upTo(100), canShift: random() < 0.8 }
    const draws = random() < 0.5
    const fields: Partial<GenerationTask> = {
      prompt: tokensFrom(run * 1000, 1 + upTo(options.nCtx + 20)),
      nPredict: 1 + upTo(250),
      nKeep: upTo(6),
      nDiscard: random() < 0.3 ? 1 + upTo(5) : 0,
      whenContextFull: random() < 0.7 ? 'shift' : 'stop',
      cachePrompt: random() < 0.5,
      stop: random() < 0.5 ? ['111 112 1', '10 ', '1 113'] : [],
    }
    const undisturbed = engineOf(options, draws)
    const taskId = undisturbed.add(fields)
    undisturbed.finishAll()
    const expected = outputs(undisturbed, taskId)
    const next = engineOf(options, draws)
    for (let i = upTo(4); i > 0; i--)
      next.add({ prompt: tokensFrom(upTo(run * 1000), 1 + upTo(30)), nPredict: upTo(40) })
    next.steps(next.scheduler.isIdle ? 0 : 1)
    const n = upTo(expected.length)
    const actual = killedAfter(n, expected, fields, next)
    assert.deepEqual(whole(actual), whole(expected), `run ${run}, killed after event ${n}`)
  }
})

test('a short answer is computed as it was the first time: a row a step', () => {
  const fields = { prompt: tokensFrom(0, 30), nPredict: 40 }
  const first = engineOf({}, true)
  const taskId = first.add(fields)
  first.finishAll()
  const next = engineOf({}, true)
  const shapes: number[] = []
  next.beforeCompute = ({ rows }) => {
    shapes.push(rows.length)
    return undefined
  }
  killedAfter(20, outputs(first, taskId), fields, next)
  assert.deepEqual(shapes, [30, ...Array(39).fill(1)])
})

test('a long one is computed in pieces; where tokens are drawn again they have few rows, since each has its logits', () => {
  const fields = { prompt: tokensFrom(0, 30), nPredict: 400 }
  for (const [draws, sizes] of [
    [false, [330]],
    [true, [64, 64, 64, 64, 64, 10]],
  ] as const) {
    const first = engineOf({}, draws)
    const taskId = first.add(fields)
    first.finishAll()
    const next = engineOf({}, draws)
    const shapes: number[] = []
    next.beforeCompute = ({ kind, rows }) => {
      if (kind === 'prefill') shapes.push(rows.length)
      return undefined
    }
    killedAfter(300, outputs(first, taskId), fields, next)
    assert.deepEqual(shapes, sizes)
  }
})

test('timings go on from those that were sent: the pause is not counted', () => {
  const fields = { prompt: tokensFrom(0, 10), nPredict: 100 }
  const first = engineOf({}, false)
  const taskId = first.add(fields)
  first.finishAll()
  const sent = outputs(first, taskId)
  const next = engineOf({}, false)
  next.nowMs = 1e6
  const { timings } = killedAfter(50, sent, fields, next).at(-1)!
  const before = sent[49]!.timings
  assert.deepEqual([timings.nPrompt, timings.nCached, timings.promptMs], [before.nPrompt, 0, before.promptMs])
  assert.equal(timings.nPredicted, 100)
  assert.ok(timings.predictedMs >= before.predictedMs && timings.predictedMs < before.predictedMs + 100)
})

test('probabilities of a prompt are told once, wherever the engine ended', () => {
  const fields = { prompt: tokensFrom(0, 200), nPredict: 10, nPromptProbs: 1 }
  const told = (engine: FakeEngine, taskId: number) =>
    engine.events.flatMap((event) => (event.kind === 'prompt' && event.taskId === taskId ? event.probs : []))
  const first = engineOf({}, false)
  const taskId = first.add(fields)
  first.steps(2)
  const sent = first.events.filter((event) => event.taskId === taskId)
  const journal = new Journal()
  for (const event of sent) journal.note(event)
  const resumed = journal.resumed(task(fields)) as GenerationTask
  const next = engineOf({}, false)
  next.loop.receive(resumed)
  next.finishAll()
  first.finishAll()
  assert.deepEqual([...told(first, taskId).slice(0, 128), ...told(next, resumed.taskId)], told(first, taskId))
  assert.equal(told(first, taskId).length, 199)
  assert.deepEqual(whole(outputs(next, resumed.taskId)), whole(outputs(first, taskId)))
})
