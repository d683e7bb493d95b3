// Fields that say how many answers there are, what is in them, and when they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-chat'), '-np', '2', '-c', '1024', '--alias', 'tiny')
const messages = [{ role: 'user', content: 'Hello' }]
const hot = { temperature: 1, n_predict: 12, ignore_eos: true }

async function complete(body: object): Promise<Json> {
  const { status, json } = await post(url, '/completion', { prompt: 'Hello', ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

test('n_cmpl gives a list of answers whose seeds follow each other', async () => {
  const both = await complete({ ...hot, seed: 5, n_cmpl: 2 })
  assert.deepEqual(
    both.map(({ index, generation_settings: { seed } }: Json) => [index, seed]),
    [
      [0, 5],
      [1, 6],
    ],
  )
  for (const [i, { content }] of both.entries()) {
    assert.equal(content, (await complete({ ...hot, seed: 5 + i })).content)
  }
})

test('more answers than there are slots wait for one, as a list and as a stream', async () => {
  const asked = { ...hot, seed: 5, n_cmpl: 5, slot_id: 1 }
  const all = await complete(asked)
  assert.deepEqual(
    all.map(({ index, id_slot, generation_settings: { seed } }: Json) => [index, id_slot, seed]),
    [0, 1, 2, 3, 4].map((i) => [i, 1, 5 + i]),
  )
  const texts = ['', '', '', '', '']
  for (const { index, content } of await stream(url, '/completion', { prompt: 'Hello', ...asked }))
    texts[index] += content
  assert.deepEqual(
    texts,
    all.map(({ content }: Json) => content),
  )
})

test('several prompts with n have their answers side by side', async () => {
  const all = await complete({ ...hot, prompt: ['One', 'Two'], n: 2, seed: 1 })
  assert.deepEqual(
    all.map(({ index, prompt }: Json) => [index, prompt]),
    [
      [0, 'One'],
      [1, 'One'],
      [2, 'Two'],
      [3, 'Two'],
    ],
  )
})

test('a chat with n has as many choices, and its prompt counts once', async () => {
  const body = { messages, ...hot, seed: 5 }
  const { json } = await post(url, '/v1/chat/completions', { ...body, n: 2 })
  assert.deepEqual(
    json.choices.map(({ index }: Json) => index),
    [0, 1],
  )
  const one = await post(url, '/v1/chat/completions', body)
  assert.equal(json.choices[0].message.content, one.json.choices[0].message.content)
  assert.notEqual(json.choices[0].message.content, json.choices[1].message.content)
  assert.equal(json.usage.prompt_tokens, one.json.usage.prompt_tokens)
  assert.equal(json.usage.completion_tokens, 24)
})

test('a streamed chat with n tells in each chunk which answer it belongs to', async () => {
  const body = { messages, ...hot, seed: 5, n: 2 }
  const { json } = await post(url, '/v1/chat/completions', body)
  const chunks = (await stream(url, '/v1/chat/completions', body)).filter((chunk) => chunk !== '[DONE]')
  for (const { index, message } of json.choices) {
    const own = chunks.filter(({ choices }: Json) => choices[0].index === index)
    assert.equal(own[0].choices[0].delta.role, 'assistant')
    assert.equal(own.map(({ choices }: Json) => choices[0].delta.content ?? '').join(''), message.content)
    assert.equal(own.at(-1).choices[0].finish_reason, 'length')
  }
})

test('n answers in one slot come one after the other', async () => {
  const { status, json } = await post(url, '/v1/chat/completions', { messages, ...hot, n: 2, slot_id: 1 })
  assert.equal(status, 200)
  assert.equal(json.choices.length, 2)
})

test('verbose adds the answer as /completion gives it', async () => {
  for (const [path, body] of [
    ['/v1/chat/completions', { messages }],
    ['/v1/completions', { prompt: 'Hello' }],
  ] as const) {
    const { json } = await post(url, path, { ...body, ...hot, verbose: true })
    assert.match(json.__verbose.prompt, /Hello/)
    assert.equal(json.__verbose.content, json.choices[0].message?.content ?? json.choices[0].text)
    const chunks = await stream(url, path, { ...body, ...hot, verbose: true })
    assert.equal(chunks.filter(({ __verbose }) => __verbose !== undefined).length, 1)
    assert.equal((await post(url, path, { ...body, ...hot })).json.__verbose, undefined)
  }
})

test('/v1/completions has n choices for each prompt', async () => {
  const { json } = await post(url, '/v1/completions', { prompt: ['One', 'Two'], n: 2, ...hot, seed: 3 })
  assert.equal(json.choices.length, 4)
  assert.equal(json.usage.completion_tokens, 48)
})

test('response_fields picks what the answer contains, nested ones by their path', async () => {
  const fields = ['content', 'generation_settings/n_predict', 'timings/nothing', 'nothing']
  const answer = await complete({ n_predict: 3, response_fields: fields })
  assert.deepEqual(Object.keys(answer), ['content', 'generation_settings/n_predict'])
  assert.equal(answer['generation_settings/n_predict'], 3)
  const { status, json } = await post(url, '/completion', { prompt: 'x', response_fields: 'content' })
  assert.equal(status, 400)
  assert.match(json.error.message, /"response_fields": "content" is not an array/)
})

test('post_sampling_probs tells the probabilities that the choice was made by', async () => {
  const body = {
    ...hot,
    top_k: 3,
    top_p: 1,
    min_p: 0,
    repeat_penalty: 1,
    n_probs: 5,
    seed: 2,
    post_sampling_probs: true,
  }
  const { completion_probabilities: all } = await complete(body)
  assert.equal(all.length, 12)
  for (const { id, prob, top_probs: top, logprob } of all) {
    assert.equal(logprob, undefined)
    assert.equal(top.length, 3)
    assert.ok(Math.abs(top.reduce((sum: number, entry: Json) => sum + entry.prob, 0) - 1) < 1e-5)
    assert.equal(top.find((entry: Json) => entry.id === id).prob, prob)
  }
})

test('n_indent ends at a line that begins with fewer blanks, and keeps its blanks', async () => {
  const grammar = 'root ::= "a\\n   b\\n  c" [a-z]*'
  const answer = await complete({ grammar, n_predict: 40, n_indent: 3 })
  assert.equal(answer.content, 'a\n   b\n  ')
  assert.equal(answer.stop_type, 'limit')
  assert.match((await complete({ grammar, n_predict: 40, n_indent: 2 })).content, /^a\n {3}b\n {2}c/)
})

test('t_max_prompt_ms stops the prompt, answers nothing, and keeps what was computed', async () => {
  const { url: large } = await startServer('-m', tinyModel('tiny-llama'), '-c', '8192')
  const prompt = Array.from({ length: 8000 }, (_, i) => 300 + ((i * 7) % 200))
  const asked = { prompt, n_predict: 4, t_max_prompt_ms: 1 }
  const { json: late } = await post(large, '/completion', asked)
  assert.deepEqual([late.content, late.tokens_predicted, late.stop_type], ['', 0, 'limit'])
  const nComputed = late.timings.prompt_n
  assert.ok(nComputed >= 512 && nComputed < 8000, `${nComputed} of 8000 tokens`)
  assert.equal(late.tokens_cached, nComputed)
  const { json: whole } = await post(large, '/completion', { ...asked, t_max_prompt_ms: -1 })
  assert.deepEqual([whole.timings.cache_n, whole.tokens_predicted], [nComputed, 4])
})

test('t_max_predict_ms ends at the first new line after that time', async () => {
  const grammar = 'root ::= "a"{200} "\\n" "b"{100}'
  const answer = await complete({ grammar, n_predict: -1, t_max_predict_ms: 1 })
  assert.equal(answer.content, `${'a'.repeat(200)}\n`)
  assert.equal(answer.stop_type, 'limit')
  assert.match((await complete({ grammar, n_predict: -1, t_max_predict_ms: 600_000 })).content, /\nb{100}$/)
})

test('n_discard says how many tokens leave a full context', async () => {
  const answer = await complete({ prompt: 'Hello', n_predict: 600, n_discard: 20, ignore_eos: true })
  assert.equal(answer.truncated, true)
  assert.ok(answer.tokens_cached >= 512 - 20, `${answer.tokens_cached} tokens in the cache`)
  const half = await complete({ prompt: 'Hello', n_predict: 600, ignore_eos: true })
  assert.ok(half.tokens_cached < 512 - 20, `${half.tokens_cached} tokens in the cache`)
})

test('a prompt may be {"prompt_string"}', async () => {
  const greedy = { temperature: 0, n_predict: 8 }
  const plain = await complete(greedy)
  assert.equal((await complete({ ...greedy, prompt: { prompt_string: 'Hello' } })).content, plain.content)
  const mixed = await complete({ ...greedy, prompt: [{ prompt_string: 'Hello' }, 'Hello'] })
  assert.deepEqual([mixed[0].content, mixed[1].content], [plain.content, plain.content])
})

test("response_fields picks from OpenAI's answers as well, where they are whole", async () => {
  const field = { response_fields: ['usage/completion_tokens', 'choices/0/finish_reason', 'nothing'], n_predict: 3 }
  for (const [path, body] of [
    ['/v1/chat/completions', { messages, ignore_eos: true }],
    ['/v1/completions', { prompt: 'x', ignore_eos: true }],
  ] as const) {
    const { json } = await post(url, path, { ...body, ...field })
    assert.deepEqual(json, { 'usage/completion_tokens': 3, 'choices/0/finish_reason': 'length' })
    const none = await post(url, path, { ...body, n_predict: 1, response_fields: [''] })
    assert.deepEqual([none.status, none.json], [200, {}])
    const streamed = await post(url, path, { ...body, ...field, stream: true })
    assert.equal(streamed.status, 400)
    assert.match(streamed.json.error.message, /"response_fields".*"stream"/)
  }
})

test('what only /completion has is refused elsewhere, not ignored', async () => {
  const image = { image_data: [{ data: 'AAAA', id: 1 }] }
  const cases = [
    ['/v1/chat/completions', { messages }, image, /"image_data".*image_url/],
    ['/v1/completions', { prompt: 'x' }, image, /"image_data".*\/completion/],
    ['/infill', { input_prefix: 'x' }, image, /"image_data".*\/completion/],
    ['/v1/chat/completions', { messages }, { return_tokens: true }, /"return_tokens".*"verbose": true/],
    ['/v1/completions', { prompt: 'x' }, { return_tokens: true }, /"return_tokens".*"verbose": true/],
    ['/v1/completions', { prompt: 'x' }, { post_sampling_probs: true }, /"post_sampling_probs".*\/completion/],
  ] as const
  for (const [path, body, field, sentence] of cases) {
    const { status, json } = await post(url, path, { ...body, ...field, n_predict: 1 })
    assert.equal(status, 400, `${path} ${JSON.stringify(field)}`)
    assert.match(json.error.message, sentence)
    const nothing = Object.fromEntries(
      Object.entries(field).map(([name, value]) => [name, value === true ? false : []]),
    )
    if (path !== '/infill') assert.equal((await post(url, path, { ...body, ...nothing, n_predict: 1 })).status, 200)
  }
  const verbose = { messages, ...hot, verbose: true, return_tokens: true }
  assert.ok((await post(url, '/v1/chat/completions', verbose)).json.__verbose.tokens.length >= 12)
})

test('a chat tells probabilities after the chain in place of logprobs, when asked', async () => {
  const body = { messages, ...hot, top_k: 3, top_p: 1, min_p: 0, seed: 2, logprobs: true, top_logprobs: 2 }
  const { json } = await post(url, '/v1/chat/completions', { ...body, post_sampling_probs: true })
  const { content } = json.choices[0].logprobs
  assert.equal(content.length, 12)
  for (const { token, prob, top_probs: top, logprob } of content) {
    assert.equal(logprob, undefined)
    assert.equal(top.length, 2)
    assert.ok(prob > 0 && prob <= 1 && top[0].prob >= top[1].prob, `${token}: ${prob}`)
  }
})

test('/v1/completions tells timings with each part when asked, and n_probs is as logprobs', async () => {
  const parts = await stream(url, '/v1/completions', { prompt: 'Hello', ...hot, timings_per_token: true })
  const timed = parts.filter((part) => part.choices?.[0]?.text)
  assert.ok(timed.length > 3)
  for (const { timings } of timed) assert.ok(timings.predicted_n > 0)
  const body = { prompt: 'Hello', ...hot, seed: 1 }
  const [asked, named] = await Promise.all(
    [{ logprobs: 3 }, { n_probs: 3 }].map((more) => post(url, '/v1/completions', { ...body, ...more })),
  )
  assert.equal(asked!.json.choices[0].logprobs.tokens.length, 12)
  assert.deepEqual(named!.json.choices[0].logprobs.tokens, asked!.json.choices[0].logprobs.tokens)
})
