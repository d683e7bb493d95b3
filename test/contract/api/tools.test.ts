// Tools of POST /v1/chat/completions: calls that are demanded are made, in whole answers and in streams.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const qwen = `{%- if tools %}<|im_start|>system
You may call:
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
<|im_end|>
{% endif -%}
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}`
const served = await startServer('-m', tinyModel('tiny-chat'), '-np', '2', '-c', '4096', '--chat-template', qwen)
const without = await startServer('-m', tinyModel('tiny-chat'), '-c', '4096')

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', enum: ['Paris', 'Rome'] }, inCelsius: { type: 'boolean' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}
const clock = {
  type: 'function',
  function: { name: 'get_time', parameters: { type: 'object', properties: {}, additionalProperties: false } },
}
const messages = [{ role: 'user', content: 'How is the weather in Paris?' }]
const common = { messages, max_tokens: 500, temperature: 0, parallel_tool_calls: false }

async function ask(body: object, url = served.url): Promise<Json> {
  const { status, json } = await post(url, '/v1/chat/completions', { ...common, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

/** The chunks of a stream, without its end. */
async function chunksOf(body: object): Promise<Json[]> {
  const events = await stream(served.url, '/v1/chat/completions', { ...common, ...body })
  return events.filter((event) => typeof event !== 'string')
}

async function refused(body: object): Promise<string> {
  const { status, json } = await post(served.url, '/v1/chat/completions', { ...common, ...body })
  assert.equal(status, 400, JSON.stringify(json))
  return json.error.message
}

/** The one call of an answer, whose arguments fit. */
function callOf({ choices }: Json): { name: string; arguments: Json } {
  const [{ message, finish_reason: reason }] = choices
  assert.equal(reason, 'tool_calls', JSON.stringify(choices))
  assert.equal(message.content, null)
  assert.equal(message.tool_calls.length, 1)
  const [{ id, type, function: called }] = message.tool_calls
  assert.match(id, /^call_\w{32}$/)
  assert.equal(type, 'function')
  return { name: called.name, arguments: JSON.parse(called.arguments) }
}

describe('tool_choice', () => {
  for (const [name, { url }] of Object.entries({ 'a template with tools': served, 'a template without': without })) {
    it(`required is a call, with arguments that fit: ${name}`, async () => {
      for (const seed of [1, 2, 3]) {
        const call = callOf(await ask({ tools: [weather, clock], tool_choice: 'required', temperature: 1, seed }, url))
        assert.ok(['get_weather', 'get_time'].includes(call.name))
        if (call.name === 'get_weather')
          assert.ok(['Paris', 'Rome'].includes(call.arguments.city), JSON.stringify(call))
      }
    })

    it(`a named function is that one: ${name}`, async () => {
      const choice = (name: string) => ({ type: 'function', function: { name } })
      assert.deepEqual(callOf(await ask({ tools: [weather, clock], tool_choice: choice('get_time') }, url)), {
        name: 'get_time',
        arguments: {},
      })
      const call = callOf(await ask({ tools: [weather, clock], tool_choice: choice('get_weather') }, url))
      assert.equal(call.name, 'get_weather')
    })
  }

  it('none shows the model no tools, and looks for no calls', async () => {
    const plain = await ask({ max_tokens: 12 })
    const none = await ask({ max_tokens: 12, tools: [weather], tool_choice: 'none' })
    assert.equal(none.choices[0].message.content, plain.choices[0].message.content)
    assert.equal(none.usage.prompt_tokens, plain.usage.prompt_tokens)
  })

  it('auto leaves the model free until it begins a call', async () => {
    const answer = await ask({ max_tokens: 12, tools: [weather] })
    assert.equal(answer.choices[0].message.tool_calls, undefined)
    const { json } = await post(served.url, '/apply-template', { messages })
    const prompt = (await ask({ max_tokens: 1, tools: [weather] })).usage.prompt_tokens
    assert.ok(prompt > json.prompt.length / 10, 'the tools are part of the prompt')
  })

  it('a call that the model begins by itself is held to the schema', async () => {
    // every token of the marker is made likely until the marker is there, which the grammar then leaves behind
    const bias = { '<tool_call>': 40 }
    const answer = await ask({ tools: [weather], logit_bias: bias, max_tokens: 300, seed: 1 })
    const calls = answer.choices[0].message.tool_calls ?? []
    for (const call of calls) assert.ok(['Paris', 'Rome'].includes(JSON.parse(call.function.arguments).city))
  })

  it('what cannot be is refused by name', async () => {
    assert.match(
      await refused({ tools: [weather], tool_choice: { type: 'function', function: { name: 'fly' } } }),
      /tool_choice.*fly/,
    )
    assert.match(await refused({ tool_choice: 'required' }), /tool_choice.*tools/)
    assert.match(await refused({ tools: [weather, weather] }), /tools.*get_weather/)
    assert.match(await refused({ tools: [{ type: 'function' }] }), /tools/)
    assert.match(await refused({ tools: [weather], tool_choice: 'perhaps' }), /tool_choice/)
  })
})

describe('streamed calls', () => {
  it('are those of the whole answer, with the arguments in pieces', async () => {
    const body = { tools: [weather], tool_choice: 'required' }
    const whole = callOf(await ask(body))
    const chunks = await chunksOf(body)
    const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])
    assert.equal(deltas[0].index, 0)
    assert.match(deltas[0].id, /^call_/)
    assert.equal(deltas[0].function.name, whole.name)
    const text = deltas.map((delta: Json) => delta.function.arguments).join('')
    assert.deepEqual(JSON.parse(text), whole.arguments)
    assert.equal(chunks.at(-1)!.choices[0].finish_reason, 'tool_calls')
  })
})

describe('parallel calls', () => {
  it('come as many as the model makes, and one where parallel_tool_calls is false', async () => {
    const body = { tools: [clock], tool_choice: 'required', logit_bias: [['</tool_call>', 5]] }
    const answer = await ask({ ...body, parallel_tool_calls: true, max_tokens: 120 })
    const calls = answer.choices[0].message.tool_calls
    assert.ok(calls.length >= 1)
    assert.equal(new Set(calls.map((call: Json) => call.id)).size, calls.length)
  })
})

describe('a conversation with calls', () => {
  const history = [
    ...messages,
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
  ]

  it('is in the prompt: calls and results', async () => {
    const { json } = await post(served.url, '/apply-template', { messages: history })
    assert.match(json.prompt, /<tool_call>\n\{"name": "get_weather", "arguments": \{"city": "Paris"\}\}\n<\/tool_call>/)
    assert.match(json.prompt, /<\|im_start\|>tool\nsunny/)
  })

  it('is in the prompt of a template that knows no calls, as text', async () => {
    const { json } = await post(without.url, '/apply-template', { messages: history })
    assert.match(json.prompt, /<tool_call>\n\{"name": "get_weather", "arguments": \{"city": "Paris"\}\}\n<\/tool_call>/)
  })
})

describe('functions, the older form of tools', () => {
  it('are answered in their own form', async () => {
    const body = { functions: [clock.function], function_call: { name: 'get_time' } }
    const answer = await ask(body)
    const { name, arguments: args } = answer.choices[0].message.function_call
    assert.deepEqual([name, JSON.parse(args)], ['get_time', {}])
    assert.equal(answer.choices[0].finish_reason, 'function_call')
    const chunks = await chunksOf(body)
    const pieces = chunks.flatMap((chunk) => chunk.choices[0]?.delta.function_call ?? [])
    assert.equal(pieces[0].name, 'get_time')
    assert.equal(pieces.map((piece: Json) => piece.arguments).join(''), args)
  })
})
