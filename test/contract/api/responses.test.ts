// POST /v1/responses: what is asked, and what is answered, whole. Streams, tools and state have files of their own.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const thinking = `{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% if message.reasoning_content %}<think>{{ message.reasoning_content }}</think>{% endif %}{{ message.content or '' }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking %}<think>{% endif %}{% endif -%}`
const served = await startServer('-m', tinyModel('tiny-chat'), '-c', '4096', '--chat-template', thinking)
const common = { model: 'gpt-test', input: 'Hello', max_output_tokens: 12, temperature: 0, ignore_eos: true }

async function ask(body: object, path = '/v1/responses'): Promise<Json> {
  const { status, json } = await post(served.url, path, { ...common, ...body })
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

async function refused(body: object): Promise<Json> {
  const { status, json } = await post(served.url, '/v1/responses', { ...common, ...body })
  assert.equal(status, 400, JSON.stringify(json))
  return json.error
}

async function countOf(body: object, path = '/v1/responses/input_tokens'): Promise<number> {
  const { status, json } = await post(served.url, path, body)
  assert.equal(status, 200, JSON.stringify(json))
  assert.equal(json.object, 'response.input_tokens')
  return json.input_tokens
}

async function ignoredBy(body: object): Promise<string | null> {
  const response = await fetch(`${served.url}/v1/responses`, {
    method: 'POST',
    body: JSON.stringify({ ...common, ...body }),
  })
  assert.equal(response.status, 200, await response.clone().text())
  return response.headers.get('x-cria-ignored')
}

describe('a response', () => {
  it("is OpenAI's, complete", async () => {
    const response = await ask({ metadata: { topic: 'greeting' }, instructions: 'Be brief.' })
    assert.match(response.id, /^resp_\w+$/)
    assert.deepEqual([response.object, response.model, response.store], ['response', 'gpt-test', true])
    assert.deepEqual([response.error, response.previous_response_id, response.user], [null, null, null])
    assert.deepEqual(response.metadata, { topic: 'greeting' })
    assert.equal(response.instructions, 'Be brief.')
    assert.deepEqual(response.text, { format: { type: 'text' }, verbosity: 'medium' })
    assert.deepEqual([response.tools, response.tool_choice, response.parallel_tool_calls], [[], 'auto', true])
    const [message] = response.output
    assert.match(message.id, /^msg_\w+$/)
    assert.deepEqual([message.type, message.role], ['message', 'assistant'])
    assert.equal(message.content[0].type, 'output_text')
    assert.deepEqual([message.content[0].annotations, message.content[0].logprobs], [[], []])
    const { input_tokens: nInput, output_tokens: nOutput, total_tokens: nTotal } = response.usage
    assert.equal(nOutput, 12)
    assert.equal(nInput + nOutput, nTotal)
  })

  it('that reaches max_output_tokens is incomplete, and says why', async () => {
    const response = await ask({ max_output_tokens: 3 })
    assert.equal(response.status, 'incomplete')
    assert.deepEqual(response.incomplete_details, { reason: 'max_output_tokens' })
    assert.equal(response.output[0].status, 'incomplete')
  })

  it('that ends by itself is completed', async () => {
    const [{ content }] = (await ask({})).output
    const stop = content[0].text.trim().split(' ')[1]
    const response = await ask({ stop: [stop] })
    assert.deepEqual([response.status, response.incomplete_details], ['completed', null])
    assert.ok(response.completed_at >= response.created_at)
  })

  it('tells what of the prompt was in the cache', async () => {
    await ask({ input: 'A prompt that was not there before' })
    const { usage } = await ask({ input: 'A prompt that was not there before' })
    assert.equal(usage.input_tokens_details.cached_tokens, usage.input_tokens - 1)
  })

  it('is also at /responses, where clients probe with no input at all', async () => {
    const response = await ask({ input: [], max_output_tokens: 1 }, '/responses')
    assert.equal(response.usage.output_tokens, 1)
  })

  it('has the logprobs that are asked for', async () => {
    const { output } = await ask({ include: ['message.output_text.logprobs'], top_logprobs: 2, max_output_tokens: 4 })
    const { logprobs } = output[0].content[0]
    assert.equal(logprobs.length, 4)
    assert.equal(logprobs[0].top_logprobs.length, 2)
    assert.ok(logprobs[0].logprob <= 0)
  })

  it('follows text.format', async () => {
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' } },
      required: ['ok'],
      additionalProperties: false,
    }
    const format = { type: 'json_schema', name: 'answer', schema, strict: true }
    const response = await ask({ text: { format }, reasoning: { effort: 'none' }, max_output_tokens: 60 })
    assert.equal(typeof JSON.parse(response.output[0].content[0].text).ok, 'boolean')
    assert.deepEqual(response.text.format, format)
    const any = await ask({
      text: { format: { type: 'json_object' } },
      reasoning: { effort: 'none' },
      max_output_tokens: 60,
    })
    assert.match(any.output[0].content[0].text, /^\s*\{/)
    assert.match((await refused({ text: { format: { type: 'json_schema', name: 'x' } } })).message, /text\.format/)
    assert.match((await refused({ text: { format }, grammar: 'root ::= "a"' })).message, /text\.format.*grammar/)
  })
})

describe('a thought', () => {
  const thoughtful = {
    chat_template_kwargs: { enable_thinking: true },
    thinking_budget_tokens: 5,
    max_output_tokens: 40,
  }

  it('is an item of its own, and its tokens are counted', async () => {
    const { output, usage } = await ask(thoughtful)
    assert.deepEqual(
      output.map(({ type }: Json) => type),
      ['reasoning', 'message'],
    )
    assert.match(output[0].id, /^rs_\w+$/)
    assert.deepEqual(output[0].summary, [])
    assert.equal(output[0].content[0].type, 'reasoning_text')
    assert.ok(usage.output_tokens_details.reasoning_tokens > 0)
    const unsplit = (await ask({ ...thoughtful, reasoning_format: 'none' })).output
    assert.deepEqual([unsplit.length, unsplit[0].type], [1, 'message'])
  })

  it('comes as a summary, and packed, when asked', async () => {
    const plain = (await ask(thoughtful)).output[0]
    const include = ['reasoning.encrypted_content']
    const [item] = (await ask({ ...thoughtful, reasoning: { effort: 'low', summary: 'auto' }, include })).output
    assert.deepEqual(item.summary, [{ type: 'summary_text', text: plain.content[0].text }])
    assert.deepEqual(item.content, [])
    const user = { role: 'user', content: 'And now?' }
    const counts = [
      await countOf({ input: ['Hello', item, user].map((one) => (one === 'Hello' ? { ...user, content: one } : one)) }),
      await countOf({ input: [{ ...user, content: 'Hello' }, plain, user] }),
      await countOf({ input: [{ ...user, content: 'Hello' }, { ...item, summary: [] }, user] }),
      await countOf({ input: [{ ...user, content: 'Hello' }, user] }),
    ]
    assert.equal(counts[0], counts[1])
    assert.equal(counts[1], counts[2])
    assert.ok(counts[3]! < counts[2]!)
  })

  it('may be switched off by the effort', async () => {
    const { output } = await ask({ reasoning: { effort: 'none' }, reasoning_budget_message: 'Enough.' })
    assert.deepEqual(
      output.map(({ type }: Json) => type),
      ['message'],
    )
    const on = await ask({ enable_thinking: true, thinking_budget_tokens: 5, max_output_tokens: 40 })
    assert.equal(on.output[0].type, 'reasoning')
  })
})

describe('input', () => {
  it('has the same tokens as a text, as a message, and as messages of chats', async () => {
    const text = await countOf({ input: 'Hello' })
    const content = [{ type: 'input_text', text: 'Hello' }]
    assert.equal(await countOf({ input: [{ type: 'message', role: 'user', content }] }), text)
    assert.equal(await countOf({ input: [{ role: 'user', content: 'Hello' }] }), text)
    const messages = [{ role: 'user', content: 'Hello' }]
    for (const path of ['/v1/chat/completions/input_tokens', '/chat/completions/input_tokens']) {
      assert.equal(await countOf({ messages }, path), text)
    }
    assert.equal(await countOf({ input: 'Hello' }, '/responses/input_tokens'), text)
    assert.equal((await ask({})).usage.input_tokens, text)
  })

  it('begins with the instructions', async () => {
    const instructed = await countOf({ input: 'Hello', instructions: 'Be brief.' })
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ]
    assert.equal(instructed, await countOf({ messages }, '/v1/chat/completions/input_tokens'))
  })

  it('has text files as their text', async () => {
    const file_data = `data:text/plain;base64,${Buffer.from('words in a file').toString('base64')}`
    const file = { type: 'input_file', filename: 'a.txt', file_data }
    const text = { type: 'input_text', text: 'a.txt\n\nwords in a file' }
    const counted = (part: object) => countOf({ input: [{ role: 'user', content: [part] }] })
    assert.equal(await counted(file), await counted(text))
  })

  it('that cannot be read is refused by name', async () => {
    const bad = (item: object) => refused({ input: [item] })
    const part = (content: object) => bad({ role: 'user', content: [content] })
    assert.match((await bad({ type: 'dream' })).message, /input\[0\]\.type.*dream/)
    assert.match((await bad({ type: 'message', content: 'x' })).message, /input\[0\]\.role/)
    assert.match((await bad({ type: 'function_call', call_id: 'x', name: 'f' })).message, /input\[0\]\.arguments/)
    assert.match((await bad({ type: 'function_call_output', output: 'x' })).message, /input\[0\]\.call_id/)
    assert.match((await bad({ type: 'item_reference', id: 'msg_none' })).message, /input\[0\]\.id.*msg_none/)
    assert.match((await part({ type: 'input_audio' })).message, /input\[0\]\.content\[0\].*input_audio/)
    assert.match((await part({ type: 'input_image', file_id: 'x' })).message, /image_url/)
    assert.match((await part({ type: 'input_image', image_url: 'data:,' })).message, /content\[0\]\.image_url/)
    assert.match((await part({ type: 'input_file', file_url: 'x' })).message, /file_data/)
    assert.match((await part({ type: 'input_file', file_data: '/9j/4AAQ' })).message, /file_data.*text/)
    assert.match((await refused({ input: 5 })).message, /input/)
    for (const field of [{ prompt: { id: 'pmpt_1' } }, { background: true }, { conversation: 'conv_1' }]) {
      assert.match((await refused(field)).message, new RegExp(Object.keys(field)[0]!))
    }
  })

  it('that is too long says so in code and numbers; truncation auto cuts it', async () => {
    const input = 'word '.repeat(9000)
    const error = await refused({ input })
    assert.deepEqual([error.code, error.n_ctx], ['context_length_exceeded', 4096])
    assert.equal((await ask({ input, truncation: 'auto' })).truncation, 'auto')
  })

  it('may have items of tools that others run: they are passed over and named', async () => {
    const input = [
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { role: 'user', content: 'Hello' },
    ]
    assert.equal(await ignoredBy({ input }), 'input.web_search_call')
    assert.equal(await countOf({ input }), await countOf({ input: 'Hello' }))
  })
})

describe('what has no effect', () => {
  it('is accepted and named', async () => {
    const whole = {
      max_tool_calls: 3,
      context_management: [{ type: 'compaction' }],
      moderation: { model: 'm' },
      user: 'u',
      safety_identifier: 'u',
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
      prompt_cache_options: { mode: 'explicit' },
      service_tier: 'auto',
      client_metadata: { a: 'b' },
    }
    const inside = {
      text: { verbosity: 'low' },
      include: ['file_search_call.results', 'reasoning.encrypted_content'],
    }
    const names = await ignoredBy({ ...whole, ...inside, stream_options: { include_obfuscation: false } })
    assert.equal(names, [...Object.keys(whole), 'text.verbosity', 'include.file_search_call.results'].join(', '))
  })
})
