import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-chat'), '--temp', '0.3', '-n', '7')

const messages = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hi' },
]

test('/apply-template shows the prompt that chat would use', async () => {
  const { json } = await post(url, '/apply-template', { messages })
  const turns = '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n'
  assert.equal(json.prompt, `${turns}<|im_start|>assistant\n`)
  const bare = await post(url, '/apply-template', { messages, add_generation_prompt: false })
  assert.equal(bare.json.prompt, turns)
  const chat = await post(url, '/v1/chat/completions', { messages, max_tokens: 1 })
  const ids = await post(url, '/tokenize', { content: json.prompt, add_special: true })
  assert.equal(chat.json.usage.prompt_tokens, ids.json.tokens.length)
})

test('/apply-template takes model, tools and tool_choice as chat does', async () => {
  const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } })
  const tools = [tool('look_up'), tool('write_down')]
  const withTools = { messages, model: 'any', tools, chat_template_kwargs: {} }
  for (const choice of ['auto', 'none', { type: 'function', function: { name: 'look_up' } }]) {
    const body = { ...withTools, tool_choice: choice }
    const { status, json } = await post(url, '/apply-template', body)
    assert.equal(status, 200, JSON.stringify(json))
    const ids = await post(url, '/tokenize', { content: json.prompt, add_special: true })
    const chat = await post(url, '/v1/chat/completions', { ...body, max_tokens: 1 })
    assert.equal(chat.json.usage.prompt_tokens, ids.json.tokens.length, JSON.stringify(choice))
  }
  const wrong = await post(url, '/apply-template', { messages, tool_choice: 'required' })
  assert.equal(wrong.status, 400)
})

test('/apply-template refuses what chat refuses', async () => {
  assert.equal((await post(url, '/apply-template', {})).status, 400)
  assert.equal((await post(url, '/apply-template', { messages: [] })).status, 400)
})

test('the sampling flags are the defaults of every request, and a request wins over them', async () => {
  assert.equal((await get(url, '/model.json')).json.temperature, 0.3)
  assert.equal((await get(url, '/props')).json.default_generation_settings.params.temperature, 0.3)
  const own = await post(url, '/completion', { prompt: 'Hi', temperature: 1.5, n_predict: 2 })
  assert.equal(own.json.generation_settings.temperature, 1.5)
})

test('-n is the most that an answer gets when the request does not say', async () => {
  const endless = await post(url, '/completion', { prompt: 'Hi', ignore_eos: true })
  assert.ok(endless.json.tokens_predicted >= 7 && endless.json.tokens_predicted <= 10)
  assert.equal(endless.json.generation_settings.n_predict, 7)
  const more = await post(url, '/completion', { prompt: 'Hi', ignore_eos: true, n_predict: 50 })
  assert.ok(more.json.tokens_predicted >= 50 && more.json.tokens_predicted <= 53) // the rest of a character
  const chat = await post(url, '/v1/chat/completions', { messages, ignore_eos: true })
  assert.ok(chat.json.usage.completion_tokens >= 7 && chat.json.usage.completion_tokens <= 10)
})
