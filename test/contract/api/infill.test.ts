import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-fim'), '-c', '256')
const { url: without } = await startServer('-m', tinyModel('tiny-llama'))

const ids = { bos: 1, prefix: 568, suffix: 569, middle: 570 }
const greedy = { temperature: 0, n_predict: 8 }

const tokens = async (content: string) =>
  (await post(url, '/tokenize', { content, parse_special: false })).json.tokens as number[]

/** The same request as /completion, by token ids. */
async function byTokens(prompt: readonly number[]): Promise<Json> {
  return (await post(url, '/completion', { prompt, ...greedy })).json
}

test('/infill asks for what stands between prefix and suffix, in the order that the model was made for', async () => {
  const { status, json } = await post(url, '/infill', { input_prefix: 'The sea', input_suffix: 'was blue', ...greedy })
  assert.equal(status, 200)
  const suffix = await tokens('was blue')
  const space = (await tokens(' '))[0]
  const prompt = [
    ids.bos,
    ids.prefix,
    ...(await tokens('The sea')),
    ids.suffix,
    ...(suffix[0] === space ? suffix.slice(1) : suffix),
    ids.middle,
  ]
  const same = await byTokens(prompt)
  assert.equal(json.content, same.content)
  assert.equal(json.tokens_evaluated, prompt.length)
  assert.equal(json.stop_type, 'limit')
})

test('what llama.vim and llama.vscode send is served', async () => {
  const extra = { filename: 'a.py', text: 'int x();' }
  const warm = { input_prefix: '', input_suffix: '', prompt: '', n_predict: 0, samplers: [], cache_prompt: true }
  const common = { id_slot: 0, t_max_prompt_ms: 500, t_max_predict_ms: 1000, stream: false }
  const fill = { input_prefix: 'a', input_suffix: '\n', prompt: 'b', n_predict: 8, n_indent: 4, top_k: 40, top_p: 0.99 }
  const samplers = ['top_k', 'top_p', 'infill']
  const time = [1722, 5] // of Vim's reltime()
  const vimWarm = { ...warm, ...common, input_extra: [{ ...extra, time }], temperature: 0, response_fields: [''] }
  assert.deepEqual(await post(url, '/infill', vimWarm), { status: 200, json: {} })
  const picked = ['content', 'timings/prompt_n', 'timings/prompt_ms', 'timings/prompt_per_token_ms']
  const vim = {
    ...fill,
    ...common,
    input_extra: [{ ...extra, time: 12.5 }],
    stop: [],
    samplers,
    response_fields: picked,
  }
  const { json } = await post(url, '/infill', vim)
  assert.deepEqual(Object.keys(json).sort(), picked.sort())
  const vscode = { ...fill, ...common, input_extra: [extra], samplers, n_cmpl: 1, model: 'm' }
  assert.equal((await post(url, '/infill', vscode)).json.stop, true)
  assert.equal((await post(url, '/infill', { ...vscode, n_cmpl: 3 })).json.length, 3)
})

test('/infill streams when asked, with the same text', async () => {
  const body = { input_prefix: 'a', input_suffix: 'b', ...greedy }
  const events = await stream(url, '/infill', body)
  assert.equal(events.map((event) => event.content).join(''), (await post(url, '/infill', body)).json.content)
  assert.equal(events.at(-1).stop, true)
})

test('/infill takes an empty prefix, a prompt that the middle begins with, and other files', async () => {
  assert.equal((await post(url, '/infill', { input_suffix: 'b', ...greedy })).status, 200)
  const plain = await post(url, '/infill', { input_prefix: 'a', input_suffix: 'b', ...greedy })
  const begun = await post(url, '/infill', { input_prefix: 'a', input_suffix: 'b', prompt: 'and', ...greedy })
  assert.ok(begun.json.tokens_evaluated > plain.json.tokens_evaluated)
  const files = [{ filename: 'x.h', text: 'int x();' }]
  const extra = await post(url, '/infill', { input_prefix: 'a', input_suffix: 'b', input_extra: files, ...greedy })
  assert.equal(extra.status, 200)
  assert.ok(extra.json.tokens_evaluated > plain.json.tokens_evaluated)
})

test('what does not fit is cut at the far ends, and the answer is no error', async () => {
  const { status, json } = await post(url, '/infill', {
    input_prefix: 'far '.repeat(400),
    input_suffix: 'away '.repeat(400),
    ...greedy,
  })
  assert.equal(status, 200)
  assert.ok(json.tokens_evaluated <= 256 - 8)
  assert.equal(json.truncated, false)
})

test('bad input is a 400 that names the field; so is a model without such tokens', async () => {
  for (const file of [{}, { filename: 'ok' }, { filename: 123, text: 'abc' }, { filename: 123, text: 456 }]) {
    const { status, json } = await post(url, '/infill', { input_prefix: 'a', input_extra: [file] })
    assert.equal(status, 400, JSON.stringify(file))
    assert.match(json.error.message, /input_extra/)
  }
  assert.equal((await post(url, '/infill', { input_prefix: 5 })).status, 400)
  assert.equal((await post(url, '/infill', { input_prefix: 'a', prompt: ['b', 'c'] })).status, 400)
  const refused = await post(without, '/infill', { input_prefix: 'a', input_suffix: 'b' })
  assert.equal(refused.status, 400)
  assert.match(refused.json.error.message, /cannot infill/)
})

test('a suffix of /v1/completions is what stands behind the gap', async () => {
  const asked = await post(url, '/infill', { input_prefix: 'The sea', input_suffix: 'was blue', ...greedy })
  const body = { prompt: 'The sea', suffix: 'was blue', temperature: 0, max_tokens: 8, repeat_penalty: 1.1 }
  const { status, json } = await post(url, '/v1/completions', body)
  assert.equal(status, 200, JSON.stringify(json))
  assert.equal(json.choices[0].text, asked.json.content)
  const byIds = await post(url, '/v1/completions', { ...body, prompt: await tokens('The sea') })
  assert.equal(byIds.json.choices[0].text, asked.json.content)
  assert.equal((await post(url, '/v1/completions', { ...body, echo: true })).status, 400)
})
