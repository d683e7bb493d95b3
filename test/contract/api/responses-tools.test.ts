// POST /v1/responses: tools of every type that clients send, their calls, and the outputs of these.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const template = `{%- if tools %}<|im_start|>system
{% for tool in tools %}{{ tool | tojson }}{% endfor %}<|im_end|>
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
const served = await startServer('-m', tinyModel('tiny-chat'), '-c', '4096', '--chat-template', template)
const city = { type: 'string', enum: ['Paris', 'Rome'] }
const parameters = { type: 'object', properties: { city }, required: ['city'], additionalProperties: false }
const weather = { type: 'function', name: 'get_weather', description: 'The weather', parameters, strict: true }
const time = { ...weather, name: 'get_time' }
const agents = {
  type: 'namespace',
  name: 'agents',
  description: 'Agents',
  tools: [time, { ...time, name: 'get_weather' }],
}
const patch = {
  type: 'custom',
  name: 'patch',
  description: 'Patches',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
}
const common = { input: 'Hello', max_output_tokens: 500, temperature: 0, parallel_tool_calls: false }

async function ask(body: object): Promise<Json> {
  const { status, json } = await post(served.url, '/v1/responses', { ...common, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function refused(body: object): Promise<string> {
  const { status, json } = await post(served.url, '/v1/responses', { ...common, ...body })
  assert.equal(status, 400, JSON.stringify(json))
  return json.error.message
}

async function countOf(body: object): Promise<number> {
  const { status, json } = await post(served.url, '/v1/responses/input_tokens', { input: 'Hello', ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json.input_tokens
}

describe('tools', () => {
  it('are called as tool_choice demands', async () => {
    for (const tool_choice of ['required', { type: 'function', name: 'get_weather' }]) {
      const { status, output, tools } = await ask({ tools: [weather], tool_choice })
      const [item] = output
      assert.deepEqual([status, output.length, item.type, item.name], ['completed', 1, 'function_call', 'get_weather'])
      assert.match(item.id, /^fc_\w+$/)
      assert.match(item.call_id, /^call_\w+$/)
      assert.ok(['Paris', 'Rome'].includes(JSON.parse(item.arguments).city))
      assert.deepEqual(tools, [weather])
    }
  })

  it('stream their arguments', async () => {
    const all = await stream(served.url, '/v1/responses', { ...common, tools: [weather], tool_choice: 'required' })
    const added = all.find(({ type }) => type === 'response.output_item.added')
    assert.deepEqual([added.item.type, added.item.arguments], ['function_call', ''])
    const deltas = all.filter(({ type }) => type === 'response.function_call_arguments.delta')
    const done = all.find(({ type }) => type === 'response.function_call_arguments.done')
    assert.equal(deltas.map(({ delta }) => delta).join(''), done.arguments)
    assert.ok(deltas.every(({ item_id: id, output_index: index }) => id === added.item.id && index === 0))
    assert.deepEqual(all.at(-1).response.output[0].arguments, done.arguments)
  })

  it('of a custom type take a text', async () => {
    const tool_choice = { type: 'custom', name: 'patch' }
    const all = await stream(served.url, '/v1/responses', { ...common, tools: [patch, weather], tool_choice })
    const [item] = all.at(-1).response.output
    assert.deepEqual([item.type, item.name], ['custom_tool_call', 'patch'])
    assert.match(item.id, /^ctc_\w+$/)
    assert.equal(all.find(({ type }) => type === 'response.custom_tool_call_input.done').input, item.input)
    const plain = { ...patch, format: { type: 'text' } }
    assert.ok((await countOf({ tools: [patch] })) > (await countOf({ tools: [plain] })), 'the model reads the grammar')
  })

  it('of a namespace are offered one by one, and called by it', async () => {
    const named = { type: 'function', name: 'get_time', namespace: 'agents' }
    const [item] = (await ask({ tools: [agents], tool_choice: named })).output
    assert.deepEqual([item.name, item.namespace], ['get_time', 'agents'])
    const twice = { type: 'function', name: 'get_weather', namespace: 'agents' }
    const [other] = (await ask({ tools: [weather, agents], tool_choice: twice })).output
    assert.deepEqual([other.name, other.namespace], ['get_weather', 'agents'])
    const [own] = (await ask({ tools: [weather, agents], tool_choice: { ...twice, namespace: null } })).output
    assert.deepEqual([own.name, own.namespace], ['get_weather', undefined])
  })

  it('that the client does not run are taken, named, and not shown to the model', async () => {
    const types = [
      'web_search',
      'image_generation',
      'local_shell',
      'mcp',
      'file_search',
      'code_interpreter',
      'tool_search',
    ]
    const tools = types.map((type) => ({ type }))
    assert.equal(await countOf({ tools }), await countOf({}))
    const response = await fetch(`${served.url}/v1/responses`, {
      method: 'POST',
      body: JSON.stringify({ ...common, tools, max_output_tokens: 1 }),
    })
    assert.equal(response.headers.get('x-cria-ignored'), types.map((type) => `tools.${type}`).join(', '))
    assert.deepEqual(((await response.json()) as Json).tools, tools)
  })

  it('may be narrowed by allowed_tools, or not offered at all', async () => {
    const allowed = (mode: string, ...tools: object[]) => ({ type: 'allowed_tools', mode, tools })
    const only = allowed('required', { type: 'function', name: 'get_time' }, { type: 'web_search' })
    const [item] = (await ask({ tools: [weather, time], tool_choice: only })).output
    assert.equal(item.name, 'get_time')
    assert.equal(await countOf({ tools: [weather], tool_choice: 'none' }), await countOf({}))
    const auto = { tools: [weather, time], tool_choice: allowed('auto', { type: 'function', name: 'get_weather' }) }
    assert.equal(await countOf(auto), await countOf({ tools: [weather] }))
  })

  it('that are demanded and not there, or cannot be read, are refused by name', async () => {
    assert.match(await refused({ tool_choice: 'required' }), /tool_choice/)
    assert.match(await refused({ tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search' } }), /tool_choice/)
    assert.match(
      await refused({ tools: [weather], tool_choice: { type: 'function', name: 'fly' } }),
      /tool_choice.*fly/,
    )
    assert.match(await refused({ tools: [weather], tool_choice: { type: 'function' } }), /tool_choice\.name/)
    assert.match(await refused({ tools: [weather], tool_choice: { type: 'allowed_tools', mode: 'x' } }), /mode.*x/)
    assert.match(await refused({ tools: [weather, weather] }), /tools\[1\]\.name.*get_weather/)
    assert.match(await refused({ tools: [{ type: 'function' }] }), /tools\[0\]\.name/)
    assert.match(await refused({ tools: [{ type: 'namespace', name: 'x' }] }), /tools\[0\]\.tools/)
    assert.match(await refused({ tools: [{ ...weather, parameters: 'x' }] }), /tools\[0\]\.parameters/)
  })
})

describe('calls that come back', () => {
  const user = { role: 'user', content: 'Hello' }
  const call = { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' }
  const output = { type: 'function_call_output', call_id: 'call_1', output: 'sunny' }

  async function chatCount(messages: readonly object[]): Promise<number> {
    const { json } = await post(served.url, '/v1/chat/completions/input_tokens', { messages })
    return json.input_tokens
  }

  it('are one message of the assistant with their text, and outputs are messages of tools', async () => {
    const called = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }
    const text = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me see.' }] }
    const input = [user, { type: 'reasoning', summary: [] }, text, call, { ...call, call_id: 'call_2' }, output]
    const messages = [
      user,
      { role: 'assistant', content: 'Let me see.', tool_calls: [called, { ...called, id: 'call_2' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ]
    assert.equal(await countOf({ input }), await chatCount(messages))
    const parts = { ...output, output: [{ type: 'input_text', text: 'sunny' }] }
    assert.equal(await countOf({ input: [...input.slice(0, -1), parts] }), await chatCount(messages))
  })

  it('of custom tools are calls with one argument', async () => {
    const custom = [
      { type: 'custom_tool_call', call_id: 'call_1', name: 'patch', input: 'a "text"' },
      { type: 'custom_tool_call_output', call_id: 'call_1', output: 'done' },
    ]
    const functions = [
      { ...call, name: 'patch', arguments: '{"input":"a \\"text\\""}' },
      { ...output, output: 'done' },
    ]
    assert.equal(await countOf({ input: [user, ...custom] }), await countOf({ input: [user, ...functions] }))
  })

  it('are kept, so that only their output is sent', async () => {
    const first = await ask({ tools: [weather], tool_choice: 'required' })
    const answer = { ...output, call_id: first.output[0].call_id }
    const second = await ask({
      tools: [weather],
      previous_response_id: first.id,
      input: [answer],
      max_output_tokens: 4,
    })
    const whole = [{ role: 'user', content: 'Hello' }, ...first.output, answer]
    assert.equal(second.usage.input_tokens, await countOf({ tools: [weather], input: whole }))
  })
})
