// The engine is killed under running streams: another one goes on with them, and their texts are those of an undisturbed run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, type Json, post, startServer, streamEvents } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import {
  assertSameTokens,
  complete,
  enginePid,
  greedy,
  longest,
  patienceMs,
  printedRandom,
  randomTokens,
  requestsAt,
  startEndless,
  until,
  within,
} from './generations.ts'

const server = await startServer('-m', tinyModel('tiny-llama'), '-np', '4', '-c', '8192', '--metrics')
const { url } = server
const random = printedRandom('streams-survive')

type Answer = { readonly text: string; readonly tokens: readonly number[]; readonly last: Json }

/** @param onEvent called with the number of events so far. */
async function answer(body: object, onEvent: (n: number) => void = () => {}): Promise<Answer> {
  const events: Json[] = []
  for await (const event of streamEvents(url, '/completion', { return_tokens: true, ...body })) {
    events.push(event)
    onEvent(events.length)
  }
  const last = events.at(-1)
  assert.equal(last.stop, true, JSON.stringify(last))
  return { text: events.map(({ content }) => content).join(''), tokens: events.flatMap(({ tokens }) => tokens), last }
}

async function nextEngine(oldPid: number): Promise<number> {
  let pid = oldPid
  await until('another engine', async () => {
    const { status, json } = await get(url, '/props')
    if (status === 200) pid = json.engine.pid
    else assert.deepEqual([status, json.error.message], [503, 'Loading model'])
    return pid !== oldPid
  })
  return pid
}

const plain = { n_predict: 60, ignore_eos: true, repeat_penalty: 1 }

/** A kind of sampling each; the engine keeps something of its own for every one. So few tokens are computed one by one again. */
const kinds: Readonly<Record<string, object>> = {
  greedy: { ...plain, temperature: 0 },
  'a seed': { ...plain, temperature: 1.5, seed: 7 },
  'few candidates': { ...plain, temperature: 0.8, top_k: 2, top_p: 0.6, min_p: 0, seed: 8 },
  penalties: { ...plain, temperature: 0.9, seed: 9, repeat_penalty: 1.3, repeat_last_n: 30, presence_penalty: 0.5 },
  'DRY and XTC': { ...plain, temperature: 1, seed: 10, dry_multiplier: 0.8, xtc_probability: 0.5, xtc_threshold: 0.02 },
  'mirostat 2': { ...plain, temperature: 1, seed: 11, mirostat: 2 },
  'mirostat 1': { ...plain, temperature: 1, seed: 12, mirostat: 1 },
  'a grammar': { n_predict: 60, temperature: 1.2, seed: 13, grammar: 'root ::= ([a-z]+ " ")+' },
  'stop strings': { ...plain, temperature: 1, seed: 14, stop: ['the end of it all', 'ab'] },
  probabilities: { ...plain, temperature: 1, seed: 15, n_probs: 3 },
}

for (const [name, fields] of Object.entries(kinds)) {
  test(`a stream goes on in the next engine as if nothing had been: ${name}`, async () => {
    const body = { prompt: randomTokens(random, 40), cache_prompt: false, ...fields }
    const expected = await answer(body)
    const pid = await enginePid(url)
    const killAt = 1 + Math.floor(random() * Math.min(30, expected.tokens.length / 2))
    const resumed = await within(
      patienceMs,
      'the answer',
      answer(body, (n) => {
        if (n === killAt) process.kill(pid, 'SIGKILL')
      }),
    )
    assert.notEqual(await nextEngine(pid), pid)
    assert.deepEqual(resumed.tokens, expected.tokens, `killed at event ${killAt}`)
    assert.equal(resumed.text, expected.text)
    const { tokens_predicted, tokens_evaluated, stop_type, stopping_word } = expected.last
    const { last } = resumed
    assert.deepEqual(
      [last.tokens_predicted, last.tokens_evaluated, last.stop_type, last.stopping_word],
      [tokens_predicted, tokens_evaluated, stop_type, stopping_word],
    )
  })
}

test('streams, whole answers, chats and those that wait: none is lost when the engine dies', async () => {
  const bodies = Array.from({ length: 24 }, (_, i) => ({
    ...greedy,
    prompt: randomTokens(random, 5 + Math.floor(random() * 60) + 10 * (i % 8)),
    n_predict: 120,
    n_probs: 2,
  }))
  const messages = [{ role: 'user', content: 'Go on' }]
  const chat = () => post(url, '/v1/chat/completions', { messages, max_tokens: 60, temperature: 0 })
  const expected: Json[] = []
  for (const body of bodies) expected.push(await complete(url, body))
  const pid = await enginePid(url)
  const streams = bodies.slice(0, 8).map((body) => answer(body))
  const whole = bodies.slice(8).map((body) => complete(url, body))
  const aChat = chat()
  let nAnswered = 0
  for (const one of [...streams, ...whole, aChat]) void one.then(() => nAnswered++)
  await until('all are let in', async () => {
    const { nRunning, nWaiting } = await requestsAt(url)
    return nRunning + nWaiting + nAnswered >= 25
  })
  await sleep(random() * 50)
  process.kill(pid, 'SIGKILL')
  const answers = await within(patienceMs, 'all answers', Promise.all([...streams, ...whole]))
  for (const [i, given] of answers.entries()) {
    const { length } = given.tokens
    assert.ok(length >= 120 && length <= 123, `answer ${i} has ${length} tokens`) // a last character is finished
    assertSameTokens(given, expected[i], `answer ${i}`)
  }
  assert.equal((await aChat).json.choices[0].finish_reason, 'length')
  assert.notEqual(await enginePid(url), pid)
})

test('a request that was running at two deaths ends with a 500; those that waited are served', async () => {
  const n_predict = await longest(url)
  const poison = Array.from({ length: 4 }, () => startEndless(url, { prompt: 'For ever', n_predict }))
  const running = await Promise.all(poison)
  const waiting = complete(url, { ...plain, prompt: 'Me next' })
  await until('one waits', async () => (await requestsAt(url)).nWaiting === 1)
  const nBefore = running.map(({ events }) => events.length)
  const first = await enginePid(url)
  process.kill(first, 'SIGKILL')
  const second = await nextEngine(first)
  await until('they go on', () => running.every(({ events }, i) => events.length > nBefore[i]! + 20))
  process.kill(second, 'SIGKILL')
  await within(patienceMs, 'their ends', Promise.all(running.map(({ ended }) => ended)))
  for (const { events } of running) {
    const { error } = events.at(-1)
    assert.deepEqual([error.code, error.type], [500, 'server_error'])
    assert.match(error.message, /ended twice/)
  }
  assert.ok((await within(patienceMs, 'the one that waited', waiting)).tokens_predicted >= plain.n_predict)
  assert.equal(server.child.exitCode, null)
})

test('a client that leaves while there is no engine is forgotten', async () => {
  const running = await startEndless(url, { prompt: 'For ever' })
  const pid = await enginePid(url)
  process.kill(pid, 'SIGKILL')
  running.leave()
  await nextEngine(pid)
  await until('nothing runs', async () => {
    const { nRunning, nWaiting } = await requestsAt(url)
    return nRunning + nWaiting === 0
  })
})

test('an engine that is frozen is replaced, and its streams go on', {
  skip: process.platform === 'win32' && 'nothing stops a process here',
}, async () => {
  const expected = await complete(url, { ...greedy, prompt: 'Go on', n_predict: 400 })
  const pid = await enginePid(url)
  const frozen = answer({ ...greedy, prompt: 'Go on', n_predict: 400, n_probs: 0 }, (n) => {
    if (n === 10) process.kill(pid, 'SIGSTOP')
  })
  assert.equal((await within(2 * patienceMs, 'the answer', frozen)).text, expected.content)
  assert.notEqual(await enginePid(url), pid)
  assert.match(server.output(), /the engine is frozen/)
})
