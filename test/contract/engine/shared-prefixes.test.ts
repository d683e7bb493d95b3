// What one request has computed serves the others that begin alike, and each answer is the one
// that is given alone.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, complete, printedRandom, randomTokens, startEndless } from './generations.ts'

const model = tinyModel('tiny-llama')
const alone = await startServer('-m', model, '-c', '512')
const split = await startServer('-m', model, '-np', '4', '-c', '2048')
const pool = await startServer('-m', model, '-np', '4', '-c', '2048', '--kv-unified')
const random = printedRandom('shared prefixes')

for (const [kind, { url }] of [
  ['slots of their own', split],
  ['a pool', pool],
] as const) {
  test(`a prompt takes what a busy slot has of it, and its answer is the cold one: ${kind}`, async () => {
    const prefix = randomTokens(random, 100)
    const busy = await startEndless(url, { prompt: [...prefix, ...randomTokens(random, 10)] })
    after(busy.leave)
    for (let i = 0; i < 3; i++) {
      const asked = { prompt: [...prefix, ...randomTokens(random, 5 + i)], n_predict: 12, n_probs: 2 }
      const answer = await complete(url, asked)
      assert.notEqual(answer.slot_id, busy.slotId)
      assert.ok(answer.timings.cache_n >= 100)
      assertSameTokens(answer, await cold(alone.url, asked), `prompt ${i}`)
    }
    busy.leave()
    await busy.ended
  })

  test(`prompts that come together compute what they have in common once: ${kind}`, async () => {
    for (let round = 0; round < 4; round++) {
      const prefix = randomTokens(random, 150)
      const prompts = Array.from({ length: 8 }, () => [...prefix, ...randomTokens(random, 12)])
      const asked = (prompt: number[]) => ({ prompt, n_predict: 6, n_probs: 2 })
      const answers = await Promise.all(prompts.map((prompt) => complete(url, asked(prompt))))
      const nComputed = answers.reduce((sum: number, { timings }) => sum + timings.prompt_n, 0)
      assert.ok(nComputed <= 150 + 8 * 12, `${nComputed} tokens computed`)
      for (const [i, answer] of answers.entries()) {
        assert.equal(answer.timings.cache_n + answer.timings.prompt_n, 162)
        assertSameTokens(answer, await cold(alone.url, asked(prompts[i]!)), `round ${round}, prompt ${i}`)
      }
    }
  })
}

test('random conversations side by side, with prefixes in common, write what each writes alone', async () => {
  const roots = Array.from({ length: 3 }, () => randomTokens(random, 60 + Math.floor(random() * 60)))
  const talk = async () => {
    let prompt = [...roots[Math.floor(random() * 3)]!, ...randomTokens(random, 1 + Math.floor(random() * 20))]
    for (let turn = 0; turn < 4; turn++) {
      const asked = { prompt, n_predict: 4 + Math.floor(random() * 12), n_probs: 2 }
      const cache_salt = random() < 0.3 ? 'another' : ''
      const answer = await complete(split.url, { ...asked, cache_salt })
      assertSameTokens(answer, await cold(alone.url, asked), `turn ${turn} of ${JSON.stringify(prompt)}`)
      prompt = [...prompt, ...answer.tokens, ...randomTokens(random, 10)]
    }
  }
  await Promise.all(Array.from({ length: 8 }, talk))
})

test('answers of a chat tell how many tokens of its prompt were cached', async () => {
  const messages = [
    { role: 'user', content: 'Once upon a time there were three bears who lived in a house in the wood.' },
  ]
  const chat = async () => (await post(split.url, '/v1/chat/completions', { messages, max_tokens: 4, n: 2 })).json
  const cached = ({ usage }: Json) => usage.prompt_tokens_details.cached_tokens
  assert.equal(cached(await chat()), 0) // the second answer has what the first one computes
  const again = await chat()
  assert.equal(cached(again), again.usage.prompt_tokens - 2)
})

test('cache_salt: what is computed is shared only with requests of the same salt', async () => {
  const prompt = randomTokens(random, 60)
  const nCached = async (fields: Json) =>
    (await complete(split.url, { prompt, n_predict: 1, ...fields })).timings.cache_n
  assert.equal(await nCached({}), 0)
  assert.equal(await nCached({ cache_salt: 'one' }), 0)
  assert.equal(await nCached({ cache_salt: 'two' }), 0)
  for (const fields of [{ cache_salt: 'two' }, { cache_salt: 'one' }, {}]) assert.equal(await nCached(fields), 59)
  for (const slot_id of [0, 1, 2, 3]) assert.equal(await nCached({ cache_salt: `of slot ${slot_id}`, slot_id }), 0)
})

test('each API key has what was computed for it, and with --shared-cache what was computed for all', async () => {
  const prompt = randomTokens(random, 60)
  for (const [flags, nShared] of [
    [[], 0],
    [['--shared-cache'], 59],
  ] as const) {
    const server = await startServer('-m', model, '-np', '2', '-c', '512', '--api-key', 'a', '--api-key', 'b', ...flags)
    const nCached = async (key: string, path: string, fields: Json) => {
      const response = await fetch(server.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ prompt, max_tokens: 1, ...fields }),
      })
      const json = (await response.json()) as Json
      return path === '/completion' ? json.timings.cache_n : json.usage.prompt_tokens_details.cached_tokens
    }
    assert.equal(await nCached('a', '/completion', {}), 0)
    assert.equal(await nCached('b', '/completion', {}), nShared)
    assert.equal(await nCached('a', '/v1/completions', {}), 59)
    assert.equal(await nCached('a', '/completion', { cache_salt: 'one' }), 0)
    const response = async (key: string) => {
      const input = 'There was a time when people could go wherever they liked, and did.'
      const headers = { authorization: `Bearer ${key}` }
      const body = JSON.stringify({ input, max_output_tokens: 16 })
      const answer = await fetch(`${server.url}/v1/responses`, { method: 'POST', headers, body })
      return ((await answer.json()) as Json).usage.input_tokens_details.cached_tokens
    }
    await response('a')
    assert.equal((await response('b')) > 0, nShared > 0)
    assert.ok((await response('b')) > 0)
    await server.stop()
  }
})
