// Which web pages may call the server.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const closed = await startServer('-m', tinyModel('tiny-llama'))
const open = await startServer('-m', tinyModel('tiny-llama'), '--cors-origins', '*')
const named = await startServer(
  '-m',
  tinyModel('tiny-llama'),
  '--cors-origins',
  'https://app.example, http://other.example:81',
)

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
