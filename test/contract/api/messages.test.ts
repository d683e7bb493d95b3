// POST /v1/messages and /v1/messages/count_tokens: Anthropic's messages, whole and as events.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const thinking = `{%- if tools %}<|im_start|>system
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
{% if enable_thinking is defined and enable_thinking %}<think>{% endif %}{% endif -%}`
const served = await startServer('-m', tinyModel('tiny-chat'), '-c', '4096', '--chat-template', thinking)
const messages = [{ role: 'user', content: 'Hello' }]
const common = { model: 'claude-test', messages, max_tokens: 12, temperature: 0 }
const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string', enum: ['Paris', 'Rome'] } },
    required: ['city'],
    additionalProperties: false,
  },
}

async function ask(body: object, path = '/v1/messages'): Promise<Json> {
  const { status, json } = await post(served.url, path, { ...common, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function refused(body: object): Promise<Json> {
  const { status, json } = await post(served.url, '/v1/messages', { ...common, ...body })
  assert.equal(status, 400, JSON.stringify(json))
  assert.equal(json.type, 'error')
  return json.error
}

/** The events of a stream: names as they stand beside their data, which says the same. */
async function events(body: object): Promise<Json[]> {
  const response = await fetch(`${served.url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': 'none' },
    body: JSON.stringify({ ...common, stream: true, ...body }),
  })
  assert.equal(response.status, 200)
  const blocks = (await response.text()).split('\n\n').filter((block) => block !== '')
  return blocks.map((block) => {
    const [, name, data] = /^event: (\S+)\ndata: (.*)$/s.exec(block)!
    const event = JSON.parse(data!)
    assert.equal(event.type, name)
    return event
  })
}

describe('an answer', () => {
  it("is Anthropic's", async () => {
    const answer = await ask({})
    assert.match(answer.id, /^msg_\w+$/)
    assert.deepEqual([answer.type, answer.role, answer.model], ['message', 'assistant', 'claude-test'])
    assert.equal(answer.content.length, 1)
    assert.equal(answer.content[0].type, 'text')
    assert.deepEqual([answer.stop_reason, answer.stop_sequence], ['max_tokens', null])
    assert.equal(answer.usage.output_tokens, 12)
    assert.ok(answer.usage.input_tokens + answer.usage.cache_read_input_tokens > 5)
  })

  it('tells what of the prompt was in the cache', async () => {
    const fresh = [{ role: 'user', content: 'A prompt that was not there before' }]
    const first = (await ask({ messages: fresh })).usage
    const again = (await ask({ messages: fresh })).usage
    assert.equal(again.input_tokens, 1)
    assert.equal(again.input_tokens + again.cache_read_input_tokens, first.input_tokens + first.cache_read_input_tokens)
  })

  it('names the stop sequence that ended it', async () => {
    const [{ text }] = (await ask({})).content
    const word = text.trim().split(' ')[1]
    const answer = await ask({ stop_sequences: [word] })
    assert.deepEqual([answer.stop_reason, answer.stop_sequence], ['stop_sequence', word])
  })
})

describe('events', () => {
  it('come in order, and add up to the whole answer', async () => {
    const whole = await ask({})
    const all = await events({})
    const types = all.map(({ type }) => type)
    assert.deepEqual(types.slice(0, 3), ['message_start', 'ping', 'content_block_start'])
    assert.deepEqual(types.slice(-3), ['content_block_stop', 'message_delta', 'message_stop'])
    assert.deepEqual(all[0].message.content, [])
    assert.equal(all[2].content_block.text, '')
    const deltas = all.filter(({ type }) => type === 'content_block_delta')
    assert.equal(deltas.map(({ delta }) => delta.text).join(''), whole.content[0].text)
    const last = all.at(-2)
    assert.equal(last.delta.stop_reason, 'max_tokens')
    assert.equal(last.usage.output_tokens, 12)
  })

  it('are not begun where the prompt is too long, and the error says so in Anthropic’s words', async () => {
    const response = await fetch(`${served.url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify({ ...common, stream: true, messages: [{ role: 'user', content: 'word '.repeat(9000) }] }),
    })
    assert.equal(response.status, 400)
    const { error } = (await response.json()) as Json
    assert.match(error.message, /^prompt is too long: \d+ tokens > 4096 maximum/)
    assert.equal(error.type, 'invalid_request_error')
  })
})

describe('tools', () => {
  it('any and tool are enforced, and come as tool_use blocks', async () => {
    for (const choice of [{ type: 'any' }, { type: 'tool', name: 'get_weather' }]) {
      const answer = await ask({
        tools: [weather],
        thinking: { type: 'disabled' },
        tool_choice: { ...choice, disable_parallel_tool_use: true },
        max_tokens: 500,
      })
      assert.equal(answer.stop_reason, 'tool_use')
      const [{ type, id, name, input }] = answer.content
      assert.deepEqual([type, name], ['tool_use', 'get_weather'])
      assert.match(id, /^toolu_\w+$/)
      assert.ok(['Paris', 'Rome'].includes(input.city))
    }
  })

  it('stream their input as partial JSON', async () => {
    const all = await events({
      tools: [weather],
      thinking: { type: 'disabled' },
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      max_tokens: 500,
    })
    const start = all.find(({ type }) => type === 'content_block_start')
    assert.deepEqual([start.content_block.type, start.content_block.input], ['tool_use', {}])
    const input = all.flatMap(({ delta }) => delta?.partial_json ?? []).join('')
    assert.ok(['Paris', 'Rome'].includes(JSON.parse(input).city))
    assert.equal(all.at(-2).delta.stop_reason, 'tool_use')
  })

  it('of Anthropic’s servers are taken and not shown to the model', async () => {
    const plain = await ask({}, '/v1/messages/count_tokens')
    const withSearch = await ask(
      { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 5 }] },
      '/v1/messages/count_tokens',
    )
    assert.equal(withSearch.input_tokens, plain.input_tokens)
  })

  it('that are demanded and not there are refused', async () => {
    assert.match((await refused({ tool_choice: { type: 'any' } })).message, /tool_choice/)
    assert.match((await refused({ tools: [weather], tool_choice: { type: 'tool' } })).message, /name/)
    assert.match((await refused({ tools: [weather], tool_choice: { type: 'tool', name: 'fly' } })).message, /fly/)
  })
})

describe('thinking', () => {
  it('comes in a block of its own, with a signature, within its budget', async () => {
    const body = { thinking: { type: 'enabled', budget_tokens: 5 }, max_tokens: 40, ignore_eos: true }
    const { content } = await ask(body)
    assert.deepEqual(
      content.map(({ type }: Json) => type),
      ['thinking', 'text'],
    )
    assert.ok(content[0].signature.length > 0)
    const all = await events(body)
    const deltas = all.flatMap(({ delta }) => (delta?.type === undefined ? [] : [delta]))
    assert.equal(deltas.flatMap((delta) => delta.thinking ?? []).join(''), content[0].thinking)
    assert.equal(deltas.find((delta) => delta.type === 'signature_delta').signature, content[0].signature)
  })

  it('may be adaptive or disabled', async () => {
    for (const type of ['adaptive', 'disabled']) {
      const { content } = await ask({ thinking: { type }, output_config: { effort: 'low' } })
      assert.deepEqual(
        content.map((block: Json) => block.type),
        ['text'],
      )
    }
  })
})

describe('messages', () => {
  const history = [
    ...messages,
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'x' },
        { type: 'redacted_thinking', data: 'x' },
        { type: 'text', text: 'Let me look.', cache_control: { type: 'ephemeral' } },
        { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'sunny' }], is_error: false },
        { type: 'text', text: 'And now?' },
      ],
    },
    { role: 'system', content: 'Be brief.' },
  ]

  it('have blocks of every kind, a system message in the middle too', async () => {
    const answer = await ask({ messages: history, tools: [weather], system: [{ type: 'text', text: 'You are Cria.' }] })
    assert.equal(answer.type, 'message')
  })

  it('have documents and search results as text', async () => {
    const content = [
      { type: 'document', title: 'A', source: { type: 'text', media_type: 'text/plain', data: 'words' } },
      { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'more' }] } },
      { type: 'search_result', source: 'here', title: 'B', content: [{ type: 'text', text: 'found' }] },
    ]
    assert.equal((await ask({ messages: [{ role: 'user', content }] })).type, 'message')
  })

  it('that cannot be read are refused by name', async () => {
    const bad = (block: object) => refused({ messages: [{ role: 'user', content: [block] }] })
    assert.match((await bad({ type: 'video' })).message, /messages\[0\]\.content\[0\]\.type.*video/)
    assert.match((await bad({ type: 'text' })).message, /messages\[0\]\.content\[0\]\.text/)
    assert.match((await bad({ type: 'document', source: { type: 'base64', data: '' } })).message, /document|source/)
    assert.match((await refused({ messages: [] })).message, /messages/)
    assert.match((await refused({ messages: [{ role: 'tool', content: 'x' }] })).message, /role/)
  })
})

describe('output_config', () => {
  it('has a format that the answer follows', async () => {
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' } },
      required: ['ok'],
      additionalProperties: false,
    }
    const { content } = await ask({
      thinking: { type: 'disabled' },
      output_config: { format: { type: 'json_schema', schema } },
      max_tokens: 60,
    })
    assert.equal(typeof JSON.parse(content[0].text).ok, 'boolean')
  })
})

describe('count_tokens', () => {
  it('counts what the answer then has as input', async () => {
    const counted = { model: 'x', messages, system: 'You are Cria.', tools: [weather] }
    const { status, json } = await post(served.url, '/v1/messages/count_tokens?beta=true', counted)
    assert.equal(status, 200)
    const { usage } = await ask({ ...counted, max_tokens: 1 })
    assert.equal(json.input_tokens, usage.input_tokens + usage.cache_read_input_tokens)
  })
})
