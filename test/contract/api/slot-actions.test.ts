// POST /slots/:id?action=…
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { startEndless } from '../engine/generations.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '512')

const body = { prompt: 'There was a time when', n_predict: 4, temperature: 0, slot_id: 1 }

test('an erased slot computes the whole prompt again', async () => {
  await post(url, '/completion', body)
  const warm = await post(url, '/completion', body)
  assert.ok(warm.json.timings.cache_n > 0)
  const erased = await fetch(`${url}/slots/1?action=erase`, { method: 'POST' })
  assert.equal(erased.status, 200)
  const { id_slot, n_erased } = (await erased.json()) as { id_slot: number; n_erased: number }
  assert.equal(id_slot, 1)
  assert.ok(n_erased >= warm.json.tokens_evaluated)
  const cold = await post(url, '/completion', body)
  assert.equal(cold.json.timings.cache_n, 0)
  assert.equal(cold.json.content, warm.json.content)
})

test('erasing a busy slot waits until it is idle, and other slots go on', async () => {
  const running = await startEndless(url, { ...body, n_predict: -1 })
  let isErased = false
  const erased = post(url, '/slots/1?action=erase', {}).then(({ json }) => {
    isErased = true
    return json.n_erased
  })
  await post(url, '/completion', { ...body, slot_id: 0 })
  assert.equal(isErased, false)
  running.leave()
  assert.ok((await erased) > 0)
})

test('an unknown slot and an unknown action are refused by name', async () => {
  const slot = await post(url, '/slots/2?action=erase', {})
  assert.equal(slot.status, 400)
  assert.match(slot.json.error.message, /"id": "2" is not the id of a slot, 0 to 1/)
  const action = await post(url, '/slots/0?action=paint', {})
  assert.equal(action.status, 400)
  assert.match(action.json.error.message, /"action": "paint"/)
  const none = await post(url, '/slots/0', {})
  assert.equal(none.status, 400)
})
