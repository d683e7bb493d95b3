// Requests whose texts are long, unbroken or made to hurt: they are served or refused, and nobody else waits for them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

// its texts are split by a regular expression of libllama's, which recurses for each character
const server = await startServer('-m', tinyModel('tiny-gpt4o'), '-np', '2', '-c', '1024')
const { url } = server

type Reply = { readonly status: number; readonly json: Json }

/** Sends it; how many of the requests to /health that were sent meanwhile came back before its answer. */
async function whileHealthy(path: string, body: unknown): Promise<Reply & { readonly nHealthy: number }> {
  let isOver = false
  let nHealthy = 0
  const answer = post(url, path, body).finally(() => {
    isOver = true
  })
  while (!isOver) {
    const { status } = await get(url, '/health')
    assert.equal(status, 200)
    if (!isOver) nHealthy++
  }
  return { ...(await answer), nHealthy }
}

const nTokens = async (content: string) => (await post(url, '/tokenize', { content })).json.tokens.length

test('an unbroken text of usual length is read as a short one is', async () => {
  for (const char of ['a', 'A', '!', '1', ' ', '中']) {
    const n = await nTokens(char.repeat(20))
    assert.equal(await nTokens(char.repeat(20_000)), 1000 * n, JSON.stringify(char))
  }
})

test('base64 and other texts of 100 kB are read', async () => {
  const base64 = Buffer.from(Array.from({ length: 75_000 }, (_, i) => (i * i * 7) % 251)).toString('base64')
  assert.equal(await nTokens(base64), base64.length)
})

test('an unbroken text beyond what libllama can read is refused by name, and the server lives', async () => {
  const { status, json } = await whileHealthy('/completion', { prompt: 'a'.repeat(300_000), n_predict: 1 })
  assert.equal(status, 400)
  assert.match(json.error.message, /^Tokenizing "prompt" failed: this text cannot be read \(.*SIGSEGV/)
  assert.equal((await post(url, '/completion', { prompt: 'b'.repeat(20_000), n_predict: 1 })).status, 200)
  assert.equal(server.child.exitCode, null)
})

test('a chat of 20,000 short messages holds up nobody', async () => {
  const messages = Array.from({ length: 20_000 }, () => ({ role: 'user', content: 'hi' }))
  const { status, nHealthy } = await whileHealthy('/v1/chat/completions', { messages, max_tokens: 1 })
  assert.equal(status, 400) // too long for the context
  assert.ok(nHealthy >= 3, `${nHealthy} answers of /health came first`)
})

test('16,000 texts in "logit_bias" hold up nobody, and more are refused by name', async () => {
  const biases = (n: number) => Array.from({ length: n }, (_, i) => [`text ${i}`, 1])
  const { nHealthy } = await whileHealthy('/completion', { prompt: 'x', n_predict: 1, logit_bias: biases(16_000) })
  assert.ok(nHealthy >= 3, `${nHealthy} answers of /health came first`)
  for (const logit_bias of [biases(20_000), Object.fromEntries(biases(20_000))]) {
    const { status, json } = await post(url, '/completion', { prompt: 'x', n_predict: 1, logit_bias })
    assert.equal(status, 400)
    assert.match(json.error.message, /^Cannot read "logit_bias": .* of at most 16384$/)
  }
})

test('150,000 keys in "chat_template_kwargs" hold up nobody', async () => {
  const chat_template_kwargs = Object.fromEntries(Array.from({ length: 150_000 }, (_, i) => [`k${i}`, 1]))
  const messages = [{ role: 'user', content: 'hi' }]
  const { nHealthy } = await whileHealthy('/v1/chat/completions', { messages, max_tokens: 1, chat_template_kwargs })
  assert.ok(nHealthy >= 3, `${nHealthy} answers of /health came first`)
})

test('a schema of alternatives of alternatives holds up nobody, and ends in an answer or a refusal', async () => {
  const json_schema = {
    allOf: Array.from({ length: 22 }, (_, i) => ({ anyOf: [{ minLength: i }, { maxLength: 99 + i }] })),
  }
  const { status, nHealthy } = await whileHealthy('/completion', { prompt: 'x', n_predict: 1, json_schema })
  assert.ok(status === 200 || status === 400, `status ${status}`)
  assert.ok(nHealthy >= 3, `${nHealthy} answers of /health came first`)
})

test('a prompt of 1 MB is refused for its length, and holds up nobody', async () => {
  const { status, json, nHealthy } = await whileHealthy('/v1/completions', {
    prompt: 'word '.repeat(200_000),
    max_tokens: 1,
  })
  assert.deepEqual([status, json.error.type], [400, 'exceed_context_size_error'])
  assert.ok(nHealthy >= 3, `${nHealthy} answers of /health came first`)
})
