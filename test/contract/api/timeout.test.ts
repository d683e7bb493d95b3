// --timeout in both directions, over raw sockets: who sends too slowly or never reads is cut off, and nobody else.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { until } from '../engine/generations.ts'

const folder = mkdtempSync(join(tmpdir(), 'cria-timeout-'))
after(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'large.bin'), Buffer.alloc(64 * 2 ** 20))

const limitMs = 3000
/** Far more than the limit, less than the 60 s that Node allows by itself. */
const soon = { timeout: 50_000 }

const model = tinyModel('tiny-llama')
const { url, output } = await startServer(
  '-m',
  model,
  '--timeout',
  String(limitMs / 1000),
  '--path',
  folder,
  '-lv',
  '3',
)
const { hostname, port } = new URL(url)

/** A connection that has sent these lines. */
async function send(...lines: readonly string[]): Promise<Socket> {
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {}) // a reset is one way to be cut off
  after(() => socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(lines.join('\r\n'))
  return socket
}

/** All that arrives until the server closes. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

const postHead = (length: number) => ['POST /completion HTTP/1.1', 'Host: localhost', `Content-Length: ${length}`, '']

test('a body that does not arrive is a 408 as JSON', soon, async () => {
  const answer = await readToEnd(await send(...postHead(100), '{"prompt": '))
  assert.match(answer, /^HTTP\/1\.1 408 /)
  assert.equal(JSON.parse(answer.slice(answer.indexOf('{'))).error.type, 'request_timeout_error')
})

test('a body that drips is cut off all the same: the limit is for the whole', soon, async () => {
  const socket = await send(...postHead(100_000), '{"prompt": "')
  const ended = readToEnd(socket)
  const drip = setInterval(() => socket.write('x'), 50)
  assert.match(await ended, /^HTTP\/1\.1 408 /)
  clearInterval(drip)
})

test('headers that do not end are a 408', soon, async () => {
  assert.match(await readToEnd(await send('GET /health HTTP/1.1', 'Host: localhost', 'X-More: ')), /^HTTP\/1\.1 408 /)
})

test('an answer that takes longer than the limit is not cut off', async () => {
  let ms = 0
  for (let n_predict = 2000; ms <= limitMs; n_predict *= 2) {
    const startedAt = performance.now()
    const { status } = await post(url, '/completion', { prompt: 'Hello', n_predict, ignore_eos: true })
    assert.equal(status, 200)
    ms = performance.now() - startedAt
  }
})

test('a stream that nobody reads is cut off, and its slot is free again', soon, async () => {
  const body = JSON.stringify({ prompt: 'Hello', n_predict: -1, ignore_eos: true, n_probs: 500, stream: true })
  const socket = await send(...postHead(body.length), body)
  await once(socket, 'readable') // it has the slot, and nobody reads on
  // there is no other slot: this is answered when that one is given up
  const next = await post(url, '/completion', { prompt: 'Hello', n_predict: 1 })
  assert.equal(next.status, 200)
  const received = await readToEnd(socket)
  assert.match(received, /^HTTP\/1\.1 200 /)
  assert.ok(!received.includes('"stop":true'))
})

test('an answer at once that nobody reads is cut off', async () => {
  const nTokens = 2_000_000
  const body = JSON.stringify({ tokens: Array(nTokens).fill(3) })
  const socket = await send(...postHead(body.length).map((line) => line.replace('/completion', '/detokenize')), body)
  await once(socket, 'readable') // it comes, and nobody reads it
  await until('it is given up', () => /POST \/detokenize 200 .* the client left/.test(output()))
  const received = await readToEnd(socket)
  const length = Number(/^HTTP\/1\.1 200 .*?content-length: (\d+)/s.exec(received)?.[1])
  assert.ok(received.length < length, `${received.length} of ${length} bytes`)
})

test('a file that nobody reads is cut off', async () => {
  const socket = await send('GET /large.bin HTTP/1.1', 'Host: localhost', '', '')
  socket.pause()
  await until('it is given up', () => /GET \/large\.bin 200 .* the client left/.test(output()))
  const nBytes = (await readToEnd(socket)).length
  assert.ok(nBytes < 64 * 2 ** 20, `${nBytes} bytes`)
})

test('a reader that is slow but reads gets the whole file', async () => {
  const socket = await send('GET /large.bin HTTP/1.1', 'Host: localhost', 'Connection: close', '', '')
  const startedAt = performance.now()
  let nBytes = 0
  for await (const chunk of socket) {
    nBytes += chunk.length
    if (performance.now() - startedAt < 2 * limitMs) await sleep(20)
  }
  assert.ok(nBytes > 64 * 2 ** 20, `${nBytes} bytes`)
})
