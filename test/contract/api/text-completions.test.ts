import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const path = '/v1/completions'
const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '--alias', 'tiny')

const greedy = { temperature: 0, max_tokens: 12 }

test('one prompt gives one choice in OpenAI’s shape, with usage', async () => {
  const { status, json } = await post(url, path, { model: 'any', prompt: 'Hello', ...greedy })
  assert.equal(status, 200)
  assert.equal(json.object, 'text_completion')
  assert.equal(json.model, 'tiny')
  assert.match(json.id, /^cmpl-[0-9A-Za-z]{32}$/)
  assert.match(json.system_fingerprint, /^b/)
  assert.ok(Math.abs(json.created - Date.now() / 1000) < 600)
  assert.equal(json.choices.length, 1)
  assert.deepEqual(Object.keys(json.choices[0]).sort(), ['finish_reason', 'index', 'logprobs', 'text'])
  assert.equal(json.choices[0].finish_reason, 'length')
  assert.equal(json.choices[0].logprobs, null)
  assert.equal(json.usage.completion_tokens, 12)
  assert.equal(json.usage.total_tokens, json.usage.prompt_tokens + 12)
})

test('the text is that of /completion with the same settings', async () => {
  const ours = await post(url, path, { prompt: 'Once upon', ...greedy })
  const native = await post(url, '/completion', { prompt: 'Once upon', ...greedy, repeat_penalty: 1 })
  assert.equal(ours.json.choices[0].text, native.json.content)
})

test('several prompts give choices in their order, and usage of all', async () => {
  const prompts = ['Hello', 'The sea', 'One two']
  const { json } = await post(url, path, { prompt: prompts, ...greedy })
  assert.deepEqual(
    json.choices.map(({ index }: { index: number }) => index),
    [0, 1, 2],
  )
  for (const [i, prompt] of prompts.entries()) {
    const alone = await post(url, path, { prompt, ...greedy })
    assert.equal(json.choices[i].text, alone.json.choices[0].text, prompt)
  }
  assert.equal(json.usage.completion_tokens, 36)
})

test('a stream has the same text, a finish_reason at its end, usage when asked for, and [DONE]', async () => {
  const body = { prompt: ['Hello', 'The sea'], ...greedy }
  const events = await stream(url, path, { ...body, stream_options: { include_usage: true } })
  assert.equal(events.at(-1), '[DONE]')
  assert.equal(events.at(-2).usage.completion_tokens, 24)
  const whole = await post(url, path, body)
  for (const index of [0, 1]) {
    const own = events.filter((event) => event.choices?.[0]?.index === index)
    assert.equal(own.map((event) => event.choices[0].text).join(''), whole.json.choices[index].text)
    assert.deepEqual(
      own.map((event) => event.choices[0].finish_reason).filter((reason) => reason !== null),
      ['length'],
    )
  }
})

test('logprobs come as lists side by side, with the place of each token in the text', async () => {
  const { json } = await post(url, path, { prompt: 'Hello', ...greedy, logprobs: 3 })
  const { tokens, token_logprobs, top_logprobs, text_offset } = json.choices[0].logprobs
  assert.equal(tokens.length, 12)
  assert.equal(token_logprobs.length, 12)
  assert.equal(top_logprobs.length, 12)
  assert.equal(text_offset[0], 0)
  for (const [i, top] of top_logprobs.entries()) {
    assert.ok(Object.keys(top).length <= 3)
    assert.equal(Math.max(...(Object.values(top) as number[])), token_logprobs[i])
  }
})

test('echo sends the prompt before the text, in whole answers and in streams', async () => {
  const prompt = 'Hello 😀 you'
  const { json: plain } = await post(url, path, { prompt, ...greedy })
  const whole = `${prompt}${plain.choices[0].text}`
  const body = { prompt, ...greedy, echo: true }
  const { json } = await post(url, path, body)
  assert.equal(json.choices[0].text, whole)
  const chunks = (await stream(url, path, { ...body, logprobs: 1 })).filter((event) => event !== '[DONE]')
  assert.equal(chunks.map(({ choices }) => choices[0].text).join(''), whole)
  const entries = chunks.flatMap(({ choices }) => choices[0].logprobs?.tokens ?? [])
  const asked = await post(url, path, { ...body, logprobs: 1 })
  assert.deepEqual(entries, asked.json.choices[0].logprobs.tokens)
  const ids = await post(url, path, { prompt: [400, 401], ...greedy, max_tokens: 0, echo: true })
  const { content } = (await post(url, '/detokenize', { tokens: [400, 401] })).json
  assert.equal(ids.json.choices[0].text, content)
})

test('echo with logprobs tells how likely each token of the prompt was', async () => {
  const prompt = 'Once upon a time'
  const score = { temperature: 0, max_tokens: 1, logprobs: 2, echo: true }
  const { json } = await post(url, path, { prompt, ...score })
  const { tokens, token_logprobs: logprobs, top_logprobs: tops, text_offset: offsets } = json.choices[0].logprobs
  const ids = (await post(url, '/tokenize', { content: prompt, add_special: true })).json.tokens as number[]
  assert.equal(tokens.length, ids.length + 1)
  assert.deepEqual([logprobs[0], tops[0]], [null, null])
  // each as it is told of a token that is generated, by the beginning of the prompt before it
  for (let i = 1; i < ids.length; i++) {
    const before = await post(url, path, { prompt: ids.slice(0, i), max_tokens: 1, temperature: 0, n_probs: 1000 })
    const { top_logprobs } = before.json.choices[0].logprobs
    const here = top_logprobs[0][tokens[i]]
    assert.ok(Math.abs(here - logprobs[i]) < 1e-3, `${tokens[i]}: ${logprobs[i]}, by itself ${here}`)
    const inText = i === 1 ? tokens[i].trimStart() : tokens[i] // SentencePiece puts a space before a text
    assert.ok(json.choices[0].text.startsWith(inText, offsets[i]), `${tokens[i]} at ${offsets[i]}`)
  }
  const again = await post(url, path, { prompt, ...score })
  assert.deepEqual(again.json.choices[0].logprobs, json.choices[0].logprobs, 'whatever the cache holds')
})

test('prompt_logprobs tells logprob and rank of each token of the prompt', async () => {
  const prompt = Array.from({ length: 150 }, (_, i) => 260 + ((i * 7) % 300))
  const body = { prompt, max_tokens: 0, echo: true, logprobs: 3, prompt_logprobs: 3 }
  const [choice] = (await post(url, path, body)).json.choices
  assert.equal(choice.prompt_logprobs.length, prompt.length)
  assert.equal(choice.prompt_logprobs[0], null)
  for (const [i, told] of choice.prompt_logprobs.entries()) {
    if (i === 0) continue
    const own = told[String(prompt[i])]
    assert.equal(own.logprob, choice.logprobs.token_logprobs[i])
    const ranks = Object.values(told as Record<string, { rank: number }>).map(({ rank }) => rank)
    assert.deepEqual([...ranks].sort((a, b) => a - b).slice(0, 3), [1, 2, 3])
    assert.equal(ranks.length, own.rank > 3 ? 4 : 3)
  }
  const events = await stream(url, path, body)
  assert.deepEqual(events[0].choices[0].prompt_logprobs, choice.prompt_logprobs)
})

test('an empty prompt is the beginning of a text', async () => {
  const { status, json } = await post(url, path, { prompt: '', ...greedy })
  assert.equal(status, 200)
  assert.equal(json.usage.completion_tokens, 12)
})

test('what is not served is refused by name', async () => {
  const suffix = await post(url, path, { prompt: 'a', suffix: 'b' })
  assert.equal(suffix.status, 400)
  assert.match(suffix.json.error.message, /has no tokens for prefix, suffix and middle/)
  const cut = await post(url, path, { prompt: 'a', prompt_logprobs: 1, truncation: 'auto' })
  assert.equal(cut.status, 400)
  assert.match(cut.json.error.message, /"truncation"/)
  const many = await post(url, path, { prompt: 'a', n: 129 })
  assert.equal(many.status, 400)
  assert.match(many.json.error.message, /"n": 129 is not in \[1, 128\]/)
})

test('a prompt that does not fit is a 400 with both numbers', async () => {
  const { status, json } = await post(url, path, { prompt: 'word '.repeat(2000), ...greedy })
  assert.equal(status, 400)
  assert.equal(json.error.type, 'exceed_context_size_error')
  assert.ok(json.error.n_prompt_tokens > json.error.n_ctx)
})

test("/completions answers as OpenAI's text completion to a request that names a model, else as /completion", async () => {
  const body = { prompt: 'Hello', ...greedy }
  const openai = await post(url, '/completions', { ...body, model: 'any' })
  assert.deepEqual([openai.status, openai.json.object], [200, 'text_completion'])
  assert.equal(openai.json.choices[0].text, (await post(url, path, body)).json.choices[0].text)
  const native = await post(url, '/completions', { ...body, model: null })
  assert.equal(native.json.content, (await post(url, '/completion', body)).json.content)
  assert.equal(native.json.choices, undefined)
  const events = await stream(url, '/completions', { ...body, stream_options: { include_usage: true } })
  assert.equal(events.at(-1), '[DONE]')
})
