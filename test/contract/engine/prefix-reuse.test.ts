// What a slot has computed is not computed again, and the answer is the same as from nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, complete, printedRandom, randomTokens } from './generations.ts'

const one = await startServer('-m', tinyModel('tiny-llama'), '-c', '512')
const three = await startServer('-m', tinyModel('tiny-llama'), '-np', '3', '-c', '1536')
const random = printedRandom('prefix reuse')

test('the second turn of a conversation computes what is new', async () => {
  const first = randomTokens(random, 40)
  const answer = await cold(one.url, { prompt: first, n_predict: 12 })
  assert.deepEqual([answer.timings.cache_n, answer.timings.prompt_n, answer.tokens_evaluated], [0, 40, 40])
  const nCells = 40 + answer.tokens.length - 1 // the last token is never computed
  assert.equal(answer.tokens_cached, nCells)
  const second = [...first, ...answer.tokens, ...randomTokens(random, 9)]
  const next = await complete(one.url, { prompt: second, n_predict: 12, n_probs: 2 })
  const { timings, tokens_evaluated } = next
  assert.deepEqual([timings.cache_n, timings.prompt_n, tokens_evaluated], [nCells, 10, nCells + 10])
  assertSameTokens(next, await cold(one.url, { prompt: second, n_predict: 12, n_probs: 2 }), 'second turn')
})

test('a prompt that is all there still computes its last token', async () => {
  const prompt = randomTokens(random, 30)
  const first = await cold(one.url, { prompt, n_predict: 8, n_probs: 2 })
  for (let i = 0; i < 3; i++) {
    const again = await complete(one.url, { prompt, n_predict: 8, n_probs: 2 })
    assert.deepEqual([again.timings.cache_n, again.timings.prompt_n], [29, 1])
    assertSameTokens(again, first, `time ${i}`)
  }
})

test('cache_prompt false computes all of it, and leaves it for the next', async () => {
  const prompt = randomTokens(random, 30)
  await complete(one.url, { prompt, n_predict: 4 })
  const all = await complete(one.url, { prompt, n_predict: 4, cache_prompt: false })
  assert.deepEqual([all.timings.cache_n, all.timings.prompt_n], [0, 30])
  assert.equal((await complete(one.url, { prompt, n_predict: 4 })).timings.cache_n, 29)
})

test('n_predict 0 computes the prompt into the cache', async () => {
  const prompt = randomTokens(random, 50)
  const nothing = await complete(one.url, { prompt, n_predict: 0 })
  assert.deepEqual([nothing.content, nothing.tokens_predicted, nothing.tokens_evaluated], ['', 0, 50])
  assert.equal((await complete(one.url, { prompt, n_predict: 4 })).timings.cache_n, 49)
})

test('conversations that take turns each find the slot with their prefix', async () => {
  const talks = Array.from({ length: 3 }, () => ({ tokens: randomTokens(random, 45), slotId: -1, nCells: 0 }))
  for (let turn = 0; turn < 4; turn++) {
    for (const talk of talks) {
      const answer = await complete(three.url, { prompt: talk.tokens, n_predict: 7 })
      if (turn > 0) assert.equal(answer.slot_id, talk.slotId)
      assert.equal(answer.timings.cache_n, talk.nCells)
      talk.slotId = answer.slot_id
      talk.nCells = talk.tokens.length + answer.tokens.length - 1
      talk.tokens = [...talk.tokens, ...answer.tokens, ...randomTokens(random, 5)]
    }
  }
  assert.equal(new Set(talks.map(({ slotId }) => slotId)).size, 3)
})

test('a new conversation takes the slot that was left longest ago', async () => {
  for (let i = 0; i < 3; i++) await complete(three.url, { prompt: randomTokens(random, 30), n_predict: 2, slot_id: i })
  const used = []
  for (let i = 0; i < 3; i++)
    used.push((await complete(three.url, { prompt: randomTokens(random, 30), n_predict: 2 })).slot_id)
  assert.deepEqual(used, [0, 1, 2])
})

test('warm answers are cold answers, for random pairs of prompts', async () => {
  for (let i = 0; i < 40; i++) {
    const before = randomTokens(random, 2 + Math.floor(random() * 150))
    const nSame = Math.floor(random() * before.length)
    const after = [...before.slice(0, nSame), ...randomTokens(random, 1 + Math.floor(random() * 60))]
    await complete(one.url, { prompt: before, n_predict: Math.floor(random() * 20) })
    const warm = await complete(one.url, { prompt: after, n_predict: 10, n_probs: 2 })
    assert.ok(warm.timings.cache_n >= Math.min(nSame, after.length - 1), `pair ${i}`)
    assert.equal(warm.timings.cache_n + warm.timings.prompt_n, after.length)
    const reference = await cold(one.url, { prompt: after, n_predict: 10, n_probs: 2 })
    assertSameTokens(warm, reference, `pair ${i}: ${JSON.stringify({ before, after })}`)
  }
})

test('warm answers are cold answers, with prompts that come at the same time', async () => {
  const roots = Array.from({ length: 3 }, () => randomTokens(random, 80))
  const makePrompt = () => [...roots[Math.floor(random() * 3)]!, ...randomTokens(random, 1 + Math.floor(random() * 40))]
  const prompts = Array.from({ length: 30 }, makePrompt)
  const warm = await Promise.all(prompts.map((prompt) => complete(three.url, { prompt, n_predict: 8, n_probs: 2 })))
  for (const [i, prompt] of prompts.entries()) {
    const reference = await cold(one.url, { prompt, n_predict: 8, n_probs: 2 })
    assertSameTokens(warm[i], reference, `prompt ${i}`)
  }
})

test('--slot-prompt-similarity says how much of a prompt must be there for a slot to be chosen for it', async () => {
  const chosen = async (part: string) => {
    const { url, stop } = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-sps', part)
    const first = await complete(url, { prompt: 'There was a time when people could', slot_id: 0, n_predict: 1 })
    await complete(url, { prompt: 'Another', slot_id: 1, n_predict: 1 })
    await complete(url, { prompt: 'There was a time when people could', slot_id: 0, n_predict: 1 })
    const next = await complete(url, { prompt: 'There was a time when others would', n_predict: 1 })
    assert.ok(next.tokens_evaluated > first.tokens_evaluated / 2)
    await stop()
    return next.slot_id
  }
  assert.deepEqual([await chosen('0.1'), await chosen('0.9'), await chosen('0')], [0, 1, 1])
})
