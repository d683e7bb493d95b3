import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loggedUrl } from '../../../../src/server/http/logged-url.ts'

test('loggedUrl() leaves out the values of keys, and nothing else', () => {
  const cases = {
    '/health': '/health',
    '/props?model=m&x': '/props?model=m&x',
    '/props?api_key=abc': '/props?api_key=…',
    '/props?a=1&API-KEY=abc&b=2': '/props?a=1&API-KEY=…&b=2',
    '/props?api%5Fkey=abc': '/props?api%5Fkey=…',
    '/x?access_token=a=b&key': '/x?access_token=…&key',
    '/x?a?key=b': '/x?a?key=…',
    '/x?%zz=1&token=2': '/x?%zz=1&token=…',
    '/x?': '/x?',
  }
  for (const [url, logged] of Object.entries(cases)) assert.equal(loggedUrl(url), logged)
})
