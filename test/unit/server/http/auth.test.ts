import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiKeys } from '../../../../src/server/http/auth.ts'

/** A header as Node gives it: a character for each byte. */
const asSent = (key: string, encoding: 'utf8' | 'latin1') => Buffer.from(key, encoding).toString('latin1')

test('a key outside ASCII counts as UTF-8, and one in Latin-1 as that too', () => {
  const keys = new ApiKeys(['ключ', 'café', 'with space'])
  for (const [key, encodings] of [
    ['ключ', ['utf8']],
    ['café', ['utf8', 'latin1']],
    ['with space', ['utf8']],
  ] as const) {
    for (const encoding of encodings) {
      keys.check({ authorization: `Bearer ${asSent(key, encoding)}` })
      keys.check({ 'x-api-key': asSent(key, encoding) })
    }
  }
  for (const wrong of ['???\x3f', asSent('ключ', 'latin1'), 'cafe', 'caf\ufffd']) {
    assert.throws(() => keys.check({ 'x-api-key': wrong }), { kind: 'authentication' }, wrong)
  }
})

test('a key that no header can carry ends the start, and is not shown', () => {
  for (const key of ['sec\nret', 'sec\0ret', '\x7fsecret', ' secret', 'secret\t']) {
    assert.throws(
      () => new ApiKeys(['good', key]),
      (error: Error) => {
        assert.match(error.message, /^API key 2 .*no request could send it$/)
        assert.ok(!error.message.includes('sec'), error.message)
        return true
      },
    )
  }
})

test('requests with one key have one owner, however the key is written, and other keys have others', () => {
  const keys = new ApiKeys(['café', 'tea'])
  const owner = keys.ownerOf({ authorization: `Bearer ${asSent('café', 'utf8')}` })
  assert.equal(keys.ownerOf({ 'x-api-key': asSent('café', 'latin1') }), owner)
  assert.notEqual(owner, '')
  assert.notEqual(keys.ownerOf({ 'x-api-key': 'tea' }), owner)
  assert.equal(keys.ownerOf({ 'x-api-key': 'milk' }), '')
  assert.equal(keys.ownerOf({}), '')
  assert.equal(new ApiKeys([]).ownerOf({ 'x-api-key': 'tea' }), '')
})
