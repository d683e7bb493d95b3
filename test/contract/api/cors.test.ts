// Which web pages may call the server.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import { type Json, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const closed = await startServer('-m', tinyModel('tiny-llama'))
const open = await startServer('-m', tinyModel('tiny-llama'), '--cors-origins', '*')
const named = await startServer(
  '-m',
  tinyModel('tiny-llama'),
  '--cors-origins',
  'https://app.example, http://other.example:81',
)

type Answer = { readonly status: number; readonly json: Json }

const body = JSON.stringify({ prompt: 'Hello', n_predict: 1 })
const complete = (url: string, origin?: string, sent = body): Promise<Response> =>
  fetch(`${url}/completion`, { method: 'POST', body: sent, headers: origin === undefined ? {} : { origin } })

const preflight = (url: string, origin: string): Promise<Response> => {
  const headers = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type, authorization',
  }
  return fetch(`${url}/completion`, { method: 'OPTIONS', headers: { origin, ...headers } })
}

const allowed = (response: Response): string | null => response.headers.get('access-control-allow-origin')

async function assertMay(url: string, origin: string): Promise<void> {
  const response = await complete(url, origin)
  assert.equal(response.status, 200, origin)
  assert.ok([origin, '*'].includes(allowed(response) ?? ''), `${origin}: ${allowed(response)}`)
  const flight = await preflight(url, origin)
  assert.ok(flight.status === 204 || flight.status === 200, `${origin}: ${flight.status}`)
  assert.ok([origin, '*'].includes(allowed(flight) ?? ''))
  assert.match(flight.headers.get('access-control-allow-methods') ?? '', /POST/)
  assert.match(flight.headers.get('access-control-allow-headers') ?? '', /content-type|\*/)
  assert.match(flight.headers.get('access-control-allow-headers') ?? '', /authorization|\*/)
}

async function assertMayNot(url: string, origin: string): Promise<void> {
  for (const response of [
    await complete(url, origin),
    await preflight(url, origin),
    await fetch(`${url}/health`, { headers: { origin } }),
  ]) {
    assert.equal(response.status, 403, origin)
    assert.equal(allowed(response), null)
    assert.equal(response.headers.get('access-control-allow-credentials'), null)
    const { error } = (await response.json()) as { error: { code: number; type: string; message: string } }
    assert.equal(error.code, 403)
    assert.equal(error.type, 'permission_error')
    assert.match(error.message, /--cors-origins/)
  }
}

describe('by default', () => {
  it('callers that are no pages may', async () => {
    const response = await complete(closed.url)
    assert.equal(response.status, 200)
    assert.equal(allowed(response), null)
  })

  it("the server's own page may", async () => {
    await assertMay(closed.url, closed.url)
    await assertMay(closed.url, closed.url.replace('127.0.0.1', 'localhost'))
  })

  it('pages of this machine may', async () => {
    for (const origin of [
      'http://localhost',
      'http://localhost:3000',
      'https://localhost:8443',
      'http://127.0.0.1:5173',
      'http://[::1]:80',
    ])
      await assertMay(closed.url, origin)
  })

  it('pages of others may not', async () => {
    const foreign = [
      'https://foreign.example',
      'null',
      'http://localhost.foreign.example',
      'http://foreign.example:3000',
      'http://127.0.0.1.foreign.example',
      'http://localhost@foreign.example',
      'http://notlocalhost',
      'file://',
      'http://10.0.0.1',
    ]
    for (const origin of foreign) await assertMayNot(closed.url, origin)
  })

  it('a bad request of a page that may is told to it', async () => {
    const response = await complete(closed.url, 'http://localhost:3000', '{')
    assert.equal(response.status, 400)
    assert.equal(allowed(response), 'http://localhost:3000')
    const stray = await fetch(`${closed.url}/nope`, { headers: { origin: 'http://localhost:3000' } })
    assert.equal(stray.status, 404)
    assert.equal(allowed(stray), 'http://localhost:3000')
  })

  it('a stream has the header as well', async () => {
    const sent = JSON.stringify({ prompt: 'Hello', n_predict: 2, stream: true })
    const response = await complete(closed.url, 'http://localhost:3000', sent)
    assert.equal(allowed(response), 'http://localhost:3000')
    assert.match(await response.text(), /"stop":true/)
  })

  it('answers vary by origin, for caches', async () => {
    assert.match((await complete(closed.url, 'http://localhost:3000')).headers.get('vary') ?? '', /origin/i)
  })
})

/** As a browser does it for a page that it loaded by a name: fetch() would write its own Host. */
function completeAs(url: string, host: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method: 'POST', path: '/completion', headers: { host, ...headers } }
    const asked = request(options, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode!, json: JSON.parse(text) })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

describe('a page that came by another name', () => {
  const page = { origin: 'http://nas.home:8080' }

  it('by default the page does not work by a foreign name, and the refusal says what to add', async () => {
    const { status, json } = await completeAs(closed.url, 'nas.home:8080', page)
    assert.equal(status, 403)
    assert.match(json.error.message, /--allowed-hosts nas\.home, or with --api-key/)
    assert.equal((await completeAs(closed.url, 'nas.home:8080')).status, 200, 'programs may use any name')
  })

  it('works where a key is set, for requests that have it', async () => {
    const keyed = await startServer('-m', tinyModel('tiny-llama'), '--api-key', 'k')
    const key = { authorization: 'Bearer k' }
    assert.equal((await completeAs(keyed.url, 'nas.home:8080', { ...page, ...key })).status, 200)
    assert.equal((await completeAs(keyed.url, 'nas.home:8080', page)).status, 401)
    assert.equal((await completeAs(keyed.url, 'nas.home:8080', { origin: 'http://evil.example', ...key })).status, 403)
  })

  it('--allowed-hosts lets the page work by such a name, and answers to no other', async () => {
    const allowing = await startServer('-m', tinyModel('tiny-llama'), '--allowed-hosts', 'nas.home,.lan')
    assert.equal((await completeAs(allowing.url, 'nas.home:8080', page)).status, 200)
    assert.equal((await completeAs(allowing.url, 'box.lan', { origin: 'http://box.lan' })).status, 200)
    for (const headers of [{}, { origin: 'http://evil.example' }]) {
      const { status, json } = await completeAs(allowing.url, 'evil.example', headers)
      assert.equal(status, 403)
      assert.match(json.error.message, /--allowed-hosts/)
    }
  })
})

describe('--cors-origins *', () => {
  it('lets all pages, without credentials', async () => {
    for (const origin of ['https://foreign.example', 'null', 'http://localhost:3000']) {
      await assertMay(open.url, origin)
      assert.equal((await preflight(open.url, origin)).headers.get('access-control-allow-credentials'), null)
      assert.equal((await complete(open.url, origin)).headers.get('access-control-allow-credentials'), null)
    }
  })
})

describe('--cors-origins with names', () => {
  it('lets those and no others', async () => {
    for (const origin of ['https://app.example', 'http://other.example:81']) await assertMay(named.url, origin)
    await assertMay(named.url, named.url)
    for (const origin of [
      'http://app.example',
      'https://app.example:444',
      'https://x.app.example',
      'https://app.example.org',
      'http://localhost:3000',
    ])
      await assertMayNot(named.url, origin)
  })
})
