// Slots and continuous batching: who is served, where, and in which order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, post, startServer, streamEvents } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { answersInLog, complete, greedy, patienceMs, requestsAt, startEndless, until, within } from './generations.ts'

const four = await startServer('-m', tinyModel('tiny-llama'), '-np', '4', '-c', '4096')
const one = await startServer('-m', tinyModel('tiny-llama'), '-c', '2048', '--metrics')

const prompts = Array.from({ length: 12 }, (_, i) => `There were ${i + 2} of them and ${'the way '.repeat(i * 3)}`)

test('twelve requests at once on four slots have the texts that they have alone', async () => {
  const alone = []
  for (const prompt of prompts) alone.push((await complete(four.url, { prompt, n_predict: 24 })).content)
  const answers = await Promise.all(prompts.map((prompt) => complete(four.url, { prompt, n_predict: 24 })))
  assert.deepEqual(
    answers.map(({ content }) => content),
    alone,
  )
  assert.deepEqual([...new Set(answers.map(({ slot_id }) => slot_id))].sort(), [0, 1, 2, 3])
  for (const { tokens_predicted, stopped_limit, truncated } of answers) {
    assert.ok(tokens_predicted >= 24 && tokens_predicted <= 27, `${tokens_predicted}`) // the rest of a character
    assert.deepEqual([stopped_limit, truncated], [true, false])
  }
})

test('streams at once have the texts that they have alone', async () => {
  const texts = await Promise.all(
    prompts.map(async (prompt) => {
      let text = ''
      const body = { ...greedy, prompt, n_predict: 24 }
      for await (const event of streamEvents(four.url, '/completion', body)) text += event.content
      return text
    }),
  )
  for (const [i, prompt] of prompts.entries()) {
    assert.equal(texts[i], (await complete(one.url, { prompt, n_predict: 24, cache_prompt: false })).content)
  }
})

test('the texts of sampled requests depend on their seeds, not on their neighbours', async () => {
  const body = (seed: number) => ({ prompt: 'They said', n_predict: 20, temperature: 1.2, seed, top_k: 0 })
  const seeds = Array.from({ length: 8 }, (_, i) => i + 1)
  const alone = []
  for (const seed of seeds) alone.push((await complete(four.url, body(seed))).content)
  const together = await Promise.all(seeds.map(async (seed) => (await complete(four.url, body(seed))).content))
  assert.deepEqual(together, alone)
  assert.ok(new Set(alone).size > 4)
})

test('waiting requests are served in their order', async () => {
  const running = await startEndless(one.url, { prompt: 'For ever' })
  const nBefore = answersInLog(one.output()).length
  const lengths = [60, 20, 80, 40, 100] // each is known by its length in the log; a character may add 3 to it
  const answers: Promise<unknown>[] = []
  for (const [i, n_predict] of lengths.entries()) {
    answers.push(complete(one.url, { prompt: `${i} and the other`, n_predict }))
    await until('it waits', async () => (await requestsAt(one.url)).nWaiting === i + 1)
  }
  running.leave()
  await within(patienceMs, 'the answers', Promise.all(answers))
  const sent = () =>
    answersInLog(one.output())
      .slice(nBefore)
      .filter((n) => n <= 103)
  await until('their lines in the log', () => sent().length === lengths.length)
  assert.deepEqual(
    sent().map((n) => 20 * Math.floor(n / 20)),
    lengths,
  )
})

test('several prompts of one request come back in their order', async () => {
  const prompt = prompts.slice(0, 7)
  const answers = await complete(four.url, { prompt, n_predict: 6 })
  assert.deepEqual(
    answers.map((answer: Json) => [answer.index, answer.prompt]),
    prompt.map((text, i) => [i, text]),
  )
})

test('slot_id waits for that slot and keeps nobody else waiting', async () => {
  const running = await startEndless(four.url, { prompt: 'For ever', slot_id: 2 })
  assert.equal(running.slotId, 2)
  let isServed = false
  const waiting = complete(four.url, { prompt: 'I want two', n_predict: 4, slot_id: 2 }).then((answer) => {
    isServed = true
    return answer
  })
  const others = prompts.slice(0, 6).map((prompt) => complete(four.url, { prompt, n_predict: 4 }))
  for (const { slot_id } of await within(patienceMs, 'the others', Promise.all(others))) assert.notEqual(slot_id, 2)
  const named = await within(patienceMs, 'slot 0', complete(four.url, { prompt: 'zero', n_predict: 4, slot_id: 0 }))
  assert.equal(named.slot_id, 0)
  assert.equal(isServed, false)
  running.leave()
  assert.equal((await within(patienceMs, 'slot 2', waiting)).slot_id, 2)
})

test('a slot_id that is none, or no number, is a 400 that names it', async () => {
  for (const slot_id of [4, 99, -2, 1.5, '1']) {
    const { status, json } = await post(four.url, '/completion', { prompt: 'x', slot_id, n_predict: 1 })
    assert.equal(status, 400, String(slot_id))
    assert.equal(json.error.type, 'invalid_request_error')
    assert.match(json.error.message, /slot_id/)
  }
})

test('a request joins while another one generates', async () => {
  const running = await startEndless(four.url, { prompt: 'For ever' })
  const answer = await within(patienceMs, 'the answer', complete(four.url, { prompt: 'And I', n_predict: 4 }))
  assert.notEqual(answer.slot_id, running.slotId)
  running.leave()
  await running.ended
})

test('--no-cont-batching: a prompt waits until no slot generates', async () => {
  const server = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '1024', '--no-cont-batching')
  const running = await startEndless(server.url, { prompt: 'For a while', n_predict: 300 })
  const waiting = complete(server.url, { prompt: 'And I', n_predict: 60 })
  await within(patienceMs, 'both', Promise.all([waiting, running.ended]))
  await until('their lines in the log', () => answersInLog(server.output()).length === 2)
  const [first, second] = answersInLog(server.output())
  assert.ok(first! >= 300 && second! < 100, `${first} tokens, then ${second}`)
  // several that come together still run together
  const both = await Promise.all(prompts.slice(0, 2).map((prompt) => complete(server.url, { prompt, n_predict: 16 })))
  for (const [i, answer] of both.entries()) {
    assert.equal(answer.content, (await complete(one.url, { prompt: prompts[i], n_predict: 16 })).content)
  }
})
