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

test("the assistant's last message is continued, unless continue_final_message says otherwise", async () => {
  const begun = [...messages, { role: 'assistant', content: 'My name is' }]
  const prompt = async (body: object) =>
    (await post(named.url, '/apply-template', { messages: begun, ...body })).json.prompt
  const open = 'A chat.\nHuman: Hi\nBot: My name is'
  assert.equal(await prompt({}), open)
  assert.equal(await prompt({ continue_final_message: true, add_generation_prompt: false }), open)
  assert.equal(await prompt({ continue_final_message: 'content' }), open)
  assert.equal(await prompt({ continue_final_message: false }), `${open}</s>\nBot:`)
  const { status, json } = await post(named.url, '/apply-template', { messages, continue_final_message: true })
  assert.equal(status, 400)
  assert.match(json.error.message, /"continue_final_message": true needs the last message to be the assistant's/)
  const nPrompt = async (body: object) => {
    const answer = await post(named.url, '/v1/chat/completions', { messages: begun, max_tokens: 1, ...body })
    return answer.json.usage.prompt_tokens
  }
  assert.ok((await nPrompt({})) < (await nPrompt({ continue_final_message: false })))
})
