// Responses that are kept: GET, DELETE, cancel, input items, previous_response_id; and whose they are.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Json, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const flags = ['-m', tinyModel('tiny-chat'), '-c', '4096', '--api-key', 'ann,bob']
const served = await startServer(...flags)
const common = { input: 'Hello', max_output_tokens: 6, temperature: 0 }

async function send(method: string, path: string, body?: object, key = 'ann'): Promise<{ status: number; json: Json }> {
  const response = await fetch(served.url + path, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}

async function create(body: object, key = 'ann'): Promise<Json> {
  const { status, json } = await send('POST', '/v1/responses', { ...common, ...body }, key)
  assert.equal(status, 200, JSON.stringify(json))
  return json
}

describe('a stored response', () => {
  it('is found by its id, and deleted', async () => {
    const response = await create({ metadata: { a: 'b' } })
    for (const prefix of ['/v1', '']) {
      const found = await send('GET', `${prefix}/responses/${response.id}`)
      assert.deepEqual(found, { status: 200, json: response })
    }
    const deleted = await send('DELETE', `/v1/responses/${response.id}`)
    assert.deepEqual(deleted.json, { id: response.id, object: 'response', deleted: true })
    for (const method of ['GET', 'DELETE']) {
      const gone = await send(method, `/responses/${response.id}`)
      assert.equal(gone.status, 404)
      assert.match(gone.json.error.message, new RegExp(response.id))
    }
  })

  it('is one with "store", which is true by itself', async () => {
    const response = await create({ store: false })
    assert.equal(response.store, false)
    assert.equal((await send('GET', `/v1/responses/${response.id}`)).status, 404)
  })

  it('belongs to the key that asked for it', async () => {
    const { id, output } = await create({})
    const [{ id: itemId }] = output
    assert.equal((await send('GET', `/v1/responses/${id}`, undefined, 'bob')).status, 404)
    assert.equal((await send('GET', `/v1/responses/${id}/input_items`, undefined, 'bob')).status, 404)
    assert.equal((await send('POST', `/v1/responses/${id}/cancel`, undefined, 'bob')).status, 404)
    assert.equal((await send('DELETE', `/v1/responses/${id}`, undefined, 'bob')).status, 404)
    for (const body of [{ previous_response_id: id }, { input: [{ type: 'item_reference', id: itemId }] }]) {
      assert.equal((await send('POST', '/v1/responses', { ...common, ...body }, 'bob')).status, 400)
    }
    assert.equal((await send('GET', `/v1/responses/${id}`)).status, 200)
  })

  it('is gone on from, without its instructions', async () => {
    const first = await create({ input: 'Hello', instructions: 'Be brief.' })
    const next = { input: 'And now?', previous_response_id: first.id }
    const second = await create(next)
    assert.equal(second.previous_response_id, first.id)
    const [{ content }] = first.output
    const history = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: content[0].text },
      { role: 'user', content: 'And now?' },
    ]
    const whole = await create({ input: history })
    assert.equal(second.usage.input_tokens, whole.usage.input_tokens)
    const counted = await send('POST', '/v1/responses/input_tokens', next)
    assert.equal(counted.json.input_tokens, whole.usage.input_tokens)
    const third = await create({ input: 'Really?', previous_response_id: second.id })
    assert.ok(third.usage.input_tokens > second.usage.input_tokens)
  })

  it('that is not there cannot be gone on from: a 400 with a code', async () => {
    const { status, json } = await send('POST', '/v1/responses', { ...common, previous_response_id: 'resp_none' })
    assert.equal(status, 400)
    assert.deepEqual([json.error.code, json.error.param], ['previous_response_not_found', 'previous_response_id'])
  })

  it('lends its items to references', async () => {
    const { output } = await create({})
    const question = { role: 'user', content: 'And now?' }
    const referring = await create({ input: [question, { type: 'item_reference', id: output[0].id }, question] })
    const sending = await create({ input: [question, output[0], question] })
    assert.equal(referring.usage.input_tokens, sending.usage.input_tokens)
  })
})

describe('input items', () => {
  it('are all that the model was given, the latest first, in pages', async () => {
    const first = await create({ input: 'one' })
    const second = await create({ input: [{ role: 'user', content: 'two' }], previous_response_id: first.id })
    const path = `/v1/responses/${second.id}/input_items`
    const { json } = await send('GET', path)
    assert.deepEqual([json.object, json.has_more, json.data.length], ['list', false, 3])
    assert.equal(json.data[0].content, 'two')
    assert.deepEqual(json.data[1], first.output[0])
    assert.deepEqual(json.data[2].content, [{ type: 'input_text', text: 'one' }])
    const page = (await send('GET', `/responses/${second.id}/input_items?order=asc&limit=2`)).json
    assert.deepEqual([page.data.length, page.has_more, page.first_id], [2, true, json.last_id])
    const rest = (await send('GET', `${path}?order=asc&limit=2&after=${page.last_id}`)).json
    assert.deepEqual([rest.data[0].content, rest.has_more], ['two', false])
    for (const query of ['limit=0', 'limit=x', 'order=up', 'after=none']) {
      assert.equal((await send('GET', `${path}?${query}`)).status, 400, query)
    }
  })
})

describe('a running response', () => {
  it('is looked at and cancelled by another request', async () => {
    const response = await fetch(`${served.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer ann' },
      body: JSON.stringify({ ...common, max_output_tokens: 3000, ignore_eos: true, stream: true }),
    })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('\n\n')) text += (await reader.read()).value ?? ''
    const id = /"id":"(resp_\w+)"/.exec(text)![1]!
    assert.equal((await send('GET', `/v1/responses/${id}`)).json.status, 'in_progress')
    assert.equal((await send('POST', `/v1/responses/${id}/cancel`, undefined, 'bob')).status, 404)
    assert.equal((await send('POST', `/responses/${id}/cancel`)).json.status, 'cancelled')
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value
    assert.match(text, /"type":"response.incomplete".*"status":"cancelled"/)
    const stored = await send('POST', `/v1/responses/${id}/cancel`)
    assert.equal(stored.json.status, 'cancelled')
    assert.equal(stored.json.output[0].status, 'incomplete')
  })

  it('has no stream to come back to', async () => {
    const { json } = await send('GET', '/v1/responses/resp_none?stream=true')
    assert.match(json.error.message, /stream/)
  })
})
