// --grp-attn-n and --grp-attn-w with the real engine: grouped positions have an effect, and the same one however they came about.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, runProgram, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { assertSameTokens, cold, complete, printedRandom, randomTokens } from './generations.ts'

const model = tinyModel('tiny-llama')
const flags = ['-m', model, '-c', '1024', '-np', '2', '-gan', '4', '-gaw', '32', '-fa', 'off']
const extended = await startServer(...flags)
const inPieces = await startServer(...flags, '-b', '7')
const plain = await startServer('-m', model, '-c', '1024', '-np', '2', '-fa', 'off')
const random = printedRandom('self-extend')

const fields = { n_predict: 40, n_probs: 2 }

test('below the first window nothing changes', async () => {
  const prompt = randomTokens(random, 20)
  const [a, b] = [extended, plain].map(({ url }) => cold(url, { ...fields, prompt, n_predict: 8 }))
  assertSameTokens(await a!, await b!, 'short')
})

test('a long prompt has the same text in whatever pieces it is computed, and another one than without self-extend', async () => {
  const prompt = randomTokens(random, 300)
  const whole = await cold(extended.url, { ...fields, prompt })
  assertSameTokens(await cold(inPieces.url, { ...fields, prompt }), whole, 'in pieces of 7')
  const without = await cold(plain.url, { ...fields, prompt })
  const probs = (answer: typeof whole) => answer.completion_probabilities[0].top_logprobs[0].logprob
  assert.ok(Math.abs(probs(whole) - probs(without)) > 1e-3, 'positions have no effect')
})

test('a prefix that was cached gives the same text as a cold one', async () => {
  const common = randomTokens(random, 200)
  await complete(extended.url, { ...fields, prompt: [...common, ...randomTokens(random, 60)], slot_id: 0 })
  const prompt = [...common, ...randomTokens(random, 30)]
  const warm = await complete(extended.url, { ...fields, prompt, slot_id: 0 })
  assert.equal(warm.timings.cache_n, 192) // the beginning of the window
  assertSameTokens(warm, await cold(extended.url, { ...fields, prompt, slot_id: 1 }), 'cold')
})

test('there is no context shift: a full context ends the text, and a prompt that does not fit is refused', async () => {
  const full = await complete(extended.url, { prompt: randomTokens(random, 500), ignore_eos: true })
  assert.deepEqual([full.stop_type, full.truncated, full.tokens_predicted], ['limit', true, 12])
  const { status, json } = await post(extended.url, '/completion', { prompt: randomTokens(random, 600) })
  assert.deepEqual([status, json.error.type], [400, 'exceed_context_size_error'])
})

test('flags that cannot work end the start with the reason', async () => {
  const width = await runProgram(['-m', model, '-gan', '3', '-gaw', '32'])
  assert.equal(width.code, 1)
  assert.match(width.stderr, /--grp-attn-w 32 is not a multiple of --grp-attn-n 3/)
  const shift = await runProgram(['-m', model, '-gan', '4', '--context-shift'])
  assert.match(shift.stderr, /--context-shift and --grp-attn-n cannot be combined/)
  const mamba = await runProgram(['-m', tinyModel('tiny-mamba'), '-gan', '4', '--port', '0'])
  assert.equal(mamba.code, 1)
  assert.match(mamba.stderr, /this model does not support moving positions in its cache/)
})
