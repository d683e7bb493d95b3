// POST /v1/responses with `stream`: OpenAI's events, in order.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { get, type Json, post, startServer, streamEvents } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const thinking = `{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content or '' }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking %}<think>{% endif %}{% endif -%}`
const served = await startServer('-m', tinyModel('tiny-chat'), '-c', '4096', '--chat-template', thinking)
const common = { input: 'Hello', max_output_tokens: 12, temperature: 0, ignore_eos: true, stream: true }

/** The events of a stream: names as they stand beside their data, numbered from 0. */
async function events(body: object): Promise<Json[]> {
  const response = await fetch(`${served.url}/v1/responses`, {
    method: 'POST',
    body: JSON.stringify({ ...common, ...body }),
  })
  assert.equal(response.status, 200)
  const blocks = (await response.text()).split('\n\n').filter((block) => block !== '')
  return blocks.map((block, i) => {
    const [, name, data] = /^event: (\S+)\ndata: (.*)$/s.exec(block)!
    const event = JSON.parse(data!)
    assert.deepEqual([event.type, event.sequence_number], [name, i])
    return event
  })
}

const textOf = (all: readonly Json[], type: string) =>
  all
    .filter((event) => event.type === type)
    .map(({ delta }) => delta)
    .join('')

describe('events', () => {
  it('come in order, with the places of their item, and add up to the response', async () => {
    const all = await events({})
    const types = [...new Set(all.map(({ type }) => type))]
    assert.deepEqual(types, [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.incomplete',
    ])
    const [created, last] = [all[0], all.at(-1)]
    assert.deepEqual(Object.keys(created.response), Object.keys(last.response))
    assert.deepEqual(
      [created.response.status, created.response.output, created.response.usage],
      ['in_progress', [], null],
    )
    assert.equal(created.response.id, last.response.id)
    const [message] = last.response.output
    for (const event of all.filter(({ item_id: id }) => id !== undefined)) {
      assert.deepEqual([event.item_id, event.output_index, event.content_index], [message.id, 0, 0])
    }
    assert.equal(textOf(all, 'response.output_text.delta'), message.content[0].text)
    assert.deepEqual(all.at(-2).item, message)
  })

  it('end with response.completed where the answer ends by itself', async () => {
    const { json } = await post(served.url, '/v1/responses', { ...common, stream: false })
    const stop = json.output[0].content[0].text.trim().split(' ')[1]
    const last = (await events({ stop: [stop] })).at(-1)
    assert.deepEqual([last.type, last.response.status], ['response.completed', 'completed'])
  })

  it('of a thought are those of its text, or of its summary when that is asked for', async () => {
    const thoughtful = { enable_thinking: true, thinking_budget_tokens: 5, max_output_tokens: 40 }
    const plain = await events(thoughtful)
    const [item] = plain.at(-1).response.output
    assert.equal(textOf(plain, 'response.reasoning_text.delta'), item.content[0].text)
    assert.equal(plain.find(({ type }) => type === 'response.reasoning_text.done').text, item.content[0].text)
    assert.equal(plain.find(({ type }) => type === 'response.output_text.done').output_index, 1)
    const summed = await events({ ...thoughtful, reasoning: { summary: 'auto' } })
    const types = summed.map(({ type }) => type).filter((type) => type.includes('summary'))
    assert.equal(types[0], 'response.reasoning_summary_part.added')
    assert.deepEqual(types.slice(-2), ['response.reasoning_summary_text.done', 'response.reasoning_summary_part.done'])
    assert.equal(textOf(summed, 'response.reasoning_summary_text.delta'), item.content[0].text)
  })

  it('carry logprobs when asked', async () => {
    const all = await events({ include: ['message.output_text.logprobs'], top_logprobs: 1, max_output_tokens: 4 })
    const deltas = all.filter(({ type }) => type === 'response.output_text.delta')
    assert.equal(deltas.flatMap(({ logprobs }) => logprobs).length, 4)
    assert.equal(all.find(({ type }) => type === 'response.output_text.done').logprobs.length, 4)
  })

  it("have llama-server's progress and timings when asked, and its last event then", async () => {
    const all = await events({ timings_per_token: true, return_progress: true, input: 'This is a test '.repeat(20) })
    const progress = all.find(({ prompt_progress: found }) => found !== undefined)
    assert.equal(progress.type, 'response.in_progress')
    assert.ok(progress.prompt_progress.total > 0)
    const delta = all.find(({ type }) => type === 'response.output_text.delta')
    assert.equal(typeof delta.timings.predicted_per_second, 'number')
    const last = all.at(-1)
    assert.deepEqual([last.type, last.response.status], ['response.completed', 'incomplete'])
    assert.equal(typeof last.timings.prompt_per_second, 'number')
  })

  it('are not begun where the prompt is too long', async () => {
    const body = { ...common, input: 'word '.repeat(9000) }
    const { status, json } = await post(served.url, '/v1/responses', body)
    assert.equal(status, 400)
    assert.equal(json.error.code, 'context_length_exceeded')
  })

  it('end with response.failed, which has what came, where a second engine dies', async () => {
    const killed = new Set<number>()
    const all: Json[] = []
    for await (const event of streamEvents(served.url, '/v1/responses', { ...common, max_output_tokens: 3000 })) {
      all.push(event)
      if (event.type !== 'response.output_text.delta' || killed.size === 2) continue
      const { json } = await get(served.url, '/props')
      const pid = json.engine?.pid
      if (pid === undefined || killed.has(pid)) continue
      killed.add(pid)
      process.kill(pid, 'SIGKILL')
    }
    const { type, response } = all.at(-1)
    assert.deepEqual([type, response.status, response.error.code], ['response.failed', 'failed', 'server_error'])
    assert.equal(response.output[0].content[0].text, textOf(all, 'response.output_text.delta'))
  })
})
