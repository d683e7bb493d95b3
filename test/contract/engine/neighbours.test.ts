// What one request may cost its neighbours: where choosing a token takes long, a stream goes on beside it. The real model, whose
// vocabulary has 49,152 tokens: with the tiny ones nothing takes long.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, startServer } from '../../support/server.ts'
import { smollm2 } from '../../support/smollm2.ts'
import { complete, startEndless } from './generations.ts'

const server = await startServer('-m', await smollm2(), '-np', '3', '-c', '3072')

/** How many events the stream gets while the request is served. */
async function eventsBeside(body: object) {
  const stream = await startEndless(server.url, { prompt: 'Once upon a time' })
  const before = stream.events.length
  const answer = await post(server.url, '/completion', { prompt: 'The word is ', n_predict: 8, ...body })
  const n = stream.events.length - before
  stream.leave()
  return { n, answer }
}

/** Words that have no beginning in common, so that each is a place of its own in the grammar. */
const words = Array.from({ length: 4000 }, (_, i) => `"Q${((i * 7919) % 100_003).toString(36)} x"`)

test('a grammar of thousands of alternatives takes its time beside a stream, and ends as it must', async () => {
  const { n, answer } = await eventsBeside({ grammar: `root ::= ${words.join(' | ')}` })
  assert.equal(answer.status, 200)
  assert.ok(words.includes(`"${answer.json.content}"`), answer.json.content)
  assert.ok(n > 8 + 10, `${n} events beside 8 tokens`)
})

test('the breakers of DRY are looked for in the whole vocabulary beside a stream', async () => {
  const breakers = Array.from({ length: 32 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(40))
  const { n, answer } = await eventsBeside({ dry_multiplier: 0.8, dry_sequence_breakers: breakers })
  assert.equal(answer.status, 200)
  assert.ok(n > 8 + 5, `${n} events beside 8 tokens`)
})

test('a client that leaves while a token of its own is being chosen frees its slot', async () => {
  const client = new AbortController()
  const body = JSON.stringify({ prompt: 'The word is ', slot_id: 1, grammar: `root ::= ${words.join(' | ')}` })
  const left = fetch(`${server.url}/completion`, { method: 'POST', body, signal: client.signal })
  await complete(server.url, { prompt: 'meanwhile', slot_id: 2, n_predict: 2 })
  client.abort()
  await left.catch(() => {})
  const next = await complete(server.url, { prompt: 'next', slot_id: 1, n_predict: 2 })
  assert.equal(next.tokens_predicted, 2)
})
