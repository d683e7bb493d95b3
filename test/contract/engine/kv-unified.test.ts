// --kv-unified: one pool of context for all slots.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const model = tinyModel('tiny-llama')
const { url } = await startServer('-m', model, '-np', '2', '-c', '256', '--kv-unified', '--no-context-shift')
const generate = (fields: object) =>
  post(url, '/completion', { prompt: 'Hello', temperature: 0, ignore_eos: true, ...fields })

test('a slot may use the whole pool, also what another one left behind', async () => {
  assert.equal((await get(url, '/props')).json.default_generation_settings.n_ctx, 256)
  for (const slot_id of [0, 1, 0]) {
    const { json } = await generate({ n_predict: 200, slot_id })
    assert.equal(json.tokens_predicted, 200)
  }
})

test('requests that do not fit together end with an error that says so, and the server goes on', async () => {
  const both = await Promise.all([generate({ n_predict: 200 }), generate({ n_predict: 200 })])
  const failed = both.filter(({ status }) => status !== 200)
  assert.ok(failed.length > 0)
  for (const { status, json } of failed) {
    assert.equal(status, 500)
    assert.match(json.error.message, /Context size has been exceeded/)
  }
  assert.equal((await generate({ n_predict: 200 })).status, 200)
})
