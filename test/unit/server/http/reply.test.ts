import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ReplyWriter, reply } from '../../../../src/server/http/reply.ts'
import { silentFor } from '../../../../src/server/http/stream.ts'

async function* three() {
  yield* [1, 2, 3]
}

const doubling: ReplyWriter<number> = {
  whole: (events) => ({ sum: events.reduce((a, b) => a + b) }),
  *push(event) {
    if (event !== 2) yield { data: event * 2, event: 'number', id: String(event) }
  },
  *end() {
    yield { data: '[DONE]' }
  },
}

test('an answer that is not a stream is written once, of all events', async () => {
  assert.deepEqual(await reply(three(), doubling, { stream: false }), { kind: 'json', body: { sum: 6 } })
})

test('a stream has the events that the writer makes of each, and its end', async () => {
  const answer = await reply(three(), doubling, { stream: true, framing: 'ndjson', ssePingInterval: 2 })
  assert.ok(answer.kind === 'stream')
  assert.deepEqual([answer.framing, answer.pingMs], ['ndjson', 2000])
  const events: unknown[] = []
  for await (const event of answer.events) events.push(event)
  assert.deepEqual(events, [
    { data: 2, event: 'number', id: '1' },
    { data: 6, event: 'number', id: '3' },
    { data: '[DONE]' },
  ])
})

test('what the events throw is thrown by an answer that is not a stream, and by the events of one that is', async () => {
  const failing = async function* (): AsyncGenerator<number> {
    yield 1
    throw new Error('no')
  }
  await assert.rejects(reply(failing(), doubling, { stream: false }), /no/)
  const answer = await reply(failing(), doubling, { stream: true })
  assert.ok(answer.kind === 'stream')
  await assert.rejects(async () => {
    for await (const _event of answer.events);
  }, /no/)
})

test('silentFor() says whether an answer is late, and throws what it throws in time', async () => {
  assert.equal(await silentFor(Promise.resolve(), 60_000), false)
  assert.equal(await silentFor(Promise.resolve(), undefined), false)
  await assert.rejects(silentFor(Promise.reject(new Error('refused')), 60_000), /refused/)
  assert.equal(await silentFor(new Promise(() => {}), 1), true)
})
