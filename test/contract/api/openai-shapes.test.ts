// What clients of OpenAI count on beyond the fields that they read: keys that are there though null, strings that add up,
// names of tokens that no string can hold, and statuses that do not make an SDK ask again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-chat'), '-np', '2', '-c', '1024')
const chat = '/v1/chat/completions'
const messages = [{ role: 'user', content: 'Hello' }]

/** The model writes this and nothing else. */
const exactly = (text: string) => ({ grammar: `root ::= ${JSON.stringify(text)}`, max_tokens: 64, temperature: 0 })
const family = '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}'

test('a chat has refusal and logprobs, though null, and its chunks add up to strings', async () => {
  const { choices } = (await post(url, chat, { messages, max_tokens: 2 })).json
  assert.deepEqual([choices[0].message.refusal, choices[0].logprobs], [null, null])
  const chunks = (await stream(url, chat, { messages, max_tokens: 2, ignore_eos: true })).filter((c) => c !== '[DONE]')
  const [first] = chunks
  assert.deepEqual(first.choices[0].delta, { role: 'assistant', content: '', refusal: null })
  for (const { choices } of chunks) {
    assert.equal(choices[0].logprobs, null)
    assert.notEqual(choices[0].delta.content, null)
  }
})

test('fields that ask for nothing are taken, whatever else they may ask', async () => {
  const fields = [
    { verbosity: 'medium' },
    { function_call: 'none' },
    { function_call: 'auto' },
    { prompt_cache_retention: 'in-memory' },
    { prompt_cache_retention: null },
  ]
  for (const field of fields) {
    assert.equal((await post(url, chat, { messages, max_tokens: 1, ...field })).status, 200, JSON.stringify(field))
  }
  const { status, json } = await post(url, chat, { messages, function_call: { name: 'f' } })
  assert.deepEqual([status, json.error.param], [400, 'function_call'])
})

test('seeds have 64 bits, and the same one gives the same text', async () => {
  for (const seed of [2 ** 32, 2 ** 53 - 1, 2 ** 64 - 2048, -2, -(2 ** 63)]) {
    const body = { prompt: 'Hello', n_predict: 8, temperature: 2, seed }
    const first = (await post(url, '/completion', body)).json
    assert.equal((await post(url, '/completion', body)).json.content, first.content, String(seed))
  }
})

test('alternatives that are parts of characters keep their own names, and stay as many as they are', async () => {
  for (const nTop of [1, 3, 5]) {
    const body = { prompt: 'Hello', logprobs: nTop, ...exactly(`a ${family} b`) }
    const { logprobs, text } = (await post(url, '/v1/completions', body)).json.choices[0]
    assert.equal(text, `a ${family} b`)
    for (const top of logprobs.top_logprobs) assert.equal(Object.keys(top).length, nTop)
    const names = logprobs.top_logprobs.flatMap((top: Json) => Object.keys(top))
    assert.ok(![...names, ...logprobs.tokens].join('').includes('\ufffd'), 'no name has a replacement character')
  }
})

test('text_offset is where a token begins in the text, or the character that it is a part of', async () => {
  const body = { prompt: 'Hello', logprobs: 1, ...exactly(`a ${family} b \u00e9 c`) }
  const whole = (await post(url, '/v1/completions', body)).json.choices[0]
  const { tokens, text_offset: offsets } = whole.logprobs
  let end = 0
  for (const [i, token] of tokens.entries()) {
    const isPart = /^bytes:/.test(token)
    if (!isPart) assert.ok(whole.text.slice(offsets[i]).startsWith(token), `${token} at ${offsets[i]}`)
    assert.ok(offsets[i] >= end, 'offsets never go back')
    end = offsets[i]
  }
  const chunks = (await stream(url, '/v1/completions', body)).filter((chunk) => chunk !== '[DONE]')
  const streamed = chunks.flatMap(({ choices }: Json) => choices[0]?.logprobs?.text_offset ?? [])
  assert.deepEqual(streamed, offsets)
})

test('tokens of a chat that are parts of a character are named by their bytes, whole or streamed', async () => {
  const body = { messages, logprobs: true, top_logprobs: 2, ...exactly(family) }
  const { logprobs } = (await post(url, chat, body)).json.choices[0]
  const chunks = (await stream(url, chat, body)).filter((chunk) => chunk !== '[DONE]')
  const streamed = chunks.flatMap(({ choices }: Json) => choices[0]?.logprobs?.content ?? [])
  for (const content of [logprobs.content, streamed]) {
    assert.equal(Buffer.from(content.flatMap(({ bytes }: Json) => bytes)).toString(), family)
    assert.ok(!JSON.stringify(content).includes('\ufffd'))
  }
  assert.match(logprobs.content.map(({ token }: Json) => token).join(''), /\\xf0/)
})

test('a prompt that is too long has the code that clients look for, and both numbers', async () => {
  const long = 'people '.repeat(1000)
  for (const [path, body] of [
    [chat, { messages: [{ role: 'user', content: long }] }],
    ['/v1/completions', { model: 'm', prompt: long }],
  ] as const) {
    const { status, json } = await post(url, path, body)
    const { code, type, message, n_prompt_tokens, n_ctx } = json.error
    assert.deepEqual([status, code, type], [400, 'context_length_exceeded', 'exceed_context_size_error'])
    for (const number of [n_prompt_tokens, n_ctx]) assert.match(message, new RegExp(`\\b${number}\\b`))
  }
})

test('no refusal of a request is a 5xx, which SDKs send again', async () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,' } }
  for (const [path, body] of [
    [chat, { messages: [{ role: 'user', content: [image] }] }],
    [chat, { messages, audio: { voice: 'x' } }],
    ['/v1/completions', { prompt: 'a', best_of: 2 }],
    ['/v1/embeddings', { input: 'a' }],
    ['/infill', { input_prefix: 'a' }],
    ['/rerank', { query: 'a', documents: ['b'] }],
    ['/slots/0?action=save', { filename: 'x' }],
  ] as const) {
    assert.equal((await post(url, path, body)).status, 400, path)
  }
})
