// The list of answer fields in test/compat/answers.ts, held against real answers: none without a row, no row without one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Shape, type ShapeName, shapes } from '../../compat/answers.ts'
import { get, type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyAdapter } from '../../support/tiny-adapters.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '--lora', tinyAdapter('first'))

/** The fields that were seen, by shape. */
const seen = new Map<ShapeName, Set<string>>()

/** Notes the fields of an answer, and those of its parts. */
function note(name: ShapeName, value: Json): void {
  const shape: Shape = shapes[name]
  const fields = seen.get(name) ?? new Set()
  seen.set(name, fields)
  const look = (at: string, found: Json): void => {
    const part = shape.parts?.[at]
    if (part !== undefined) {
      fields.add(at)
      if (found !== null) note(part as ShapeName, found)
    } else if (Array.isArray(found)) {
      for (const item of found) look(`${at}[]`, item)
    } else if (typeof found === 'object' && found !== null) {
      if (at in shape.rows) fields.add(at)
      for (const [key, inner] of Object.entries(found)) {
        const path = at === '' ? key : `${at}.${key}`
        if (shape.parts?.[`${path}[]`] === undefined && shape.parts?.[path] === undefined) fields.add(path)
        look(path, inner)
      }
    }
  }
  look('', value)
}

const messages = [{ role: 'user', content: 'Hello' }]
const two = { n_predict: 2, n_probs: 2, ignore_eos: true }
const chats = { messages, max_tokens: 2, logprobs: true, top_logprobs: 2, ignore_eos: true }

async function ask(path: string, body: object): Promise<Json> {
  const { status, json } = await post(url, path, body)
  assert.equal(status, 200, `${path}: ${JSON.stringify(json)}`)
  return json
}

test('every field of every answer has a row in test/compat/answers.ts, and every row has a field', async () => {
  const loaded = (await get(url, '/health')).json
  note('health', loaded)
  note('completion', await ask('/completion', { prompt: 'Hello', ...two }))
  note('completion', await ask('/completion', { prompt: 'Hello', ...two, post_sampling_probs: true }))
  const events = await stream(url, '/completion', { prompt: ['Hello', 'You'], ...two, timings_per_token: true })
  for (const event of events) note(event.stop ? 'completion' : 'partial', event)
  note('settings', (await get(url, '/model.json')).json)
  const props = (await get(url, '/props')).json
  const { params, n_ctx, ...beside } = props.default_generation_settings
  note('settings', beside)
  note('props', { ...props, default_generation_settings: { params, n_ctx } })
  note('tokenize', await ask('/tokenize', { content: 'Hello', with_pieces: true }))
  note('detokenize', await ask('/detokenize', { tokens: [400] }))
  note('models', (await get(url, '/v1/models')).json)
  for (const more of [{ verbose: true }, { post_sampling_probs: true }]) {
    note('chat', await ask('/v1/chat/completions', { ...chats, ...more }))
  }
  const chunks = await stream(url, '/v1/chat/completions', { ...chats, stream_options: { include_usage: true } })
  for (const chunk of chunks) if (chunk !== '[DONE]') note('chatChunk', chunk)
  const texts = [{ prompt: 'Hello', max_tokens: 2, logprobs: 2, verbose: true }]
  for (const body of texts) {
    note('text', nameless(await ask('/v1/completions', body)))
    for (const chunk of await stream(url, '/v1/completions', body))
      if (chunk !== '[DONE]') note('text', nameless(chunk))
  }
  for (const adapter of (await get(url, '/lora-adapters')).json) note('adapters', adapter)
  note('adaptersSet', await ask('/lora-adapters', []))
  note('erased', await ask('/slots/0?action=erase', {}))
  note('template', await ask('/apply-template', { messages }))
  note('error', (await post(url, '/completion', { prompt: 5 })).json)
  const long = [{ role: 'user', content: 'people '.repeat(600) }]
  note('error', (await post(url, '/v1/chat/completions', { messages: long })).json)

  for (const [name, shape] of Object.entries(shapes) as [ShapeName, Shape][]) {
    const parts = Object.keys(shape.parts ?? {})
    const expected = [...Object.keys(shape.rows), ...parts].sort()
    assert.deepEqual([...(seen.get(name) ?? [])].sort(), expected, shape.title)
  }
})

/** Without the keys of `top_logprobs`, which are tokens. */
function nameless(answer: Json): Json {
  for (const { logprobs } of answer.choices) if (logprobs) logprobs.top_logprobs = []
  return answer
}
