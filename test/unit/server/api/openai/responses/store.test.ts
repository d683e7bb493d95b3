// Responses in memory: whose they are, and which of them go.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStore, type StoredResponse } from '../../../../../../src/server/api/openai/responses/store.ts'

function stored(id: string, text = ''): StoredResponse {
  const response = { id, status: 'completed', output: [{ id: `msg_${id}`, type: 'message', text }] } as const
  return { response, input: [{ id: `in_${id}`, type: 'message' }] }
}

async function present(store: MemoryStore, ...ids: readonly string[]): Promise<readonly boolean[]> {
  const found: boolean[] = []
  for (const id of ids) found.push((await store.item('ann', `msg_${id}`)) !== undefined)
  return found
}

test('a response is found, and deleted, by its owner alone', async () => {
  const store = new MemoryStore()
  await store.put('ann', stored('a'))
  assert.equal(await store.get('bob', 'a'), undefined)
  assert.equal(await store.item('bob', 'msg_a'), undefined)
  assert.equal(await store.delete('bob', 'a'), false)
  assert.equal((await store.get('ann', 'a'))?.response.id, 'a')
  assert.equal((await store.item('ann', 'in_a'))?.id, 'in_a')
  assert.equal(await store.delete('ann', 'a'), true)
  assert.equal(await store.get('ann', 'a'), undefined)
})

test('the least recently used response goes when there are too many', async () => {
  const store = new MemoryStore({ maxCount: 2, maxBytes: 1e6 })
  await store.put('ann', stored('a'))
  await store.put('ann', stored('b'))
  await store.get('ann', 'a')
  await store.put('ann', stored('c'))
  assert.deepEqual(await present(store, 'a', 'b', 'c'), [true, false, true])
})

test('responses go when they have too many bytes together, and one that is too large is not kept', async () => {
  const store = new MemoryStore({ maxCount: 10, maxBytes: 1000 })
  await store.put('ann', stored('a', 'x'.repeat(400)))
  await store.put('ann', stored('huge', 'x'.repeat(1000)))
  assert.deepEqual(await present(store, 'a', 'huge'), [true, false])
  await store.put('ann', stored('b', 'x'.repeat(400)))
  await store.put('ann', stored('c', 'x'.repeat(100)))
  assert.deepEqual(await present(store, 'a', 'b', 'c'), [false, true, true])
  await store.delete('ann', 'b')
  await store.put('ann', stored('d', 'x'.repeat(400)))
  assert.deepEqual(await present(store, 'c', 'd'), [true, true])
})
