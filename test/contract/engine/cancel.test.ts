// A client that goes away frees its slot at once, whatever its request was doing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import {
  complete,
  enginePid,
  greedy,
  metricOf,
  patienceMs,
  printedRandom,
  requestsAt,
  startEndless,
  until,
  within,
} from './generations.ts'

const one = await startServer('-m', tinyModel('tiny-llama'), '-c', '128', '--metrics') // endless requests shift many times
const large = await startServer('-m', tinyModel('tiny-llama'), '-c', '4096', '--metrics') // nothing ends by itself
const two = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '256', '--metrics')

/** A request without an end, whose answer nobody will see. */
function ask(url: string, body: object, signal: AbortSignal): Promise<unknown> {
  const request = { ...greedy, n_predict: -1, ...body }
  return fetch(`${url}/completion`, { method: 'POST', body: JSON.stringify(request), signal })
    .then((response) => response.text())
    .catch(() => {})
}

async function assertFree(url: string): Promise<void> {
  await within(patienceMs, 'the next answer', complete(url, { prompt: 'And now?', n_predict: 4 }))
}

test('a client that leaves its stream', async () => {
  const running = await startEndless(one.url, { prompt: 'For ever' })
  running.leave()
  await assertFree(one.url)
})

test('a client that leaves its stream after the context was shifted', async () => {
  const running = await startEndless(one.url, { prompt: 'For ever' })
  await until('many events', () => running.events.length >= 400)
  running.leave()
  await assertFree(one.url)
})

test('a client that leaves while its request waits for a slot', async () => {
  const running = await startEndless(large.url, { prompt: 'For ever' })
  const client = new AbortController()
  const waiting = ask(large.url, { prompt: 'Me next' }, client.signal)
  const waitingStream = ask(large.url, { prompt: 'And me', stream: true }, client.signal)
  await until('both wait', async () => (await requestsAt(large.url)).nWaiting === 2)
  client.abort()
  await Promise.all([waiting, waitingStream])
  running.leave()
  await assertFree(large.url)
})

test('a client that leaves before its whole answer is there', async () => {
  const client = new AbortController()
  const answer = ask(one.url, { prompt: 'For ever' }, client.signal)
  await until('it runs', async () => (await requestsAt(one.url)).nRunning === 1)
  client.abort()
  await answer
  await assertFree(one.url)
})

test('a client that leaves several prompts at once', async () => {
  const client = new AbortController()
  const answer = ask(two.url, { prompt: ['a b', 'c d', 'e f', 'g h'] }, client.signal)
  const stream = ask(two.url, { prompt: ['a b', 'c d', 'e f', 'g h'], stream: true }, client.signal)
  await until('two run', async () => (await requestsAt(two.url)).nRunning === 2)
  client.abort()
  await Promise.all([answer, stream])
  await Promise.all(
    [0, 1].map((slot_id) =>
      within(patienceMs, 'both slots', complete(two.url, { prompt: 'x', n_predict: 2, slot_id })),
    ),
  )
})

test('one prompt of several that is refused ends the others too', async () => {
  const server = await startServer('-m', tinyModel('tiny-llama'), '-c', '128', '--no-context-shift')
  const client = new AbortController()
  const body = { ...greedy, n_predict: 100, prompt: ['a b', 'c d '.repeat(200)] }
  const response = await fetch(`${server.url}/completion`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: client.signal,
  })
  assert.equal(response.status, 400)
  await assertFree(server.url)
})

test('what a cancelled request has computed is right for the next', async () => {
  const prompt = 'The time they had for all of this was '.repeat(2)
  const expected = await complete(one.url, { prompt, n_predict: 16, cache_prompt: false })
  for (let i = 0; i < 5; i++) {
    const running = await startEndless(one.url, { prompt, cache_prompt: i % 2 === 0 })
    running.leave()
    const warm = await complete(one.url, { prompt, n_predict: 16 })
    assert.equal(warm.content, expected.content)
  }
})

test('thirty clients that come and go leave a server that works', async () => {
  const random = printedRandom('clients that come and go')
  const pid = await enginePid(two.url)
  const expected = await complete(two.url, { prompt: 'The end of it', n_predict: 12, cache_prompt: false })
  const clients = Array.from({ length: 30 }, async (_, i) => {
    const client = new AbortController()
    const body = {
      prompt: `Client ${i} says ${'so '.repeat(Math.floor(random() * 90))}`,
      stream: random() < 0.6,
      n_predict: random() < 0.5 ? -1 : Math.floor(random() * 40),
      slot_id: random() < 0.3 ? Math.floor(random() * 2) : -1,
      cache_prompt: random() < 0.8,
    }
    const [come, stay] = [random() * 1000, random() * 400]
    await sleep(come)
    const answer = ask(two.url, body, client.signal)
    await sleep(stay)
    client.abort()
    await answer
  })
  await Promise.all(clients)
  const after = [0, 1].map((slot_id) => complete(two.url, { prompt: 'The end of it', n_predict: 12, slot_id }))
  for (const { content } of await within(patienceMs, 'both slots', Promise.all(after)))
    assert.equal(content, expected.content)
  assert.equal((await get(two.url, '/health')).status, 200)
  assert.equal(await enginePid(two.url), pid)
})

test('a crowd that leaves at once: who comes next is served before anything is computed for them', async () => {
  const server = large
  const running = await startEndless(server.url, { prompt: 'For ever' })
  const crowd = new AbortController()
  const prompt = (i: number) => `${i} ${'and so on '.repeat(20)}`
  const leaving = Array.from({ length: 400 }, (_, i) => ask(server.url, { prompt: prompt(i) }, crowd.signal))
  await until('all of them wait', async () => (await waitingIn(server.url)) === 400)
  crowd.abort()
  await Promise.all(leaving)
  await until('all of them have left', async () => (await waitingIn(server.url)) === 0)
  running.leave()
  const before = await promptTokens(server.url)
  await assertFree(server.url)
  const computed = (await promptTokens(server.url)) - before
  assert.ok(computed < 20, `${computed} tokens of prompts were computed for an answer to "And now?"`)
})

const waitingIn = async (url: string) => (await requestsAt(url)).nWaiting
const promptTokens = (url: string) => metricOf(url, 'llamacpp:prompt_tokens_total')
