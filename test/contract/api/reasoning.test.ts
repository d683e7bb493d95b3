// Thoughts of POST /v1/chat/completions: told from the text, bounded, switched off.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const thinking = `{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% if message.reasoning_content is defined and message.reasoning_content %}<think>{{ message.reasoning_content }}</think>{% endif %}{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}{% endif -%}`
const served = await startServer('-m', tinyModel('tiny-chat'), '--chat-template', thinking)
const bounded = await startServer('-m', tinyModel('tiny-chat'), '--chat-template', thinking, '--reasoning-budget', '3')
const off = await startServer('-m', tinyModel('tiny-chat'), '--chat-template', thinking, '--reasoning', 'off')
const messages = [{ role: 'user', content: 'Hello' }]
const common = { messages, max_tokens: 40, temperature: 0, ignore_eos: true }

async function ask(body: object, url = served.url): Promise<Json> {
  const { status, json } = await post(url, '/v1/chat/completions', { ...common, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

describe('a thought', () => {
  it('comes as reasoning_content, and its tokens are counted', async () => {
    const answer = await ask({ thinking_budget_tokens: 5 })
    const [{ message }] = answer.choices
    assert.ok(message.reasoning_content.length > 0, JSON.stringify(message))
    assert.doesNotMatch(message.reasoning_content + message.content, /think>/)
    const { reasoning_tokens: nReasoning } = answer.usage.completion_tokens_details
    assert.ok(nReasoning >= 5 && nReasoning < answer.usage.completion_tokens, JSON.stringify(answer.usage))
  })

  it('that does not end is all of the answer', async () => {
    const [{ message }] = (await ask({})).choices
    assert.equal(message.content, '')
    assert.ok(message.reasoning_content.length > 0)
  })

  it('streams before the text', async () => {
    const whole = (await ask({ thinking_budget_tokens: 5 })).choices[0].message
    const chunks = await stream(served.url, '/v1/chat/completions', { ...common, thinking_budget_tokens: 5 })
    const deltas = chunks.flatMap((chunk) => (typeof chunk === 'string' ? [] : [chunk.choices[0].delta]))
    assert.equal(deltas.map((delta) => delta.reasoning_content ?? '').join(''), whole.reasoning_content)
    assert.equal(deltas.map((delta) => delta.content ?? '').join(''), whole.content)
    const kinds = deltas.flatMap((delta) =>
      'reasoning_content' in delta ? ['thought'] : delta.content ? ['text'] : [],
    )
    assert.deepEqual([...kinds].sort().reverse(), kinds, 'no thought follows a text')
  })

  it('stays in the text with reasoning_format none', async () => {
    const { message } = (await ask({ thinking_budget_tokens: 5, reasoning_format: 'none' })).choices[0]
    assert.equal(message.reasoning_content, undefined)
    assert.match(message.content, /<\/think>/)
  })
})

describe('the budget of a thought', () => {
  it('is the flag’s, unless the request has one', async () => {
    const byFlag = await ask({}, bounded.url)
    const byRequest = await ask({ thinking_budget_tokens: 3 })
    assert.equal(byFlag.choices[0].message.reasoning_content, byRequest.choices[0].message.reasoning_content)
    const longer = await ask({ reasoning_budget_tokens: 12 }, bounded.url)
    assert.ok(longer.choices[0].message.reasoning_content.length > byFlag.choices[0].message.reasoning_content.length)
  })

  it('may end with a message', async () => {
    const answer = await ask({ thinking_budget_tokens: 3, reasoning_budget_message: ' Enough.' })
    assert.match(answer.choices[0].message.reasoning_content, / Enough\.$/)
  })

  it('of 0 closes it at once', async () => {
    const { message } = (await ask({ thinking_budget_tokens: 0 })).choices[0]
    assert.equal(message.reasoning_content, undefined)
    assert.ok(message.content.length > 0)
  })
})

describe('thinking that is switched off', () => {
  it('is off by enable_thinking, by reasoning_effort none, and by chat_template_kwargs', async () => {
    for (const off of [
      { enable_thinking: false },
      { reasoning_effort: 'none' },
      { chat_template_kwargs: { enable_thinking: false } },
    ]) {
      const { message } = (await ask(off)).choices[0]
      assert.equal(message.reasoning_content, undefined, JSON.stringify([off, message]))
    }
  })
})

describe('--reasoning', () => {
  it('is off by --reasoning off, unless the request switches it on', async () => {
    assert.equal((await ask({}, off.url)).choices[0].message.reasoning_content, undefined)
    assert.ok((await ask({ enable_thinking: true }, off.url)).choices[0].message.reasoning_content.length > 0)
  })
})

describe('a form of the answer', () => {
  it('holds behind the thought', async () => {
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' } },
      required: ['ok'],
      additionalProperties: false,
    }
    const body = {
      thinking_budget_tokens: 5,
      response_format: { type: 'json_schema', json_schema: { schema } },
      ignore_eos: false,
      max_tokens: 80,
    }
    const { message } = (await ask(body)).choices[0]
    assert.ok(message.reasoning_content.length > 0, JSON.stringify(message))
    assert.equal(typeof JSON.parse(message.content).ok, 'boolean')
  })
})
