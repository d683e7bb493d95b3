// Streams that have nothing to say for long: clients and proxies give up on a connection without a byte.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { startEndless } from '../engine/generations.ts'

const { url } = await startServer('-m', tinyModel('tiny-chat'), '-np', '1', '-c', '16384', '--sse-ping-interval', '1')
const messages = [{ role: 'user', content: 'Hello' }]

/** What a stream sends, as it comes. */
async function* read(path: string, body: object) {
  const response = await fetch(url + path, { method: 'POST', body: JSON.stringify({ ...body, stream: true }) })
  yield `${response.status} ${response.headers.get('content-type')}`
  const decoder = new TextDecoder()
  for await (const bytes of response.body!) yield decoder.decode(bytes, { stream: true })
}

for (const [path, body] of [
  ['/v1/chat/completions', { messages, max_tokens: 2 }],
  ['/completion', { prompt: 'Hello', n_predict: 2 }],
  ['/v1/completions', { prompt: 'Hello', max_tokens: 2, sse_ping_interval: 1 }],
] as const) {
  test(`${path}: a stream that waits for a slot is a stream with comments until its events come`, async () => {
    const running = await startEndless(url, { prompt: 'On and on', n_predict: 200_000 })
    const parts: string[] = []
    for await (const part of read(path, body)) {
      parts.push(part)
      if (parts.join('').split(': ping\n\n').length === 3) running.leave() // the second comment is there
    }
    const [head, ...rest] = parts
    assert.equal(head, '200 text/event-stream; charset=utf-8')
    assert.match(rest.join(''), /^(: ping\n\n){2,}data: \{/)
  })
}

test('what is wrong with a request is an HTTP error, whatever the interval', async () => {
  const body = { messages, stream: true, temperature: 'hot', sse_ping_interval: 1 }
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) })
  assert.equal(response.status, 400)
})

test('a stream that waits sends its headers and comments, and an error later is an event', async () => {
  const running = await startEndless(url, { prompt: 'On and on', n_predict: 200_000 })
  const { n_vocab } = (await get(url, '/v1/models')).json.data[0].meta
  const nothing = Array.from({ length: n_vocab }, (_, token) => [token, false]) // the engine finds no token to choose
  let text = ''
  for await (const part of read('/v1/chat/completions', { messages, logit_bias: nothing })) {
    text += part
    if (part.includes(': ping')) running.leave()
  }
  assert.match(text, /^200 text\/event-stream; charset=utf-8(: ping\n\n)+data: \{"error":\{/)
})
