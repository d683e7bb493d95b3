import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { RequestError } from '../../../../src/base/errors.ts'
import { type PageHeaders, type PageRules, Pages } from '../../../../src/server/http/cors.ts'

const host = '192.168.1.5:8080'

const pages = (rules: Partial<PageRules> = {}) =>
  new Pages({ corsOrigins: 'localhost', allowedHosts: [], listensOn: [], needsKey: false, ...rules })

function refusal(rules: Partial<PageRules>, headers: PageHeaders): string {
  try {
    pages(rules).check(headers)
  } catch (error) {
    assert.ok(error instanceof RequestError && error.status === 403, String(error))
    return error.message
  }
  return assert.fail(`${JSON.stringify(headers)} was not refused`)
}

test('pages of this machine and of the server itself may call', () => {
  const local = [
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:1',
    'http://127.0.0.1:5173',
    'http://127.1.2.3',
  ]
  for (const origin of [...local, 'http://[::1]:8000', `http://${host}`]) {
    assert.equal(pages().allows({ origin, host }), true, origin)
  }
  assert.equal(pages().allows({ origin: `http://${hostname()}:81`, host: `${hostname()}:81` }), true)
})

test('pages of others may not, however they are named', () => {
  const others = [
    'http://example.com',
    'http://localhost.example.com',
    'http://example.com:8080',
    'http://notlocalhost',
    'http://localhost@example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1example.com',
    'http://192.168.1.5:9090',
    'http://192.168.1.5',
    'file://localhost',
    'chrome-extension://localhost',
    'null',
    '',
  ]
  for (const origin of others) assert.equal(pages().allows({ origin, host }), false, origin)
  for (const origin of others) assert.equal(pages({ needsKey: true }).allows({ origin, host }), false, origin)
  assert.equal(pages().allows({ origin: 'http://example.com' }), false)
  assert.equal(pages({ needsKey: true }).allows({ origin: 'null', host, 'sec-fetch-site': 'same-origin' }), false)
})

test('the list of origins is followed', () => {
  const listed = pages({ corsOrigins: 'https://a.example, http://b.example:3000' })
  assert.equal(listed.allows({ origin: 'https://a.example', host }), true)
  assert.equal(listed.allows({ origin: 'http://b.example:3000', host }), true)
  for (const origin of ['http://a.example', 'https://a.example:444', 'http://b.example', 'http://localhost']) {
    assert.equal(listed.allows({ origin, host }), false, origin)
  }
  assert.equal(
    pages({ corsOrigins: 'https://a.example,localhost' }).allows({ origin: 'http://localhost:1', host }),
    true,
  )
  assert.equal(listed.allows({ origin: `http://${host}`, host }), true)
  assert.equal(pages({ corsOrigins: '*' }).allows({ origin: 'null', host }), true)
  assert.equal(pages({ corsOrigins: '' }).allows({ origin: 'http://example.com', host }), false)
})

const nas = { origin: 'http://nas.home:8080', host: 'nas.home:8080' }

test('a page that came by a foreign name is refused: the name may be pointed here by a page (DNS rebinding)', () => {
  const message = refusal({}, nas)
  assert.match(message, /by the name nas\.home/)
  assert.match(
    message,
    /--allowed-hosts nas\.home, or with --api-key, or with --cors-origins localhost,http:\/\/nas\.home:8080$/,
  )
})

test('a page that came by a foreign name may call where a key is set, or the name is allowed', () => {
  assert.equal(pages({ needsKey: true }).allows(nas), true)
  for (const allowedHosts of [['nas.home'], ['other', 'NAS.home'], ['.home'], ['*']]) {
    assert.equal(pages({ allowedHosts }).allows(nas), true, allowedHosts.join())
  }
  for (const allowedHosts of [['home'], ['.nas.home'], ['nas.home.example'], ['nas.home:8080']]) {
    assert.equal(pages({ allowedHosts }).allows(nas), false, allowedHosts.join())
  }
  assert.equal(pages({ listensOn: ['nas.home'] }).allows(nas), true, 'the name that it listens on is its own')
})

test('behind a proxy that changes the host the browser says that the page is the same origin', () => {
  const proxied = { origin: 'https://llm.example', host: '127.0.0.1:8080', 'sec-fetch-site': 'same-origin' }
  assert.match(refusal({}, proxied), /--allowed-hosts llm\.example/)
  assert.equal(pages({ needsKey: true }).allows(proxied), true)
  assert.equal(pages({ allowedHosts: ['llm.example'] }).allows(proxied), true)
  const foreign = { ...proxied, 'sec-fetch-site': 'cross-site' }
  assert.equal(pages({ needsKey: true }).allows(foreign), false)
  assert.equal(pages({ allowedHosts: ['llm.example'] }).allows(foreign), false)
  assert.match(
    refusal({ corsOrigins: 'https://a.example' }, foreign),
    /--cors-origins https:\/\/a\.example,https:\/\/llm\.example/,
  )
  const withPort = { origin: 'https://llm.example', host: 'llm.example:443' }
  assert.equal(pages({ needsKey: true }).allows(withPort), true, 'the port of https may be written')
})

test('with --allowed-hosts no other name is answered, by pages or programs', () => {
  const rules = { allowedHosts: ['nas.home'] }
  for (const name of ['nas.home', 'NAS.home:8080', 'nas.home.', 'localhost:1', '127.0.0.1', '[::1]:8080', hostname()]) {
    pages(rules).check({ host: name })
  }
  assert.match(
    refusal(rules, { host: 'evil.example:8080' }),
    /does not answer to the name evil\.example; .*--allowed-hosts/,
  )
  pages({}).check({ host: 'evil.example' })
  pages(rules).check({})
})
