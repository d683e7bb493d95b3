// A context that is too small: prompts are cut, contexts shift or end, or the request is refused with both numbers.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { get, type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, complete, greedy, printedRandom, randomTokens } from './generations.ts'

const nCtx = 128
const small = await startServer('-m', tinyModel('tiny-chat'), '-c', String(nCtx))
const stopping = await startServer('-m', tinyModel('tiny-chat'), '-c', String(nCtx), '--no-context-shift')
const random = printedRandom('context')

/** What the specification (docs/glossary.md) leaves of a prompt that is as long as the context or longer. */
function truncated(prompt: readonly number[], nKeepAsked: number): number[] {
  const nKeep = Math.min(nKeepAsked < 0 ? prompt.length : nKeepAsked, nCtx - 4)
  const nLeft = nCtx - nKeep
  const nBlock = Math.floor(nLeft / 2)
  const nErased = Math.floor((prompt.length - nKeep - nBlock) / nBlock) * nBlock
  return [...prompt.slice(0, nKeep), ...prompt.slice(nKeep + nErased)]
}

function chat(url: string, body: object): Promise<{ status: number; json: Json }> {
  return post(url, '/v1/chat/completions', { temperature: 0, ...body })
}

const longChat = { messages: [{ role: 'user', content: 'so many words '.repeat(100) }] }

describe('a prompt that does not fit', () => {
  for (const nKeep of [0, 1, 10, 64, -1, 5000]) {
    test(`/completion cuts it, with n_keep ${nKeep}`, async () => {
      for (const n of [127, 128, 129, 130, 191, 192, 193, 256, 400, 1111]) {
        const prompt = randomTokens(random, n)
        const expected = n < nCtx ? prompt : truncated(prompt, nKeep)
        const answer = await cold(small.url, { prompt, n_keep: nKeep, n_predict: 1, n_probs: 2 })
        assert.equal(answer.tokens_evaluated, expected.length, `${n} tokens`)
        // half a character is finished, and may shift the context of a prompt that fits
        const isShifted = expected.length + answer.tokens_predicted - 1 > nCtx
        assert.equal(answer.truncated, n >= nCtx || isShifted)
        assert.deepEqual(answer.prompt, prompt)
        const reference = await cold(small.url, { prompt: expected, n_keep: nKeep, n_predict: 1, n_probs: 2 })
        assertSameTokens(answer, reference, `${n} tokens`)
      }
    })
  }

  test('a cut prompt finds its prefix in the cache', async () => {
    const prompt = randomTokens(random, 300)
    const first = await complete(small.url, { prompt, n_predict: 1, n_probs: 2 })
    const again = await complete(small.url, { prompt, n_predict: 1, n_probs: 2 })
    assert.equal(again.timings.cache_n, first.tokens_evaluated - 1)
    assertSameTokens(again, first, 'again')
  })

  test('/v1/chat/completions refuses it with both numbers', async () => {
    for (const body of [longChat, { ...longChat, stream: true }]) {
      const { status, json } = await chat(small.url, body)
      assert.deepEqual(
        [status, json.error.code, json.error.type],
        [400, 'context_length_exceeded', 'exceed_context_size_error'],
      )
      assert.ok(json.error.n_prompt_tokens > 300, JSON.stringify(json))
      assert.equal(json.error.n_ctx, nCtx)
      assert.match(json.error.message, new RegExp(`${json.error.n_prompt_tokens}.*${nCtx}`))
    }
  })

  test('truncation "auto" of /v1 cuts it as /completion does', async () => {
    const { prompt } = (await post(small.url, '/apply-template', longChat)).json
    const fields = { temperature: 0, repeat_penalty: 1, n_keep: 5, max_tokens: 12 }
    const native = (await post(small.url, '/completion', { ...fields, prompt, cache_prompt: false })).json
    assert.equal(native.truncated, true)
    const cut = await chat(small.url, { ...longChat, ...fields, truncation: 'auto', cache_prompt: false })
    assert.equal(cut.status, 200, JSON.stringify(cut.json))
    assert.equal(cut.json.choices[0].message.content, native.content)
    assert.equal(cut.json.usage.prompt_tokens, native.tokens_evaluated)
    const text = await post(small.url, '/v1/completions', { ...fields, prompt, truncation: 'auto' })
    assert.equal(text.json.choices[0].text, native.content)
    for (const truncation of ['disabled', null])
      assert.equal((await chat(small.url, { ...longChat, truncation })).status, 400)
    const wrong = await chat(small.url, { ...longChat, truncation: 'yes' })
    assert.match(wrong.json.error.message, /"truncation": "yes" is not one of auto, disabled/)
  })

  test('--no-context-shift: /completion refuses it too, from the first token that does not fit', async () => {
    for (const n of [128, 129, 1000]) {
      const { status, json } = await post(stopping.url, '/completion', {
        prompt: randomTokens(random, n),
        n_predict: 1,
      })
      assert.deepEqual([status, json.error.type], [400, 'exceed_context_size_error'])
      assert.deepEqual([json.error.n_prompt_tokens, json.error.n_ctx], [n, nCtx])
    }
    assert.equal(
      (await complete(stopping.url, { prompt: randomTokens(random, 127), n_predict: 1 })).tokens_predicted,
      1,
    )
  })
})

describe('a context that gets full', () => {
  test('/completion goes on past it', async () => {
    for (const nKeep of [0, 10, 30, -1, 5000]) {
      const body = { prompt: randomTokens(random, 30), n_keep: nKeep, n_predict: 500 }
      const answer = await complete(small.url, body)
      assert.ok(answer.tokens_predicted >= 500, `n_keep ${nKeep}: ${answer.tokens_predicted}`)
      assert.deepEqual([answer.truncated, answer.stopped_limit, answer.stop_type], [true, true, 'limit'])
      assert.ok(answer.tokens_cached <= nCtx)
      assert.ok(answer.content.slice(-200).trim().length > 50, 'the text goes on')
    }
  })

  test('a stream goes on past it, and its pieces are the whole text', async () => {
    const body = { ...greedy, prompt: randomTokens(random, 30), n_predict: 300, cache_prompt: false }
    const events = await stream(small.url, '/completion', body)
    assert.ok(events.at(-1).tokens_predicted >= 300)
    assert.equal(events.at(-1).truncated, true)
    assert.equal(events.map(({ content }) => content).join(''), (await complete(small.url, body)).content)
  })

  test('the text before the shift is the text of a context with room', async () => {
    const large = await startServer('-m', tinyModel('tiny-chat'), '-c', '512')
    const body = { prompt: randomTokens(random, 30), n_predict: 200, n_probs: 2 }
    const [shifted, roomy] = [await cold(small.url, body), await cold(large.url, body)]
    const nBefore = nCtx - 30
    const cut = (answer: Json) => ({ ...answer, tokens: answer.tokens.slice(0, nBefore) })
    assertSameTokens(cut(shifted), cut(roomy), 'before the shift')
    assert.equal(roomy.truncated, false)
  })

  test('what a shifted context leaves behind is right for the next request', async () => {
    for (let i = 0; i < 5; i++) {
      const prompt = randomTokens(random, 40)
      const shifted = await complete(small.url, { prompt, n_keep: i * 8, n_predict: 110 + i * 20 })
      assert.equal(shifted.truncated, true)
      const next = [...prompt, ...shifted.tokens.slice(0, 20 + i)]
      const warm = await complete(small.url, { prompt: next, n_predict: 8, n_probs: 2 })
      assertSameTokens(warm, await cold(small.url, { prompt: next, n_predict: 8, n_probs: 2 }), `n_keep ${i * 8}`)
    }
  })

  test('--no-context-shift: /completion ends with limit', async () => {
    const answer = await complete(stopping.url, { prompt: randomTokens(random, 30), n_predict: 500 })
    assert.deepEqual([answer.stopped_limit, answer.stop_type, answer.truncated], [true, 'limit', true])
    assert.ok(answer.tokens_predicted >= nCtx - 31 && answer.tokens_predicted <= nCtx - 29, answer.tokens_predicted)
  })

  test('/v1/chat/completions ends with length', async () => {
    const body = { messages: [{ role: 'user', content: 'Go on' }], ignore_eos: true }
    for (const url of [small.url, stopping.url]) {
      const { json } = await chat(url, body)
      assert.equal(json.choices[0].finish_reason, 'length')
      assert.ok(json.usage.total_tokens >= nCtx - 1 && json.usage.total_tokens <= nCtx + 1, JSON.stringify(json.usage))
    }
  })

  test('--context-shift: /v1/chat/completions goes on past it', async () => {
    const server = await startServer('-m', tinyModel('tiny-chat'), '-c', '64', '--context-shift')
    const body = { messages: [{ role: 'user', content: 'Go on' }], ignore_eos: true, max_tokens: 150 }
    const { json } = await chat(server.url, body)
    assert.ok(json.usage.completion_tokens >= 150)
    assert.equal((await chat(server.url, longChat)).status, 400)
  })
})

test('-c is shared by the slots', async () => {
  const server = await startServer('-m', tinyModel('tiny-chat'), '-c', '256', '-np', '4')
  const { json } = await get(server.url, '/props')
  assert.deepEqual([json.total_slots, json.default_generation_settings.n_ctx], [4, 64])
  const { json: refused } = await chat(server.url, longChat)
  assert.equal(refused.error.n_ctx, 64)
  const endless = Array.from({ length: 6 }, () => ({ prompt: randomTokens(random, 20), n_predict: 150 }))
  for (const answer of await Promise.all(endless.map((body) => complete(server.url, body)))) {
    assert.ok(answer.tokens_predicted >= 150)
    assert.deepEqual([answer.truncated, answer.tokens_cached <= 64], [true, true])
  }
})

test('the smallest context', async () => {
  const server = await startServer('-m', tinyModel('tiny-llama'), '-c', '8')
  for (const prompt of ['x', 'one two three four five six seven eight nine ten']) {
    assert.ok((await complete(server.url, { prompt, n_predict: 40 })).tokens_predicted >= 40)
    assert.ok((await complete(server.url, { prompt, n_predict: 40, n_keep: -1 })).tokens_predicted >= 40)
  }
})
