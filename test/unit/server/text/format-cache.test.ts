import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormatCache } from '../../../../src/server/text/format-cache.ts'
import type { JsonSchema } from '../../../../src/server/text/output-format.ts'

const format = (schema: JsonSchema) => ({ kind: 'json-schema', schema, field: 'json_schema' }) as const
const grammar = (source: string) => ({ kind: 'grammar', source }) as const

test('a schema is known once it was compiled, in the order of its keys', () => {
  const cache = new FormatCache()
  const schema = { properties: { a: true, b: true } }
  assert.equal(cache.find(format(schema)), undefined)
  cache.add(format(schema), grammar('one'))
  assert.deepEqual(cache.find(format(structuredClone(schema))), grammar('one'))
  assert.equal(cache.find(format({ properties: { b: true, a: true } })), undefined)
})

test('of many schemas the one used longest ago is forgotten', () => {
  const cache = new FormatCache()
  const nth = (n: number) => format({ minLength: n })
  for (let n = 0; n < 64; n++) cache.add(nth(n), grammar(`${n}`))
  cache.find(nth(0))
  cache.add(nth(64), grammar('64'))
  assert.deepEqual(cache.find(nth(0)), grammar('0'))
  assert.equal(cache.find(nth(1)), undefined)
  assert.deepEqual(cache.find(nth(64)), grammar('64'))
})

test('nothing else is kept: texts, grammars, very large schemas', () => {
  const cache = new FormatCache()
  for (const other of [undefined, { kind: 'text' }, { kind: 'grammar', source: 'x', field: 'grammar' }] as const) {
    cache.add(other, grammar('x'))
    assert.equal(cache.find(other), undefined)
  }
  const large = format({ description: 'x'.repeat(300_000) })
  cache.add(large, grammar('x'))
  assert.equal(cache.find(large), undefined)
})
