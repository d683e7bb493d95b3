// GET /metrics: what a real server counted, in the text that Prometheus reads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { complete, enginePid, startEndless, until } from '../engine/generations.ts'

const model = tinyModel('tiny-llama')
const server = await startServer('-m', model, '-np', '1', '-c', '512', '--metrics')
const { url } = server

/** Sample → value; a sample with its labels, as it is written. */
async function samples(from = url): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${from}/metrics`)).text()
  const rows = text.split('\n').filter((row) => row !== '' && !row.startsWith('#'))
  return new Map(rows.map((row) => [row.slice(0, row.lastIndexOf(' ')), Number(row.slice(row.lastIndexOf(' ') + 1))]))
}

async function grown(names: readonly string[], work: () => Promise<unknown>): Promise<number[]> {
  const before = await samples()
  await work()
  const after = await samples()
  return names.map((name) => {
    assert.ok(after.has(name), `there is no ${name}`)
    return after.get(name)! - (before.get(name) ?? 0)
  })
}

test('what is counted of a request is what its answer says', async () => {
  const prompt = 'The way they went was long, and there was no other'
  const counted = [
    'llamacpp:prompt_tokens_total',
    'llamacpp:prompt_tokens_cached_total',
    'llamacpp:tokens_predicted_total',
    'cria_prompt_tokens_sum',
    'cria_prefix_cache_queried_tokens_total',
    'cria_prefix_cache_hit_tokens_total',
    'cria_generated_tokens_sum',
    'cria_time_to_first_token_seconds_count',
    'cria_inter_token_seconds_count',
    'cria_queue_seconds_count',
    'cria_request_seconds_count',
    'cria_generations_total{reason="limit"}',
    'cria_http_requests_total{method="POST",route="/completion",status="200"}',
  ]
  for (const isCached of [false, true]) {
    let answer: Awaited<ReturnType<typeof complete>> | undefined
    const values = await grown(counted, async () => {
      answer = await complete(url, { prompt, n_predict: 9 })
    })
    const { prompt_n, cache_n, predicted_n } = answer.timings
    assert.equal(cache_n > 0, isCached)
    const nPrompt = prompt_n + cache_n
    assert.deepEqual(values, [
      ...[prompt_n, cache_n, predicted_n, nPrompt, nPrompt, cache_n, predicted_n],
      ...[1, predicted_n - 1, 1, 1, 1, 1],
    ])
  }
})

test('each metric has a help and a type, and only counts go up', async () => {
  const text = await (await fetch(`${url}/metrics`)).text()
  for (const name of ['llamacpp:prompt_tokens_total', 'llamacpp:n_tokens_max', 'cria_engine_restarts_total']) {
    assert.match(text, new RegExp(`^# HELP ${name} \\S`, 'm'))
    assert.match(text, new RegExp(`^# TYPE ${name} counter$`, 'm'))
  }
  for (const name of ['llamacpp:requests_processing', 'llamacpp:predicted_tokens_seconds', 'cria_kv_cells_used']) {
    assert.match(text, new RegExp(`^# TYPE ${name} gauge$`, 'm'))
  }
  for (const name of ['cria_time_to_first_token_seconds', 'cria_inter_token_seconds', 'cria_request_seconds']) {
    assert.match(text, new RegExp(`^# TYPE ${name} histogram$`, 'm'))
    assert.match(text, new RegExp(`^${name}_bucket\\{le="\\+Inf"\\} \\d+$`, 'm'))
  }
  assert.match(text, /^process_cpu_seconds_total [\d.]+$/m)
})

test('requests that run and that wait are told while the engine computes, and so are its cells', async () => {
  const running = await startEndless(url, { prompt: 'For ever' })
  const waiting = Array.from({ length: 3 }, () => complete(url, { prompt: 'Later', n_predict: 1 }))
  const now = async () => {
    const all = await samples()
    return ['llamacpp:requests_processing', 'llamacpp:requests_deferred'].map((name) => all.get(name))
  }
  await until('one that runs and three that wait', async () => `${await now()}` === '1,3')
  const all = await samples()
  assert.ok(all.get('cria_kv_cells_used')! > 0)
  assert.equal(all.get('cria_kv_cells'), 512)
  running.leave()
  await Promise.all(waiting)
  assert.deepEqual(await now(), [0, 0])
  assert.equal((await samples()).get('cria_generations_total{reason="left"}'), 1)
})

test('a stream, a chat and what was refused are counted by their routes', async () => {
  const name = (route: string, status: number) =>
    `cria_http_requests_total{method="POST",route="${route}",status="${status}"}`
  const names = [name('/v1/completions', 200), name('/completion', 400), name('none', 404)]
  const values = await grown(names, async () => {
    await stream(url, '/v1/completions', { prompt: 'One', max_tokens: 2 })
    await post(url, '/completion', { top_p: 7 })
    await post(url, '/no/such/path', {})
    await post(url, '/nor/this/one', {})
  })
  assert.deepEqual(values, [1, 1, 2])
})

test('an engine that was killed is counted; what was counted before stays', async () => {
  const before = await samples()
  const pid = await enginePid(url)
  const running = await startEndless(url, { prompt: 'For ever' })
  process.kill(pid, 'SIGKILL')
  await until('its end', async () => (await samples()).get('cria_engine_restarts_total') === 1)
  running.leave()
  await until('a new engine', async () => (await samples()).get('cria_engine_up') === 1)
  await until('it is idle', async () => (await samples()).get('llamacpp:requests_processing') === 0)
  const after = await samples()
  assert.equal(after.get('cria_engine_restarts_total'), 1)
  assert.equal(after.get('llamacpp:requests_processing'), 0)
  assert.ok(after.get('llamacpp:prompt_tokens_total')! >= before.get('llamacpp:prompt_tokens_total')!)
  await complete(url, { prompt: 'Again', n_predict: 2 })
})

test('texts that are embedded are prompts that were computed, and no generations', async () => {
  const both = await startServer('-m', model, '--embedding', '--metrics')
  const { usage } = (await post(both.url, '/v1/embeddings', { input: ['The way they went', 'was long'] })).json
  const counted = await samples(both.url)
  const names = ['llamacpp:prompt_tokens_total', 'llamacpp:tokens_predicted_total', 'cria_embedded_inputs_total']
  assert.deepEqual(
    names.map((name) => counted.get(name)),
    [usage.prompt_tokens, 0, 2],
  )
  assert.ok(counted.get('llamacpp:n_decode_total')! > 0)
  assert.equal(counted.get('llamacpp:requests_processing'), 0)
})

test('without --metrics: a 501 that names it', async () => {
  const bare = await startServer('-m', model)
  const { status, json } = await get(bare.url, '/metrics')
  assert.deepEqual([status, json.error.type], [501, 'not_supported_error'])
  assert.match(json.error.message, /--metrics/)
})

test('with a key, they are not open', async () => {
  const locked = await startServer('-m', model, '--metrics', '--api-key', 'secret')
  assert.equal((await fetch(`${locked.url}/metrics`)).status, 401)
  const headers = { 'x-api-key': 'secret' }
  const response = await fetch(`${locked.url}/metrics`, { headers })
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
})
