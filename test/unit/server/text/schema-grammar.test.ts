import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkedSchemaGrammar } from '../../../../src/server/text/schema-grammar.ts'

test('what no grammar can follow is refused, or relaxed and listed', () => {
  const schema = { type: 'array', items: { type: 'string' }, uniqueItems: true }
  assert.throws(() => checkedSchemaGrammar(schema), { message: /^#\/uniqueItems: / })
  const { grammar, ignored } = checkedSchemaGrammar(schema, 'relax')
  assert.match(grammar, /^root ::= "\["/m)
  assert.deepEqual(
    ignored.map(({ path, keyword }) => `${path} ${keyword}`),
    ['# uniqueItems'],
  )
})

test('a schema nested too deep is refused in words', () => {
  const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
  assert.throws(() => checkedSchemaGrammar({ enum: [deep] }), { message: /nested more than 1000 levels deep/ })
})

test('a schema whose values never end is refused, and any object where it is relaxed', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }
  assert.throws(() => checkedSchemaGrammar(schema), { message: /no value comes to an end/ })
  const { grammar, ignored } = checkedSchemaGrammar(schema, 'relax')
  assert.match(grammar, /^root ::= object$/m)
  assert.equal(ignored.length, 1)
})
