// Bodies on the wire: what they may be packed in, what is not UTF-8, and those that never end.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { get, type Json, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const server = await startServer('-m', tinyModel('tiny-llama'), '--body-limit', '1', '--timeout', '3', '-v')
const { url } = server
const text = '{"content": "They said é 😀"}'
const plain = (await (await fetch(`${url}/tokenize`, { method: 'POST', body: text })).json()) as Json

async function tokenize(body: Uint8Array, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${url}/tokenize`, { method: 'POST', body, headers })
  return { status: response.status, json: (await response.json()) as Json }
}

async function assertRefused(body: Uint8Array, headers: Readonly<Record<string, string>>, status: number, why: RegExp) {
  const answer = await tokenize(body, headers)
  assert.equal(answer.status, status, JSON.stringify(answer.json))
  assert.match(answer.json.error.message, why)
}

describe('a packed body', () => {
  it('is read in gzip, deflate and br', async () => {
    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      const answer = await tokenize(pack(text), { 'content-encoding': encoding })
      assert.deepEqual(answer, { status: 200, json: plain }, encoding)
    }
  })

  it('in another encoding is a 415 that names it', () =>
    assertRefused(Buffer.from(text), { 'content-encoding': 'zstd' }, 415, /zstd.*gzip/))

  it('that unpacks to more than --body-limit is a 413', async () => {
    const bomb = gzipSync(JSON.stringify({ content: 'x'.repeat(2 ** 29 / 4) }))
    assert.ok(bomb.length < 2 ** 20)
    await assertRefused(bomb, { 'content-encoding': 'gzip' }, 413, /unpacks to more than --body-limit/)
  })

  it('that is cut off or not packed is a 400', async () => {
    await assertRefused(gzipSync(text).subarray(0, 20), { 'content-encoding': 'gzip' }, 400, /gzip/)
    await assertRefused(Buffer.from(text), { 'content-encoding': 'gzip' }, 400, /gzip/)
  })
})

describe('a body that is not UTF-8', () => {
  it('is a 400 that says which byte, not U+FFFD', () =>
    assertRefused(Buffer.from('{"content":"caf\xe9"}', 'latin1'), {}, 400, /byte 0xE9 at position 15.*UTF-8/))

  it('is named where it is UTF-16', async () => {
    for (const mark of ['', '\ufeff']) {
      await assertRefused(Buffer.from(mark + text, 'utf16le'), {}, 400, /UTF-16.*UTF-8/)
    }
  })

  it('is named where its Content-Type says so', () =>
    assertRefused(Buffer.from(text), { 'content-type': 'application/json; charset=latin1' }, 400, /latin1.*UTF-8/))

  it('may begin with a byte order mark where it is', async () => {
    assert.deepEqual(await tokenize(Buffer.from(`\ufeff${text}`)), { status: 200, json: plain })
  })
})

describe('JSON', () => {
  it('that is nested too deeply, or has too many keys, is a 400 that names the limit', async () => {
    const deep = `{"content":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
    await assertRefused(Buffer.from(deep), {}, 400, /nested deeper than 1000/)
    assert.equal((await get(url, '/health')).status, 200)
  })
})

/** A connection that has sent the head of a body of so many bytes, and a part of it. */
async function half(length: number, part: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  after(() => socket.destroy())
  socket.on('error', () => {}) // a reset is one way to be cut off
  await new Promise((resolve) => socket.once('connect', resolve))
  await new Promise((resolve) => {
    socket.write(`POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${part}`, resolve)
  })
  return socket
}

async function readToEnd(socket: Socket): Promise<string> {
  let all = ''
  for await (const chunk of socket) all += chunk
  return all
}

describe('a body that never ends', () => {
  it('is a 408 when no more of it comes', async () => {
    assert.match(await readToEnd(await half(100, '{"content"')), /^HTTP\/1\.1 408 .*request_timeout_error/s)
  })

  it('gives its memory back when its client leaves', async () => {
    const part = `{"content":"${'x'.repeat(1_000_000)}`
    for (let round = 0; round < 4; round++) {
      const sockets = await Promise.all(Array.from({ length: 6 }, () => half(2 ** 20 - 1, part)))
      for (const socket of sockets) socket.destroy()
    }
    // 24 MB were sent, 4 MB are held at most: a body that comes now has room
    const whole = Buffer.from(JSON.stringify({ content: 'x '.repeat(500_000) }))
    let answer = await tokenize(whole)
    while (answer.status === 503) answer = await tokenize(whole) // the server has not seen all of them leave
    assert.equal(answer.status, 200, JSON.stringify(answer.json))
  })
})

describe('headers', () => {
  it('of more than 16 KiB are a 431 in the shape of every error', async () => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write(`GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`)
    const answer = await readToEnd(socket)
    assert.match(answer, /^HTTP\/1\.1 431 /)
    assert.equal(JSON.parse(answer.slice(answer.indexOf('{'))).error.type, 'headers_too_large_error')
  })
})

describe('the log', () => {
  it('has no key of a query and no header Authorization', async () => {
    await fetch(`${url}/health?api_key=hush-1&x=seen`, { headers: { authorization: 'Bearer hush-2' } })
    await fetch(`${url}/nothing?api_key=hush-3`, { headers: { 'x-api-key': 'hush-4' } })
    await server.stop()
    assert.match(server.output(), /\/health\?api_key=…&x=seen/)
    assert.doesNotMatch(server.output(), /hush/)
  })
})
