import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGrammar } from '../../../src/grammar/gbnf.ts'
import { SchemaProblem, schemaToGrammar } from '../../../web/src/grammar/json-schema.ts'

const optional = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, { type: 'integer' }]))

const schemas: Readonly<Record<string, unknown>> = {
  'any value': true,
  'any object': { type: 'object' },
  'an enum of all kinds': { enum: ['a "quoted" \\ one', 1, null, true, ['x'], 'line\nbreak'] },
  'only optional properties': { type: 'object', properties: optional(6) },
  'required behind optional': { type: 'object', properties: optional(3), required: ['p2'] },
  'no property at all': { type: 'object', additionalProperties: false },
  'a dictionary': { type: 'object', additionalProperties: { type: 'number' } },
  'several types': { type: ['string', 'null'], maxLength: 3 },
  'an array between bounds': { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 4 },
  'a tree': {
    $ref: '#/$defs/node',
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, 'a b': { type: 'string' } } } },
  },
  'a choice': { anyOf: [{ const: 'x' }, { type: 'object', properties: { y: true }, required: ['y'] }] },
}

for (const [name, schema] of Object.entries(schemas)) {
  test(`the grammar of ${name} is one that the server takes`, () => {
    const grammar = schemaToGrammar(schema)
    const result = parseGrammar(grammar)
    assert.ok(result.ok, `${result.ok ? '' : result.problem.message}\n${grammar}`)
  })
}

test('properties come in the order that is asked for, the others behind them', () => {
  const grammar = schemaToGrammar(
    { type: 'object', properties: { a: true, b: true, c: true }, required: ['a', 'b', 'c'] },
    ['c', 'b'],
  )
  const root = grammar.split('\n')[0]!
  const at = ['c', 'b', 'a'].map((name) => root.indexOf(`"\\"${name}\\""`))
  assert.ok(at.every((place) => place > 0) && at[0]! < at[1]! && at[1]! < at[2]!, root)
})

test('a keyword that a grammar cannot keep is refused, and so is what is no schema', () => {
  const bad: readonly [unknown, RegExp][] = [
    [{ type: 'string', pattern: 'a' }, /"pattern"/],
    [{ type: 'integer', minimum: 3 }, /"minimum"/],
    [{ type: 'object', properties: { a: { type: 'strange' } } }, /properties\/a.*strange/],
    [{ type: 'object', properties: {}, required: ['a'] }, /"a" is required/],
    [{ $ref: 'https://example.org/x' }, /inside the schema/],
    [{ $ref: '#/$defs/none' }, /leads nowhere/],
    [3, /not a schema/],
  ]
  for (const [schema, words] of bad) {
    assert.throws(
      () => schemaToGrammar(schema),
      (error) => error instanceof SchemaProblem && words.test(error.message),
      JSON.stringify(schema),
    )
  }
})
