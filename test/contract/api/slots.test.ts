// GET /slots, and what /health says of slots: from what the engine told last, never by waiting for it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { complete, printedRandom, randomTokens, startEndless, until } from '../engine/generations.ts'

const model = tinyModel('tiny-llama')
const random = printedRandom('slots')
const folder = mkdtempSync(join(tmpdir(), 'cria-slots-'))
after(() => rmSync(folder, { recursive: true }))
const { url } = await startServer('-m', model, '-np', '2', '-c', '1024', '--slot-save-path', folder)

const slots = async (query = '') => (await get(url, `/slots${query}`)).json as Json[]
const allIdle = () =>
  until('all slots idle', async () => (await slots()).every(({ is_processing }) => is_processing === false))

test('an idle slot says so, and nothing of a task', async () => {
  await allIdle()
  const [first, second, ...rest] = await slots()
  assert.deepEqual(rest, [])
  const { n_past, ...known } = first
  assert.deepEqual(known, { id: 0, n_ctx: 512, speculative: false, is_processing: false })
  assert.equal(typeof n_past, 'number')
  assert.equal(second.id, 1)
})

test('a busy slot tells its task: prompt, what was cached of it, what was generated, and the numbers of its fields', async () => {
  const prompt = randomTokens(random, 60)
  const alone = await complete(url, { prompt, n_predict: 1, slot_id: 1 })
  const running = await startEndless(url, {
    prompt,
    slot_id: 1,
    n_predict: 900_000,
    top_k: 17,
    stop: ['never written'],
  })
  const [idle, busy] = await slots()
  running.leave()
  await running.ended
  assert.equal(idle.is_processing, false)
  const { id, n_ctx, is_processing, n_prompt_tokens, n_prompt_tokens_processed, n_prompt_tokens_cache } = busy
  assert.deepEqual([id, n_ctx, is_processing], [1, 512, true])
  assert.deepEqual(
    [n_prompt_tokens, n_prompt_tokens_processed, n_prompt_tokens_cache],
    [alone.tokens_evaluated, 1, alone.tokens_evaluated - 1],
  )
  const [next] = busy.next_token
  assert.ok(next.n_decoded >= 1 && busy.n_past >= n_prompt_tokens, JSON.stringify(busy))
  assert.deepEqual([next.has_next_token, next.n_remain], [true, 900_000 - next.n_decoded])
  assert.deepEqual([busy.params.top_k, busy.params.temperature, busy.params.n_predict], [17, 0, 900_000])
  assert.ok(Number.isInteger(busy.id_task))
  await allIdle()
})

test('nothing in it is text of a request', async () => {
  const secret = 'They hid the way'
  const running = await startEndless(url, {
    prompt: secret,
    stop: ['hid the stop'],
    grammar: 'root ::= [a-z ]*',
    logit_bias: [['hid', 1]],
    dry_sequence_breakers: ['hid'],
  })
  const all = JSON.stringify(await slots())
  running.leave()
  await running.ended
  assert.match(all, /"is_processing":true/)
  assert.doesNotMatch(all, /hid|a-z|root/)
  await allIdle()
})

test('a client that goes away frees its slot, and what was computed stays in the cache', async () => {
  const running = await startEndless(url, { prompt: 'For ever', slot_id: 0 })
  await until('more tokens', () => running.events.length > 5)
  assert.equal((await slots())[0].is_processing, true)
  running.leave()
  await allIdle()
  assert.ok((await slots())[0].n_past > 5)
})

test('what is done to an idle slot shows: its cells after saving, erasing and restoring', async () => {
  const { tokens_cached: nCells } = await complete(url, { prompt: 'Long ago', n_predict: 8, slot_id: 0 })
  const nPast = async () => (await slots())[0].n_past
  const act = (action: string) => post(url, `/slots/0?action=${action}`, { filename: 'one' })
  assert.equal(await nPast(), nCells)
  assert.equal((await act('save')).status, 200)
  assert.equal((await post(url, '/slots/0?action=erase', {})).status, 200)
  await until('no cells', async () => (await nPast()) === 0)
  assert.equal((await act('restore')).json.n_restored, nCells)
  await until('the cells again', async () => (await nPast()) === nCells)
})

test('?fail_on_no_slot is a 503 only while all are busy, of /slots and of /health', async () => {
  const one = await startEndless(url, { prompt: 'For ever', slot_id: 0 })
  for (const path of ['/slots', '/health']) assert.equal((await get(url, `${path}?fail_on_no_slot=1`)).status, 200)
  const other = await startEndless(url, { prompt: 'And ever', slot_id: 1 })
  for (const path of ['/slots', '/health']) {
    const { status, json } = await get(url, `${path}?fail_on_no_slot=1`)
    assert.deepEqual([status, json.error.type, json.error.message], [503, 'unavailable_error', 'no slot available'])
  }
  assert.equal((await get(url, '/slots')).status, 200)
  for (const running of [one, other]) running.leave()
  await allIdle()
})

test('/health?include_slots counts the slots and shows them', async () => {
  const running = await startEndless(url, { prompt: 'For ever', slot_id: 1 })
  const { json } = await get(url, '/health?include_slots')
  running.leave()
  assert.deepEqual([json.status, json.slots_idle, json.slots_processing], ['ok', 1, 1])
  assert.deepEqual(
    json.slots.map(({ is_processing }: Json) => is_processing),
    [false, true],
  )
  assert.deepEqual((await get(url, '/health')).json, { status: 'ok' })
  await allIdle()
})

test('the engine is not asked: inside one long decode the slot is shown at work, and its prompt at its beginning', async () => {
  const server = await startServer('-m', model, '-c', '8192', '-b', '8192')
  let isOver = false
  const long = complete(server.url, { prompt: randomTokens(random, 8_000), n_predict: 1 }).then(() => {
    isOver = true
  })
  await until('the prompt in its slot', async () => (await get(server.url, '/slots')).json[0].is_processing)
  for (let i = 0; i < 5; i++) {
    const [slot] = (await get(server.url, '/slots')).json
    assert.deepEqual([slot.n_prompt_tokens, slot.n_prompt_tokens_processed, slot.n_past], [8_000, 0, 0])
  }
  assert.equal(isOver, false)
  await long
})

test('--no-slots: a 501 that says why', async () => {
  const server = await startServer('-m', model, '--no-slots')
  const { status, json } = await get(server.url, '/slots')
  assert.deepEqual([status, json.error.type], [501, 'not_supported_error'])
  assert.match(json.error.message, /--no-slots/)
  assert.equal((await get(server.url, '/health?include_slots')).json.slots, undefined)
})

test('with a key, /slots is not open, and /health has numbers alone', async () => {
  const server = await startServer('-m', model, '--api-key', 'secret')
  assert.equal((await get(server.url, '/slots')).status, 401)
  const headers = { authorization: 'Bearer secret' }
  assert.equal((await fetch(`${server.url}/slots`, { headers })).status, 200)
  assert.deepEqual((await get(server.url, '/health?include_slots')).json, {
    status: 'ok',
    slots_idle: 1,
    slots_processing: 0,
  })
})
