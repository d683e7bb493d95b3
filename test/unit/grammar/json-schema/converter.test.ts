import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGrammar } from '../../../../src/grammar/gbnf.ts'
import { SchemaConverter, schemaToGrammar } from '../../../../src/grammar/json-schema/json-schema.ts'
import { GrammarTexts } from '../../../support/grammar-text.ts'
import { seededRandom } from '../../../support/random.ts'

function texts(schema: unknown, n: number, options?: { propOrder: readonly string[] }): Set<string> {
  const result = parseGrammar(schemaToGrammar(schema, options).grammar)
  assert.ok(result.ok)
  const generator = new GrammarTexts(result.grammar, seededRandom(7))
  return new Set(Array.from({ length: n }, () => generator.next()))
}

const refused: readonly (readonly [schema: unknown, message: RegExp])[] = [
  [{ type: 'array', uniqueItems: true }, /^#\/uniqueItems: no grammar can compare/],
  [{ properties: { a: { not: {} } }, required: ['a'] }, /^#\/properties\/a: nothing is valid here/],
  [{ properties: { 'a/b~': { contains: { pattern: '(?<=a)' } } } }, /^#\/properties\/a~1b~0\/contains\/pattern: /],
  [{ $ref: '#/$defs/x', $defs: { x: { pattern: '(a)\\1' } } }, /^#\/\$defs\/x\/pattern: /],
  [{ patternProperties: [] }, /^#\/patternProperties: \[\] is not an object of schemas/],
  [{ type: 'text' }, /^#\/type: "text" is not one or more of object, array, /],
  [{ type: 'string', minLength: -1 }, /^#\/minLength: -1 is not a whole number/],
  [{ required: 'a' }, /^#\/required: "a" is not a list of names/],
  [{ enum: [] }, /^#\/enum: /],
  [{ anyOf: [] }, /^#\/anyOf: .*one schema or more/],
  [{ pattern: '^(?<!a)$' }, /^#\/pattern: .* has a lookbehind/],
  [{ pattern: '^(a)\\1$' }, /^#\/pattern: .* has a reference to a group/],
  [{ pattern: '(' }, /^#\/pattern: .*unmatched/],
  [{ pattern: '^(?!a)[01]*1[01]{30}$' }, /^#\/pattern: .* needs an automaton of more than \d+ states/],
  [{ pattern: '^a+$', minLength: 90_000 }, /^#\/minLength: /],
  [{ type: 'integer', multipleOf: 12_345 }, /^#\/multipleOf: no grammar can follow multiples of 12345/],
  [{ type: 'object', additionalProperties: true, minProperties: 9 }, /^#\/minProperties: no grammar can count/],
  [{ $ref: 'https://example.com/schema' }, /^#\/\$ref: .*is not in this schema/],
  [{ $ref: '#/$defs/none' }, /^#\/\$ref: there is no schema at/],
  [{ $ref: '#' }, /^#: "#" refers only to itself/],
  [{ type: 'integer', minimum: 3, maximum: 2 }, /^#: nothing is valid here/],
  [{ type: 'integer', minimum: 0.2, maximum: 0.8 }, /^#: no integer is within/],
  [{ required: ['a'], properties: { a: false } }, /^#: the property "a" can have no value/],
  [{ allOf: [{ type: 'string' }, { type: 'integer' }] }, /^#: nothing is valid here/],
  [{ enum: ['a'], minLength: 2 }, /^#: nothing is valid here/],
  [false, /nothing is valid here/],
  [3, /3 is not a schema/],
]

for (const [schema, message] of refused) {
  test(`the schema ${JSON.stringify(schema)} is refused by name and place`, () => {
    assert.throws(() => schemaToGrammar(schema), { message })
  })
}

test('every integer within bounds can be written, and no other', () => {
  const found = texts({ type: 'integer', minimum: -12, exclusiveMaximum: 103 }, 5000)
  const wanted = Array.from({ length: 115 }, (_, i) => String(i - 12))
  assert.deepEqual([...found].sort(), wanted.sort())
})

test('every choice of optional members can be written, in the order of the schema', () => {
  const none = { type: 'null' }
  const found = texts({ type: 'object', properties: { a: none, b: none, c: none }, required: ['b'] }, 500)
  const names = new Set([...found].map((text) => Object.keys(JSON.parse(text)).join('')))
  assert.deepEqual([...names].sort(), ['ab', 'abc', 'b', 'bc'])
})

test('propOrder says which members come first', () => {
  const none = { type: 'null' }
  const schema = { type: 'object', properties: { a: none, b: none, c: none }, required: ['a', 'b', 'c'] }
  for (const text of texts(schema, 20, { propOrder: ['c', 'a'] })) {
    assert.deepEqual(Object.keys(JSON.parse(text)), ['c', 'a', 'b'])
  }
})

test("SchemaConverter is used as llama.cpp's converter is", async () => {
  const converter = new SchemaConverter({ prop_order: { b: 0, a: 1 } })
  const schema = await converter.resolveRefs(
    { type: 'object', properties: { a: {}, b: {} }, required: ['a', 'b'] },
    'x',
  )
  assert.equal(converter.visit(schema, ''), 'root')
  const grammar = converter.formatGrammar()
  assert.match(grammar, /^root ::= "\{" space b-member space "," space a-member space "\}"$/m)
  assert.ok(parseGrammar(grammar).ok)
})

test('a schema of many optional members makes a grammar whose size grows with it', () => {
  const properties = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`p${i}`, { type: 'string' }]))
  const { grammar } = schemaToGrammar({ type: 'object', properties })
  assert.ok(grammar.length < 60_000, `${grammar.length}`)
  assert.ok(parseGrammar(grammar).ok)
})
