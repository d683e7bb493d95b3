// OpenAI's own package for Node.js reads responses, streams, calls and what is kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const served = await startServer('-m', tinyModel('tiny-chat'), '-c', '4096')
const client = new OpenAI({ baseURL: `${served.url}/v1`, apiKey: 'none', maxRetries: 0 })
const common = { model: 'any', input: 'Hello', max_output_tokens: 8, temperature: 0 }

test("OpenAI's package creates responses, goes on from them, and finds them again", async () => {
  const first = await client.responses.create(common)
  const [message] = first.output
  assert.equal(message?.type, 'message')
  assert.equal(first.output_text, message?.type === 'message' ? (message.content[0] as { text: string }).text : '')
  const second = await client.responses.create({ ...common, previous_response_id: first.id })
  assert.ok(second.usage!.input_tokens > first.usage!.input_tokens)
  assert.equal((await client.responses.retrieve(second.id)).output_text, second.output_text)
  const items = await client.responses.inputItems.list(second.id, { order: 'asc' })
  assert.deepEqual(
    items.data.map(({ type }) => type),
    ['message', 'message', 'message'],
  )
  const counted = await client.responses.inputTokens.count({ model: 'any', input: 'Hello' })
  assert.equal(counted.input_tokens, first.usage!.input_tokens)
  await client.responses.delete(first.id)
  await assert.rejects(client.responses.retrieve(first.id), OpenAI.NotFoundError)
})

test("OpenAI's package streams responses, and its snapshot is the response", async () => {
  const stream = client.responses.stream(common)
  let text = ''
  stream.on('response.output_text.delta', ({ delta }) => {
    text += delta
  })
  const response = await stream.finalResponse()
  assert.equal(response.output_text, text)
  assert.equal(text, (await client.responses.create(common)).output_text)
})

test("OpenAI's package streams calls, and parses their arguments", async () => {
  const city = { type: 'string', enum: ['Paris', 'Rome'] }
  const parameters = { type: 'object', properties: { city }, required: ['city'], additionalProperties: false }
  const stream = client.responses.stream({
    ...common,
    max_output_tokens: 500,
    tools: [{ type: 'function', name: 'get_weather', parameters, strict: true }],
    tool_choice: 'required',
    parallel_tool_calls: false,
  })
  const [call] = (await stream.finalResponse()).output
  assert.equal(call?.type, 'function_call')
  const { parsed_arguments: parsed } = call as unknown as { readonly parsed_arguments: { readonly city: string } }
  assert.ok(['Paris', 'Rome'].includes(parsed.city))
})
