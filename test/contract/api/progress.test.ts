// `return_progress`: what a stream is told before its first token, in each of the three routes that generate.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, post, startServer, stream, streamEvents } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { printedRandom, randomTokens, startEndless, until } from '../engine/generations.ts'

const random = printedRandom('progress')
const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '1', '-c', '1024', '-b', '64')

const progressOf = (events: readonly Json[]) => events.filter((event) => event.prompt_progress !== undefined)
const queueOf = (events: readonly Json[]) => events.filter((event) => event.queue !== undefined)

/** Rises from what was cached to all of it, a piece of 64 at a time. */
function assertProgress(events: readonly Json[], total: number, cached: number): void {
  const processed = progressOf(events).map(({ prompt_progress }) => prompt_progress.processed)
  const expected = [cached]
  while (expected.at(-1)! < total) expected.push(Math.min(total, expected.at(-1)! + 64))
  assert.deepEqual(processed, expected)
  for (const { prompt_progress } of progressOf(events)) {
    assert.deepEqual([prompt_progress.total, prompt_progress.cache], [total, cached])
  }
  const times = progressOf(events).map(({ prompt_progress }) => prompt_progress.time_ms)
  assert.equal(times[0], 0)
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  )
  const firstText = events.findIndex(
    (event) => event.content || event.choices?.[0]?.delta?.content || event.choices?.[0]?.text,
  )
  const lastProgress = events.findLastIndex((event) => event.prompt_progress !== undefined)
  assert.ok(firstText > lastProgress, 'all of it comes before the text')
}

test('/completion: events without content, from the first row to the last', async () => {
  const prompt = randomTokens(random, 200)
  const body = { prompt, n_predict: 3, return_progress: true }
  const cold = await stream(url, '/completion', body)
  assertProgress(cold, cold.at(-1).tokens_evaluated, 0)
  const [first] = progressOf(cold)
  assert.deepEqual([first.content, first.tokens, first.stop, first.id_slot], ['', [], false, 0])
  const warm = await stream(url, '/completion', body)
  assertProgress(warm, warm.at(-1).tokens_evaluated, warm.at(-1).timings.cache_n)
  assert.ok(warm.at(-1).timings.cache_n > 100)
})

test('/v1/chat/completions: chunks that say nothing, and the role only once', async () => {
  const messages = [{ role: 'user', content: 'the way they went '.repeat(20) }]
  const body = { messages, max_tokens: 3, return_progress: true, stream_options: { include_usage: true } }
  const events = await stream(url, '/v1/chat/completions', body)
  const { usage } = events.at(-2)
  assertProgress(events, usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens)
  for (const { choices } of progressOf(events)) {
    assert.deepEqual(choices, [{ index: 0, delta: {}, finish_reason: null, logprobs: null }])
  }
  const roles = events.filter((event) => event.choices?.[0]?.delta?.role !== undefined)
  assert.equal(roles.length, 1)
  assert.equal(roles[0], events[0])
})

test('/v1/completions: chunks without text', async () => {
  const body = { prompt: 'and there was '.repeat(30), max_tokens: 3, return_progress: true }
  const events = await stream(url, '/v1/completions', { ...body, stream_options: { include_usage: true } })
  const { usage } = events.at(-2)
  assertProgress(events, usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens)
  for (const { choices } of progressOf(events)) {
    assert.deepEqual(choices, [{ text: '', index: 0, logprobs: null, finish_reason: null }])
  }
})

test('timings_per_token gives them timings: of what is computed so far', async () => {
  const body = { prompt: randomTokens(random, 150), n_predict: 2, return_progress: true, timings_per_token: true }
  const events = progressOf(await stream(url, '/completion', body))
  for (const { timings, prompt_progress } of events) {
    assert.deepEqual(
      [timings.cache_n + timings.prompt_n, timings.prompt_ms, timings.predicted_n, timings.predicted_ms],
      [prompt_progress.processed, prompt_progress.time_ms, 0, 0],
    )
  }
  assert.ok(events.length > 2)
})

test('those that wait are told their place, again when it changes, and then their progress', async () => {
  const running = await startEndless(url, { prompt: 'For ever' })
  const all: Json[][] = [[], [], []]
  const bodies = all.map((_, i) => ({ prompt: `Number ${i}`, n_predict: 2, return_progress: true }))
  const streams: Promise<unknown>[] = []
  for (const [i, body] of bodies.entries()) {
    streams.push(listen(body, all[i]!))
    await until(`place ${i + 1}`, () => queueOf(all[i]!).length > 0)
  }
  running.leave()
  await Promise.all(streams)
  const places = all.map((events) => queueOf(events).map(({ queue }) => queue))
  assert.deepEqual(places[0], [
    { position: 1, waiting: 1 },
    { position: 1, waiting: 2 },
    { position: 1, waiting: 3 },
  ])
  assert.deepEqual(places[2], [
    { position: 3, waiting: 3 },
    { position: 2, waiting: 2 },
    { position: 1, waiting: 1 },
  ])
  for (const events of all) {
    assert.ok(progressOf(events).length >= 2)
    const kinds = events.map((event) => (event.queue ? 'q' : event.prompt_progress ? 'p' : 't')).join('')
    assert.match(kinds, /^q+p+t+$/)
  }
})

test('in a chat, the place in the queue is a chunk that says nothing', async () => {
  const running = await startEndless(url, { prompt: 'For ever' })
  const events: Json[] = []
  const messages = [{ role: 'user', content: 'Soon' }]
  const chat = listen({ messages, max_tokens: 2, return_progress: true }, events, '/v1/chat/completions')
  await until('the place', () => queueOf(events).length > 0)
  running.leave()
  await chat
  const [queued] = queueOf(events)
  assert.deepEqual(queued.queue, { position: 1, waiting: 1 })
  assert.deepEqual(queued.choices, [{ index: 0, delta: {}, finish_reason: null, logprobs: null }])
  assert.equal(queued.object, 'chat.completion.chunk')
})

test('nobody is told who did not ask', async () => {
  const prompt = randomTokens(random, 200)
  for (const [path, body] of [
    ['/completion', { prompt, n_predict: 2 }],
    ['/completion', { prompt, n_predict: 2, return_progress: false }],
    ['/v1/completions', { prompt: 'One', max_tokens: 2 }],
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'One' }], max_tokens: 2 }],
  ] as const) {
    const events = await stream(url, path, body)
    assert.deepEqual([...progressOf(events), ...queueOf(events)], [], path)
  }
  const { status, json } = await post(url, '/completion', { prompt: 'One', n_predict: 2, return_progress: true })
  assert.equal(status, 200)
  assert.equal(json.prompt_progress, undefined)
})

test('a list of prompts is told of each, by its index', async () => {
  const prompts = [randomTokens(random, 100), randomTokens(random, 100)]
  const events = progressOf(await stream(url, '/completion', { prompt: prompts, n_predict: 1, return_progress: true }))
  assert.deepEqual([...new Set(events.map(({ index }) => index))], [0, 1])
})

/** Reads a stream into the list that is given. */
async function listen(body: object, into: Json[], path = '/completion'): Promise<void> {
  for await (const event of streamEvents(url, path, body)) into.push(event)
}
