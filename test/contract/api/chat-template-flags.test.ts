// Chat templates that flags choose, where they show: the prompt, /props, and where an answer stops.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const model = tinyModel('tiny-chat')
const names = ['--chat-prompt', 'A chat.', '--user-name', '\\nHuman: ', '--ai-name', '\\nBot: ']
const named = await startServer('-m', model, ...names)
const messages = [{ role: 'user', content: 'Hi' }]
const asked = { messages, temperature: 0, max_tokens: 40, ignore_eos: true }
const textOf = async (url: string, path: string) => (await post(url, path, asked)).json.choices[0].message.content
const answer: string = await textOf(named.url, '/v1/chat/completions')
const stop = answer.slice(8, 11)
const stopping = await startServer('-m', model, ...names, '--stop', stop)
const jinja = await startServer('-m', model, '--chat-template', '<{{ messages[0].content }}{{ more }}>')

test('the names make the prompt, with and without /v1', async () => {
  const { json } = await post(named.url, '/apply-template', { messages })
  assert.equal(json.prompt, 'A chat.\nHuman: Hi\nBot:')
  assert.equal(await textOf(named.url, '/chat/completions'), answer)
})

test('--stop ends the answer, beside the stops of the request', async () => {
  assert.ok(stop.length > 0)
  assert.equal(await textOf(stopping.url, '/v1/chat/completions'), answer.slice(0, answer.indexOf(stop)))
  const { json } = await post(stopping.url, '/v1/chat/completions', { ...asked, stop: [answer.slice(0, 2)] })
  assert.equal(json.choices[0].message.content, '')
})

test("--chat-template is served in place of the model's, and /props tells it", async () => {
  assert.equal((await post(jinja.url, '/apply-template', { messages })).json.prompt, '<Hi>')
  assert.equal((await get(jinja.url, '/props')).json.chat_template, '<{{ messages[0].content }}{{ more }}>')
})

test('chat_template_kwargs are variables of the template, also in /apply-template', async () => {
  const body = { messages, chat_template_kwargs: { more: ' and more' } }
  assert.equal((await post(jinja.url, '/apply-template', body)).json.prompt, '<Hi and more>')
})
