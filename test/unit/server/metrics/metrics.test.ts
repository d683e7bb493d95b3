import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerationEvent, StepMessage } from '../../../../src/protocol/event.ts'
import type { SlotChange, StepWork } from '../../../../src/protocol/report.ts'
import type { Timings } from '../../../../src/protocol/timings.ts'
import { Metrics } from '../../../../src/server/metrics/metrics.ts'

const gauges = { nBusy: () => 2, nWaiting: () => 5, nCells: () => 40, nCellsMax: () => 100 }

const timings: Timings = { nCached: 0, nPrompt: 0, promptMs: 0, nPredicted: 0, predictedMs: 0 }
const text = (taskId: number, nPredicted: number, predictedMs: number): GenerationEvent => ({
  kind: 'text',
  taskId,
  slotId: 0,
  text: 'x',
  tokens: [],
  probs: [],
  timings: { ...timings, nPredicted, predictedMs },
})
const end = (taskId: number, nPredicted: number, predictedMs: number): GenerationEvent => ({
  ...(text(taskId, nPredicted, predictedMs) as Extract<GenerationEvent, { kind: 'text' }>),
  kind: 'finish',
  reason: 'limit',
  stoppingWord: '',
  nPromptTokens: 4,
  nPast: 77,
  truncated: false,
})

type Step = { slots?: SlotChange[]; events?: GenerationEvent[]; work?: StepWork }
const step = ({ slots = [], events = [], work }: Step): StepMessage => ({
  kind: 'step',
  slots,
  events,
  work: work ?? null,
})

/** The value of a sample, by the beginning of its line. */
async function sampleOf(metrics: Metrics, sample: string): Promise<number> {
  const line = (await metrics.text()).split('\n').find((row) => row.startsWith(`${sample} `))
  assert.ok(line !== undefined, `there is no ${sample}`)
  return Number(line.slice(sample.length + 1))
}

const work: StepWork = { ms: 100, nRows: 10, nPromptRows: 10, nGenerated: 1, nBusy: 1 }

test('a step is counted under the names of llama-server, its time shared by its rows', async () => {
  const metrics = new Metrics(gauges)
  metrics.observer.stepped(step({ work }))
  metrics.observer.stepped(step({ work: { ms: 40, nRows: 4, nPromptRows: 1, nGenerated: 4, nBusy: 3 } }))
  const values = [
    ['prompt_tokens_total', 11],
    ['tokens_predicted_total', 5],
    ['n_decode_total', 2],
    ['prompt_seconds_total', 0.11],
    ['tokens_predicted_seconds_total', 0.03],
    ['prompt_tokens_seconds', 100],
    ['predicted_tokens_seconds', 100],
    ['n_busy_slots_per_decode', 2],
    ['requests_processing', 2],
    ['requests_deferred', 5],
  ] as const
  for (const [name, value] of values) {
    assert.ok(Math.abs((await sampleOf(metrics, `llamacpp:${name}`)) - value) < 1e-9, name)
  }
})

test('to read them changes nothing', async () => {
  const metrics = new Metrics(gauges)
  metrics.observer.stepped(step({ work }))
  const ours = (text: string) => text.split('\n').filter((row) => /^(llamacpp:|cria_)/.test(row))
  const first = ours(await metrics.text())
  assert.ok(first.length > 50)
  assert.deepEqual(ours(await metrics.text()), first)
})

test('a request is counted once when it gets a slot: its wait, its prompt, and what the cache had of it', async () => {
  const metrics = new Metrics(gauges)
  metrics.observer.sent(1)
  metrics.observer.stepped(step({ slots: [{ id: 0, taskId: 1, nCells: 30, nPrompt: 40, nCached: 30 }] }))
  metrics.observer.stepped(step({ slots: [{ id: 0, nCells: 40 }] }))
  for (const [name, value] of [
    ['cria_queue_seconds_count', 1],
    ['cria_prompt_tokens_sum', 40],
    ['cria_prefix_cache_queried_tokens_total', 40],
    ['cria_prefix_cache_hit_tokens_total', 30],
    ['llamacpp:prompt_tokens_cached_total', 30],
    ['llamacpp:n_tokens_max', 40],
  ] as const) {
    assert.equal(await sampleOf(metrics, name), value, name)
  }
})

test('what a prompt gets from the cache after its slot is counted, each token once', async () => {
  const metrics = new Metrics(gauges)
  for (const slots of [
    [{ id: 0, taskId: 1, nPrompt: 40, nCached: 5 }],
    [{ id: 0, nCached: 30 }],
    [{ id: 0, nPredicted: 1 }],
    [{ id: 0, taskId: null, nCached: 0 }],
    [{ id: 0, taskId: 2, nPrompt: 40, nCached: 7 }],
  ]) {
    metrics.observer.stepped(step({ slots }))
  }
  for (const name of ['cria_prefix_cache_hit_tokens_total', 'llamacpp:prompt_tokens_cached_total']) {
    assert.equal(await sampleOf(metrics, name), 37, name)
  }
})

test('n tokens have n - 1 gaps, also when an event brings several', async () => {
  const metrics = new Metrics(gauges)
  metrics.observer.sent(1)
  metrics.observer.stepped(step({ events: [text(1, 1, 0)] }))
  metrics.observer.stepped(step({ events: [text(1, 2, 40)] }))
  metrics.observer.stepped(step({ events: [text(1, 4, 100)] }))
  metrics.observer.stepped(step({ events: [end(1, 5, 120)] }))
  assert.equal(await sampleOf(metrics, 'cria_time_to_first_token_seconds_count'), 1)
  assert.equal(await sampleOf(metrics, 'cria_inter_token_seconds_count'), 4)
  assert.ok(Math.abs((await sampleOf(metrics, 'cria_inter_token_seconds_sum')) - 0.12) < 1e-9)
  assert.equal(await sampleOf(metrics, 'cria_inter_token_seconds_bucket{le="0.03"}'), 3)
  assert.equal(await sampleOf(metrics, 'cria_generated_tokens_sum'), 5)
  assert.equal(await sampleOf(metrics, 'cria_request_seconds_count'), 1)
  assert.equal(await sampleOf(metrics, 'cria_generations_total{reason="limit"}'), 1)
  assert.equal(await sampleOf(metrics, 'llamacpp:n_tokens_max'), 77)
})

test('a client that leaves and a task that fails end; what an engine was running goes on after its death', async () => {
  const metrics = new Metrics(gauges)
  for (const taskId of [1, 2, 3]) metrics.observer.sent(taskId)
  metrics.observer.left(1)
  metrics.observer.failed(2)
  metrics.observer.died()
  metrics.observer.stepped(step({ events: [end(3, 5, 120)] }))
  assert.equal(await sampleOf(metrics, 'cria_generations_total{reason="left"}'), 1)
  assert.equal(await sampleOf(metrics, 'cria_generations_total{reason="error"}'), 1)
  assert.equal(await sampleOf(metrics, 'cria_generations_total{reason="limit"}'), 1)
  assert.equal(await sampleOf(metrics, 'cria_engine_restarts_total'), 1)
})

test('answers are counted by method, route and status; paths that are no route are one', async () => {
  const metrics = new Metrics(gauges)
  metrics.onAnswer('POST', '/completion', 200)
  metrics.onAnswer('POST', '/completion', 200)
  metrics.onAnswer('GET', undefined, 404)
  const name = (method: string, route: string, status: number) =>
    `cria_http_requests_total{method="${method}",route="${route}",status="${status}"}`
  assert.equal(await sampleOf(metrics, name('POST', '/completion', 200)), 2)
  assert.equal(await sampleOf(metrics, name('GET', 'none', 404)), 1)
})

test('two servers in one process count for themselves', async () => {
  const [one, other] = [new Metrics(gauges), new Metrics(gauges)]
  one.observer.stepped(step({ work }))
  assert.equal(await sampleOf(one, 'llamacpp:n_decode_total'), 1)
  assert.equal(await sampleOf(other, 'llamacpp:n_decode_total'), 0)
})
