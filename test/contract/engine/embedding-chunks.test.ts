// Long texts in pieces, streams beside them, clients that leave: what a batch or a neighbour is must not show in a vector.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { type TinyModelName, tinyModel } from '../../support/tiny-models.ts'
import { assertAlike } from '../../support/vectors.ts'
import {
  assertSameTokens,
  complete,
  greedy,
  patienceMs,
  printedRandom,
  randomTokens,
  requestsAt,
  startEndless,
  until,
  within,
} from './generations.ts'

const random = printedRandom('embedding pieces')
const long = randomTokens(random, 400)

async function vectors(url: string, input: unknown): Promise<number[][]> {
  const { status, json } = await post(url, '/v1/embeddings', { input })
  assert.equal(status, 200, JSON.stringify(json))
  return json.data.map((one: Json) => one.embedding)
}

for (const [model, pooling] of [
  ['tiny-llama', 'last'],
  ['tiny-llama', 'cls'],
  ['tiny-swa', 'mean'],
  ['tiny-mamba', 'last'],
] satisfies [TinyModelName, string][]) {
  test(`a text that is longer than a batch has the vector that one batch gives (${model}, ${pooling})`, async () => {
    const flags = ['-m', tinyModel(model), '--embedding', '--pooling', pooling, '-c', '512']
    const [whole, pieces] = await Promise.all([startServer(...flags), startServer(...flags, '-b', '32', '-ub', '16')])
    const inputs = [long, long.slice(0, 17), long.slice(0, 1), long.slice(7, 300)]
    const expected = await vectors(whole.url, inputs)
    for (const [i, vector] of (await vectors(pieces.url, inputs)).entries()) assertAlike(vector, expected[i]!, `${i}`)
    for (const [i, input] of inputs.entries())
      assertAlike((await vectors(pieces.url, [input]))[0]!, expected[i]!, `${i} alone`)
    await Promise.all([whole.stop(), pieces.stop()])
  })
}

const server = await startServer('-m', tinyModel('tiny-llama'), '--embedding', '-np', '3', '-c', '1536', '--metrics')

test('embeddings and completions at the same time answer what each answers alone', async () => {
  const prompts = Array.from({ length: 6 }, () => randomTokens(random, 40))
  const ask = (prompt: number[]) => complete(server.url, { prompt, n_predict: 20, cache_prompt: false, n_probs: 2 })
  const texts = Array.from({ length: 40 }, (_, i) => randomTokens(random, 1 + ((i * 7) % 90)))
  const alone = { completions: [] as Json[], vectors: [] as number[][] }
  for (const prompt of prompts) alone.completions.push(await ask(prompt))
  for (const text of texts) alone.vectors.push((await vectors(server.url, [text]))[0]!)
  const [completions, ...together] = await Promise.all([
    Promise.all(prompts.map(ask)),
    ...Array.from({ length: 4 }, () => vectors(server.url, texts)),
  ])
  for (const [i, answer] of completions.entries()) assertSameTokens(answer, alone.completions[i], `prompt ${i}`)
  for (const of of together) for (const [i, vector] of of.entries()) assertAlike(vector, alone.vectors[i]!, `${i}`)
})

test('a stream goes on while many long texts are embedded', async () => {
  const running = await startEndless(server.url, { prompt: 'For ever' })
  const nBefore = running.events.length
  let isDone = false
  const embedding = vectors(
    server.url,
    Array.from({ length: 60 }, () => randomTokens(random, 400)),
  ).then((all) => {
    isDone = true
    return all
  })
  let nDuring = 0
  while (!isDone) {
    await sleep(5)
    nDuring = running.events.length - nBefore
  }
  assert.equal((await embedding).length, 60)
  assert.ok(nDuring > 30, `${nDuring} tokens came meanwhile`)
  running.leave()
})

test('a client that leaves takes its texts with it', async () => {
  const client = new AbortController()
  const body = JSON.stringify({ input: Array.from({ length: 400 }, () => randomTokens(random, 400)) })
  const gone = fetch(`${server.url}/v1/embeddings`, { method: 'POST', body, signal: client.signal }).catch(
    (error: Error) => error.name,
  )
  await until('it is served', async () => (await requestsAt(server.url)).nRunning > 0)
  client.abort()
  assert.equal(await gone, 'AbortError')
  const [one] = await within(patienceMs, 'another embedding', vectors(server.url, ['a day']))
  assert.equal(one!.length, 64)
})

test('a wrong text among right ones costs only its own request', async () => {
  const [right, wrong] = await Promise.all([
    vectors(server.url, ['one', 'two', 'three']),
    post(server.url, '/v1/embeddings', { input: ['one', randomTokens(random, 600)] }),
  ])
  assert.equal(right.length, 3)
  assert.equal(wrong.status, 400)
  assert.equal(wrong.json.error.n_ctx, 512)
})

test('when the engine dies the next one computes the embeddings that wait', async () => {
  const { json } = await fetch(`${server.url}/props`).then(async (response) => ({
    json: (await response.json()) as Json,
  }))
  const inputs = Array.from({ length: 200 }, () => randomTokens(random, 400))
  const waiting = vectors(server.url, inputs)
  await until('it is served', async () => (await requestsAt(server.url)).nRunning > 0)
  process.kill(json.engine.pid, 'SIGKILL')
  const computed = await waiting
  assert.equal(computed.length, inputs.length)
  assert.notEqual((await get(server.url, '/props')).json.engine.pid, json.engine.pid)
  assert.equal((await vectors(server.url, ['a day'])).length, 1)
  assert.equal((await post(server.url, '/completion', { ...greedy, prompt: 'a', n_predict: 1 })).status, 200)
})
