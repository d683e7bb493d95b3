import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllowedOrigin } from '../../../../src/server/http/cors.ts'

const host = '192.168.1.5:8080'

test('isAllowedOrigin() lets pages of this machine and of the server itself', () => {
  const local = [
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:1',
    'http://127.0.0.1:5173',
    'http://127.1.2.3',
  ]
  for (const origin of [...local, 'http://[::1]:8000', `http://${host}`]) {
    assert.equal(isAllowedOrigin(origin, 'localhost', host), true, origin)
  }
})

test('isAllowedOrigin() refuses pages of others, however they are named', () => {
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
  for (const origin of others) assert.equal(isAllowedOrigin(origin, 'localhost', host), false, origin)
  assert.equal(isAllowedOrigin('http://example.com', 'localhost', undefined), false)
})

test('isAllowedOrigin() goes by the list', () => {
  const list = 'https://a.example, http://b.example:3000'
  assert.equal(isAllowedOrigin('https://a.example', list, host), true)
  assert.equal(isAllowedOrigin('http://b.example:3000', list, host), true)
  for (const origin of ['http://a.example', 'https://a.example:444', 'http://b.example', 'http://localhost']) {
    assert.equal(isAllowedOrigin(origin, list, host), false, origin)
  }
  assert.equal(isAllowedOrigin('http://localhost:1', `${list},localhost`, host), true)
  assert.equal(isAllowedOrigin(`http://${host}`, list, host), true)
  assert.equal(isAllowedOrigin('null', '*', host), true)
  assert.equal(isAllowedOrigin('http://example.com', '', host), false)
})
