// The server's own process never waits for a decode.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { complete, printedRandom, randomTokens } from './generations.ts'

const random = printedRandom('responsive')

test('/health, /tokenize and /props answer while the engine is inside one long decode', async () => {
  const server = await startServer('-m', tinyModel('tiny-llama'), '-c', '8192', '-b', '8192')
  let isOver = false
  const long = complete(server.url, { prompt: randomTokens(random, 8_000), n_predict: 1 }).then((answer) => {
    isOver = true
    return answer
  })
  await sleep(100) // the prompt is on its way
  for (let i = 0; i < 5; i++) {
    assert.equal((await get(server.url, '/health')).json.status, 'ok')
    assert.ok((await post(server.url, '/tokenize', { content: 'They do not wait' })).json.tokens.length > 0)
    assert.equal((await get(server.url, '/props')).json.total_slots, 1)
    assert.equal(isOver, false)
  }
  assert.equal((await long).tokens_evaluated, 8_000)
})

test('/health and /tokenize answer beside many requests', async () => {
  const server = await startServer('-m', tinyModel('tiny-llama'), '-np', '4', '-c', '2048')
  let nOver = 0
  const requests = Array.from({ length: 40 }, () =>
    complete(server.url, { prompt: randomTokens(random, 200), n_predict: 60 }).then(() => nOver++),
  )
  for (let i = 0; i < 5; i++) {
    assert.equal((await get(server.url, '/health')).status, 200)
    assert.equal((await post(server.url, '/tokenize', { content: 'They do not wait' })).status, 200)
  }
  assert.ok(nOver < requests.length)
  await Promise.all(requests)
})
