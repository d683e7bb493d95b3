// The list of answer fields in test/compat/answers.ts, held against real answers: none without a row, no row without one.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Shape, type ShapeName, shapes } from '../../compat/answers.ts'
import { get, type Json, post, startServer, stream, streamEvents } from '../../support/server.ts'
import { tinyAdapter } from '../../support/tiny-adapters.ts'
import { tinyBert } from '../../support/tiny-bert.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { type Endless, startEndless, until } from '../engine/generations.ts'

const folder = mkdtempSync(join(tmpdir(), 'cria-answer-fields-'))
after(() => rmSync(folder, { recursive: true }))
const adapter = ['--lora', tinyAdapter('first')]
const serving = ['--embedding', '--slot-save-path', folder, '-np', '2']
const { url } = await startServer('-m', tinyModel('tiny-llama'), ...adapter, ...serving)
const reranker = await startServer('-m', tinyBert('tiny-reranker'), '--reranking')

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
        const isPart = shape.parts?.[path] !== undefined || shape.parts?.[`${path}[]`] !== undefined
        if (!isPart || path in shape.rows) fields.add(path)
        look(path, inner)
      }
    }
  }
  look('', value)
}

const messages = [{ role: 'user', content: 'Hello' }]
const two = { n_predict: 2, n_probs: 2, ignore_eos: true }
const waits = { n_predict: 1, slot_id: 1, return_progress: true }
const chats = { messages, max_tokens: 2, logprobs: true, top_logprobs: 2, ignore_eos: true }

async function ask(path: string, body: object): Promise<Json> {
  const { status, json } = await post(url, path, body)
  assert.equal(status, 200, `${path}: ${JSON.stringify(json)}`)
  return json
}

test('every field of every answer has a row in test/compat/answers.ts, and every row has a field', async () => {
  note('health', (await get(url, '/health')).json)
  const running = await startEndless(url, { prompt: 'On and on', slot_id: 1 })
  note('healthWithSlots', (await get(url, '/health?include_slots')).json)
  for (const slot of (await get(url, '/slots')).json) note('slot', slot)
  await noteWaiting(running)
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
  note('promptTokens', await ask('/tokenize', { prompt: 'Hello', return_token_strs: true }))
  note('tokenizerInfo', (await get(url, '/tokenizer_info')).json)
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
  note('saved', await ask('/slots/0?action=save', { filename: 'slot.bin' }))
  note('restored', await ask('/slots/0?action=restore', { filename: 'slot.bin' }))
  note('erased', await ask('/slots/0?action=erase', {}))
  note('embedding', await ask('/embedding', { content: 'Hello' }))
  note('embeddingResults', await ask('/embedding', { content: ['Hello', 'You'] }))
  for (const item of await ask('/embeddings', { content: 'Hello' })) note('embeddings', item)
  note('openaiEmbeddings', await ask('/v1/embeddings', { input: 'Hello' }))
  const ranking = { query: 'a', return_documents: true }
  note('rerank', (await post(reranker.url, '/rerank', { ...ranking, documents: ['b', 'c'] })).json)
  for (const item of (await post(reranker.url, '/rerank', { ...ranking, texts: ['b'] })).json) note('rerankTexts', item)
  note('template', await ask('/apply-template', { messages }))
  note('error', (await post(url, '/completion', { prompt: 5 })).json)
  const long = [{ role: 'user', content: 'people '.repeat(600) }]
  note('error', (await post(url, '/v1/chat/completions', { messages: long })).json)

  const all = Object.entries(shapes) as [ShapeName, Shape][]
  const found = all.map(([name, { title }]) => [title, [...(seen.get(name) ?? [])].sort()] as const)
  const listed = all.map(([, { title, rows, parts }]) => [title, Object.keys({ ...rows, ...parts }).sort()] as const)
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(listed))
})

/** The events of streams that wait for the slot of another one, and are told so. */
async function noteWaiting(running: Endless): Promise<void> {
  const shapeOf = { '/completion': 'partial', '/v1/completions': 'text', '/v1/chat/completions': 'chatChunk' } as const
  const all = Object.entries(shapeOf).map(([path, name]) => {
    const body = { ...(name === 'chatChunk' ? { messages } : { prompt: 'Hello' }), ...waits }
    const events: Json[] = []
    const read = async () => {
      for await (const event of streamEvents(url, path, body)) events.push(event)
    }
    return { name, events, whenRead: read() }
  })
  await until('all are told that they wait', () => all.every(({ events }) => events.length > 0))
  running.leave()
  for (const { name, events, whenRead } of all) {
    await whenRead
    for (const event of events) if (event !== '[DONE]' && !event.stop) note(name, event)
  }
}

/** Without the keys of `top_logprobs`, which are tokens. */
function nameless(answer: Json): Json {
  for (const { logprobs } of answer.choices) if (logprobs) logprobs.top_logprobs = []
  return answer
}
