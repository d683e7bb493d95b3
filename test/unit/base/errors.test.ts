import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError, assert as ours } from '../../../src/base/assert.ts'
import { badField, errorStatus, messageOf, RequestError, StartError, show } from '../../../src/base/errors.ts'

test('a RequestError has the status of its kind', () => {
  for (const [kind, status] of Object.entries(errorStatus)) {
    const error = new RequestError(kind as keyof typeof errorStatus, 'why')
    assert.deepEqual([error.status, error.message, error.details], [status, 'why', {}])
    assert.ok(error instanceof Error)
  }
  const { invalid_request, exceed_context_size, not_found, unavailable, not_supported } = errorStatus
  assert.deepEqual(
    [invalid_request, exceed_context_size, not_found, unavailable, not_supported],
    [400, 400, 404, 503, 400],
  )
})

test('RequestError.from() keeps what crossed the wire', () => {
  const record = { kind: 'exceed_context_size', message: 'too long', details: { n_ctx: 8 } } as const
  const { kind, message, details } = RequestError.from(JSON.parse(JSON.stringify(record)))
  assert.deepEqual({ kind, message, details }, record)
  assert.deepEqual(RequestError.from({ kind: 'server', message: 'x' }).details, {})
})

test('badField() names the field, the value and the rule', () => {
  const error = badField('top_p', 1.5, 'is not in [0, 1]')
  assert.equal(error.message, 'Cannot read "top_p": 1.5 is not in [0, 1]')
  assert.deepEqual([error.status, error.details], [400, { param: 'top_p' }])
})

test('show() is JSON, short, for anything', () => {
  const cases: readonly [unknown, string][] = [
    ['a"b', '"a\\"b"'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1, { a: true }], '[1,{"a":true}]'],
  ]
  for (const [value, text] of cases) assert.equal(show(value), text)
  assert.equal(show('x'.repeat(500)).length, 80)
  assert.match(show('x'.repeat(500)), /\.\.\.$/)
})

test('show() cuts no character in two', () => {
  for (let n = 70; n < 85; n++)
    assert.doesNotMatch(show('x'.repeat(n) + '😄'.repeat(20)), /[\ud800-\udbff](?![\udc00-\udfff])/, `after ${n}`)
})

test('a StartError has an exit code, 1 unless it is told', () => {
  assert.deepEqual([new StartError('x').exitCode, new StartError('x', 3).exitCode], [1, 3])
})

test('messageOf() takes what was thrown', () => {
  assert.deepEqual([messageOf(new Error('why')), messageOf('why'), messageOf(undefined)], ['why', 'why', 'undefined'])
})

test('assert() throws our own kind of error', () => {
  ours(1, 'fine')
  assert.throws(() => ours(0, 'nothing is there'), AssertionError)
  assert.throws(() => ours(undefined, 'nothing is there'), { message: 'assertion failed: nothing is there' })
})
