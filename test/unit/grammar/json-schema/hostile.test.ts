// Schemas that are deep, wide or multiply: each is served, or refused in a sentence; none ends the process.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGrammar } from '../../../../src/grammar/gbnf.ts'
import { checkSchemaSize, SchemaError, schemaToGrammar } from '../../../../src/grammar/json-schema/json-schema.ts'

const nested = (open: string, n: number, middle: string, close: string): unknown =>
  JSON.parse(open.repeat(n) + middle + close.repeat(n))
const range = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))
const defs = (n: number, make: (i: number) => unknown) => ({
  $ref: '#/$defs/d0',
  $defs: Object.fromEntries(range(n, (i) => [`d${i}`, make(i)])),
})
const string = { type: 'string' }
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })

const refused: Readonly<Record<string, readonly [schema: unknown, message: RegExp]>> = {
  '3,000 nested objects': [
    nested('{"type":"object","properties":{"a":', 3_000, '{"type":"string"}', '},"required":["a"]}'),
    /nested more than 1000 levels/,
  ],
  '2,500 nested anyOf': [nested('{"anyOf":[', 2_500, '{"type":"string"}', ']}'), /nested more than 1000 levels/],
  '5,000 nested allOf': [nested('{"allOf":[', 5_000, '{"type":"string"}', ']}'), /nested more than 1000 levels/],
  'a value 20,000 deep': [nested('{"enum":[', 1, `${'['.repeat(20_000)}${']'.repeat(20_000)}`, ']}'), /nested more/],
  'a billion items': [{ type: 'array', minItems: 1e9 }, /^#\/minItems: 1000000000 is more than the \d+ items/],
  'a billion characters': [{ type: 'string', minLength: 1e9 }, /^#\/minLength: 1000000000 is more than/],
  '26 pairs of alternatives that multiply': [
    { allOf: range(26, (i) => ({ anyOf: [{ required: [`a${i}`] }, { required: [`b${i}`] }] })) },
    /alternatives multiply to more than 1000/,
  ],
  '30 properties that depend on each other': [
    { type: 'object', dependentRequired: Object.fromEntries(range(30, (i) => [`a${i}`, [`b${i}`]])) },
    /alternatives multiply to more than 1000/,
  ],
  'many patterns of names': [
    { type: 'object', patternProperties: Object.fromEntries(range(30, (i) => [`^x${i}`, string])) },
    /more than 6 patterns/,
  ],
  'a recursive schema of 98 kB': [
    defs(1, () => object(Object.fromEntries(range(4_000, (i) => [`property_${i}`, { $ref: '#/$defs/d0' }])))),
    /its grammar would have more than \d+ characters/,
  ],
  'a pattern that doubles with each character': [
    { type: 'string', pattern: '^(?!a)[01]*1[01]{30}$' },
    /^#\/pattern: .* more than \d+ states/,
  ],
}

for (const [name, [schema, message]] of Object.entries(refused)) {
  test(`${name}: refused in a sentence`, () => {
    assert.throws(
      () => schemaToGrammar(schema),
      (error) => error instanceof SchemaError && message.test(error.message),
    )
    const { grammar, ignored } = schemaToGrammar(schema, { onUnenforceable: 'relax' })
    assert.ok(parseGrammar(grammar).ok && ignored.length > 0, 'relaxed, it is served and reported')
  })
}

const served: Readonly<Record<string, unknown>> = {
  '200 nested objects': nested('{"type":"object","properties":{"a":', 200, '{"type":"string"}', '},"required":["a"]}'),
  '400 nested anyOf': nested('{"anyOf":[{"type":"null"},', 400, '{"type":"string"}', ']}'),
  'a chain of 5,000 references': defs(5_000, (i) => (i < 4_999 ? { $ref: `#/$defs/d${i + 1}` } : string)),
  'a chain of 1,000 references through properties': defs(1_000, (i) =>
    i < 999 ? object({ a: { $ref: `#/$defs/d${i + 1}` } }, { required: ['a'] }) : string,
  ),
  'references that double 60 times': defs(60, (i) => {
    const next = i < 59 ? { $ref: `#/$defs/d${i + 1}` } : string
    return object({ a: next, b: next }, { required: ['a', 'b'] })
  }),
  'a maximum of a hundred million characters': { type: 'string', maxLength: 1e8 },
  'a maximum of a billion items': { type: 'array', items: string, maxItems: 1e9 },
  '26 pairs of alternatives that collapse': {
    allOf: range(26, (i) => ({
      anyOf: [
        { type: 'string', minLength: i },
        { type: 'integer', minimum: i },
      ],
    })),
  },
  '5,000 values': { enum: range(5_000, (i) => `value_${(i * 7_919) % 5_000}`) },
  '200 alternatives by a discriminator': {
    oneOf: range(200, (i) => object({ kind: { const: `k${i}` } }, { required: ['kind'] })),
  },
  '500 optional properties': object(Object.fromEntries(range(500, (i) => [`p${i}`, string]))),
  'values that catastrophic backtracking would never end on': {
    enum: [`${'a'.repeat(60)}!`, 'aaa'],
    pattern: '^(a+)+$',
  },
  'a recursive schema of 39 KiB': defs(100, (k) =>
    object(Object.fromEntries(range(8, (i) => [`q${i}`, { $ref: `#/$defs/d${(k * 7 + i) % 100}` }]))),
  ),
}

for (const [name, schema] of Object.entries(served)) {
  test(`${name}: served`, () => {
    const result = parseGrammar(schemaToGrammar(schema).grammar)
    assert.ok(result.ok, JSON.stringify(result))
  })
}

test('the size of a schema is checked without compiling it', () => {
  checkSchemaSize({ type: 'string' })
  assert.throws(() => checkSchemaSize(nested('[', 2_000, '', ']')), { message: /nested more than 1000 levels deep/ })
  assert.throws(() => checkSchemaSize({ enum: range(300_000, () => []) }), {
    message: /more than \d+ objects and lists/,
  })
})

test('the steps of a conversion are a parameter', () => {
  assert.throws(() => schemaToGrammar({ anyOf: range(50, (i) => ({ const: i })) }, { limits: { steps: 20 } }), {
    message: 'the schema: it takes more than 20 steps',
  })
})
