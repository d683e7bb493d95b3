// HTTP itself: routes, methods, content types, sizes, headers.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { get, type Json, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'), '--body-limit', '1')
const body = JSON.stringify({ prompt: 'Hello', n_predict: 1 })

type Raw = { status: number; headers: Readonly<Record<string, Json>>; text: string }

/** A request with exactly these headers. */
function send(method: string, path: string, headers: Readonly<Record<string, string>> = {}, sent = ''): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const length =
      sent === '' || 'transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(sent)) }
    const asked = request({ hostname, port, method, path, headers: { ...length, ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    asked.on('error', reject)
    asked.end(sent)
  })
}

function assertError(raw: Raw, status: number, type: string): Json {
  assert.equal(raw.status, status, raw.text)
  assert.match(raw.headers['content-type'], /^application\/json/)
  const json = JSON.parse(raw.text)
  assert.deepEqual(Object.keys(json), ['error'], raw.text)
  assert.equal(json.error.code, status)
  assert.equal(json.error.type, type)
  assert.equal(typeof json.error.message, 'string')
  return json.error
}

describe('routes', () => {
  it('that there are not are a 404 that names method and path', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const { message } = assertError(await send(method, '/no/such?x=1'), 404, 'not_found_error')
      assert.match(message, new RegExp(`${method} /no/such`))
    }
  })

  const methods: Readonly<Record<string, string>> = {
    '/health': 'GET',
    '/props': 'GET',
    '/v1/models': 'GET',
    '/slots': 'GET',
    '/metrics': 'GET',
    '/completion': 'POST',
    '/tokenize': 'POST',
    '/detokenize': 'POST',
    '/v1/chat/completions': 'POST',
  }
  for (const [path, method] of Object.entries(methods)) {
    it(`${path} takes ${method} alone: others are a 405 that says so`, async () => {
      for (const other of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((name) => name !== method)) {
        for (const sent of other === 'GET' ? [''] : ['', '{}']) {
          const headers: Record<string, string> = sent === '' ? {} : { 'content-type': 'application/json' }
          const raw = await send(other, path, headers, sent)
          assertError(raw, 405, 'method_not_allowed_error')
          assert.match(raw.headers.allow, new RegExp(`^${method}\\b`))
        }
      }
    })
  }

  it('are found before the body is read: one that is not JSON changes nothing', async () => {
    const json = { 'content-type': 'application/json' }
    assertError(await send('POST', '/no/such', json, '{'), 404, 'not_found_error')
    assertError(await send('PUT', '/completion', json, '{'), 405, 'method_not_allowed_error')
  })

  it('a method with a JSON header and no body is a 405 as well', async () => {
    assertError(
      await send('DELETE', '/completion', { 'content-type': 'application/json' }),
      405,
      'method_not_allowed_error',
    )
  })

  it('HEAD is answered where GET is', async () => {
    const raw = await send('HEAD', '/health')
    assert.equal(raw.status, 200)
    assert.equal(raw.text, '')
  })

  it('a path that cannot be read is a 400 in the same shape', async () => {
    const raw = await send('GET', '/%zz')
    assertError(raw, 400, 'invalid_request_error')
  })

  it('queries are no part of the route', async () => {
    assert.equal((await get(url, '/health?x=1')).status, 200)
  })
})

describe('the body', () => {
  const types = [
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    'json',
    '',
  ]
  for (const type of types) {
    it(`is JSON as ${type === '' ? 'an empty content type' : type}`, async () => {
      const raw = await send('POST', '/completion', { 'content-type': type }, body)
      assert.equal(raw.status, 200, raw.text)
    })
  }

  it('is JSON without a content type', async () => {
    for (const path of ['/completion', '/v1/chat/completions', '/tokenize']) {
      const sent =
        path === '/v1/chat/completions' ? '{"messages":[{"role":"user","content":"x"}],"max_tokens":1}' : '{}'
      assert.equal((await send('POST', path, {}, path === '/completion' ? body : sent)).status, 200)
    }
  })

  it('may come in chunks', async () => {
    const raw = await send('POST', '/completion', { 'transfer-encoding': 'chunked' }, body)
    assert.equal(raw.status, 200, raw.text)
  })

  it('that is missing is a 400', async () => {
    for (const type of [undefined, 'application/json', 'text/plain']) {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
      const { message } = assertError(await send('POST', '/v1/chat/completions', headers), 400, 'invalid_request_error')
      assert.match(message, /body|messages/)
    }
  })

  it('over --body-limit is a 413, whether its length is told or not', async () => {
    const large = JSON.stringify({ prompt: 'x'.repeat(2 ** 20) })
    const { message } = assertError(await send('POST', '/completion', {}, large), 413, 'request_too_large_error')
    assert.match(message, /--body-limit/)
    const chunked = await send('POST', '/completion', { 'transfer-encoding': 'chunked' }, large)
    assertError(chunked, 413, 'request_too_large_error')
  })

  it('just under it is read', async () => {
    const large = JSON.stringify({ content: 'x '.repeat(2 ** 19 - 20) })
    assert.ok(large.length < 2 ** 20)
    assert.equal((await post(url, '/tokenize', large)).status, 200)
  })
})

describe('headers', () => {
  it('Server names Cria on every answer', async () => {
    const answers = [
      await send('GET', '/health'),
      await send('GET', '/nope'),
      await send('PUT', '/health'),
      await send('POST', '/completion', {}, '{'),
      await send('POST', '/completion', {}, body),
      await send('POST', '/completion', {}, JSON.stringify({ prompt: 'x', n_predict: 1, stream: true })),
      await send('GET', '/health', { origin: 'https://foreign.example' }),
    ]
    for (const { headers, status } of answers) assert.match(headers.server ?? '', /^cria\/\d/, `status ${status}`)
  })

  it('the answer is JSON in UTF-8', async () => {
    const raw = await send('POST', '/completion', {}, body)
    assert.match(raw.headers['content-type'], /^application\/json; charset=utf-8$/)
  })

  it('many on one connection are served in order', async () => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const one = `POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`
    socket.write(one.repeat(5))
    let text = ''
    for await (const chunk of socket) {
      text += chunk
      if (text.split('{"tokens":[]}').length === 6) break
    }
    assert.equal(text.split('HTTP/1.1 200').length, 6)
  })

  it('that are no HTTP end that connection alone', async () => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write('this is no HTTP\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += chunk
    assert.match(text, /^HTTP\/1\.1 400/)
    assert.equal((await get(url, '/health')).status, 200)
  })
})
