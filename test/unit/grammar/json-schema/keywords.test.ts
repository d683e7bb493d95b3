/**
 * Each keyword that is followed, in the form of JSON Schema's own test suite: values that are valid get through, others
 * do not, and random texts are valid. docs/json-schema.md has a row for each.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { followedKeywords } from '../../../../src/grammar/json-schema/keyword-table.ts'
import { seededRandom } from '../../../support/random.ts'
import { JudgedSchema, validatorOf } from '../../../support/schema-judge.ts'

type Group = { schema: unknown; valid: readonly unknown[]; invalid: readonly unknown[] }

const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
})
/** `if`, `then` and `else`; written so that no object seems to be a promise. */
const when = (condition: object, met: object, unmet: object = {}): object =>
  Object.fromEntries([
    ['if', condition],
    ['then', met],
    ['else', unmet],
  ])
const integer = { type: 'integer' }
const string = { type: 'string' }
const any = { a: {}, b: {}, c: {} }

const groups: Readonly<Record<string, readonly Group[]>> = {
  type: [
    { schema: { type: ['string', 'null'] }, valid: ['a', null], invalid: [1, {}] },
    { schema: { type: 'integer' }, valid: [0, -12], invalid: [1.5, '1'] },
  ],
  nullable: [
    { schema: { type: 'string', nullable: true }, valid: ['a', null], invalid: [1] },
    {
      schema: { properties: { a: { allOf: [{ $ref: '#/$defs/s' }], nullable: true } }, $defs: { s: string } },
      valid: [{ a: 'a' }, { a: null }],
      invalid: [{ a: 1 }],
    },
  ],
  enum: [
    { schema: { enum: ['a', 1, null, { a: [1] }] }, valid: ['a', 1, null, { a: [1] }], invalid: ['b', 2] },
    { schema: { enum: ['a', 'bbb', 'cc'], minLength: 2, pattern: '^b' }, valid: ['bbb'], invalid: ['a', 'cc'] },
    { schema: { enum: [1, 5, 'x'], minimum: 3 }, valid: [5, 'x'], invalid: [1] },
    { schema: { enum: ['é', '日本', '👍', 'q"\\'] }, valid: ['é', '日本', '👍', 'q"\\'], invalid: ['e'] },
  ],
  const: [
    { schema: { const: { a: 'x' } }, valid: [{ a: 'x' }], invalid: [{ a: 'y' }] },
    { schema: { const: 3, minimum: 1 }, valid: [3], invalid: [1] },
  ],
  $ref: [
    { schema: { $ref: '#/$defs/p', minimum: 2, $defs: { p: integer } }, valid: [2], invalid: [1, 'a'] },
    { schema: { $ref: '#/components/schemas/P', components: { schemas: { P: integer } } }, valid: [1], invalid: ['a'] },
    { schema: { $ref: '#named', $defs: { p: { $anchor: 'named', type: 'string' } } }, valid: ['a'], invalid: [1] },
    {
      schema: { $id: 'http://x/root', $ref: 'item', $defs: { p: { $id: 'item', type: 'string' } } },
      valid: ['a'],
      invalid: [1],
    },
    {
      schema: closed({ next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }, { required: ['next'] }),
      valid: [{ next: null }, { next: { next: null } }],
      invalid: [{}, { next: 1 }],
    },
  ],
  $dynamicRef: [
    {
      schema: {
        $dynamicAnchor: 'node',
        ...closed({ child: { $dynamicRef: '#node' } }),
      },
      valid: [{}, { child: { child: {} } }],
      invalid: [{ child: 1 }],
    },
  ],
  $recursiveRef: [
    {
      schema: closed({ child: { $recursiveRef: '#' } }),
      valid: [{}, { child: { child: {} } }],
      invalid: [],
    },
  ],
  allOf: [
    { schema: { allOf: [{ type: 'integer', minimum: 2 }, { maximum: 4 }] }, valid: [2, 4], invalid: [1, 5] },
    {
      schema: { allOf: [{ pattern: '^a' }, { pattern: 'z$' }, { type: 'string', maxLength: 3 }] },
      valid: ['az', 'abz'],
      invalid: ['a', 'abbz'],
    },
  ],
  anyOf: [
    { schema: { anyOf: [string, { type: 'integer', minimum: 3 }] }, valid: ['a', 3], invalid: [2, null] },
    { schema: { anyOf: [string, { type: 'array', uniqueItems: true }] }, valid: ['a'], invalid: [1] },
  ],
  oneOf: [
    {
      schema: {
        oneOf: [
          { minimum: 5, type: 'integer' },
          { maximum: 7, type: 'integer' },
        ],
      },
      valid: [4, 8],
      invalid: [5, 7],
    },
    {
      schema: {
        type: 'object',
        oneOf: [
          { required: ['a'], properties: { a: integer } },
          { required: ['b'], properties: { b: integer } },
        ],
      },
      valid: [{ a: 1 }, { b: 1 }],
      invalid: [{}, { a: 1, b: 1 }],
    },
  ],
  not: [
    { schema: closed({ a: integer, b: { not: {} } }), valid: [{}, { a: 1 }], invalid: [{ b: 1 }] },
    { schema: { not: { type: ['object', 'array', 'number'] } }, valid: ['a', null, true], invalid: [1, {}] },
    { schema: { ...string, not: { enum: ['a', 'ab'] } }, valid: ['', 'abc'], invalid: ['a', 'ab'] },
    { schema: { type: 'integer', minimum: 0, maximum: 20, not: { const: 13 } }, valid: [12, 1], invalid: [13] },
    { schema: { ...string, not: { pattern: '\\d' } }, valid: ['a'], invalid: ['a1'] },
    { schema: { type: 'array', items: integer, not: { minItems: 2 } }, valid: [[], [1]], invalid: [[1, 2]] },
    { schema: closed(any, { not: { required: ['a'] } }), valid: [{ b: 1 }], invalid: [{ a: 1 }] },
    { schema: { type: 'boolean', not: { const: true } }, valid: [false], invalid: [true] },
  ],
  if: [
    {
      schema: closed(
        { kind: { enum: ['a', 'b'] }, size: integer },
        { required: ['kind'], ...when({ properties: { kind: { const: 'a' } } }, { required: ['size'] }) },
      ),
      valid: [{ kind: 'b' }, { kind: 'a', size: 1 }],
      invalid: [{ kind: 'a' }],
    },
    {
      schema: { type: 'integer', ...when({ minimum: 10 }, { multipleOf: 5 }, { maximum: 3 }) },
      valid: [10, 15, 3],
      invalid: [11, 4],
    },
  ],
  properties: [
    { schema: closed({ a: integer, b: string }), valid: [{}, { a: 1, b: 'x' }], invalid: [{ a: 'x' }, { c: 1 }] },
  ],
  patternProperties: [
    {
      schema: { type: 'object', patternProperties: { '^x[0-9]$': { type: 'boolean' } }, additionalProperties: false },
      valid: [{}, { x1: true }],
      invalid: [{ x1: 1 }, { y: true }],
    },
    {
      schema: {
        type: 'object',
        properties: { x1: integer },
        patternProperties: { '^x': { minimum: 3 } },
        additionalProperties: string,
      },
      valid: [{ x1: 3, y: 'a' }],
      invalid: [{ x1: 1 }, { y: 1 }],
    },
  ],
  additionalProperties: [
    {
      schema: { type: 'object', properties: { a: string }, additionalProperties: integer },
      valid: [{ a: 'x', b: 1 }],
      invalid: [{ b: 'x' }],
    },
  ],
  unevaluatedProperties: [
    {
      schema: {
        type: 'object',
        allOf: [{ properties: { a: integer } }],
        properties: { b: string },
        unevaluatedProperties: false,
      },
      valid: [{ b: 'x', a: 1 }],
      invalid: [{ c: 1 }],
    },
    {
      schema: {
        type: 'object',
        allOf: [{ properties: { a: integer } }, { properties: { b: string }, unevaluatedProperties: false }],
      },
      valid: [{ b: 'x' }],
      invalid: [{ b: 'x', a: 1 }],
    },
  ],
  propertyNames: [
    {
      schema: { type: 'object', propertyNames: { not: { const: 'a' } }, additionalProperties: integer },
      valid: [{ b: 1, aa: 2 }],
      invalid: [{ a: 1 }],
    },
    {
      schema: {
        type: 'object',
        propertyNames: { anyOf: [{ enum: ['p', 'q'] }, { pattern: '^x' }] },
        additionalProperties: integer,
      },
      valid: [{ p: 1 }, { x1: 1 }],
      invalid: [{ y: 1 }, { r: 1 }],
    },
    {
      schema: { type: 'object', propertyNames: { enum: ['r', 'g'] }, additionalProperties: integer },
      valid: [{}, { r: 1 }, { r: 1, g: 2 }],
      invalid: [{ b: 1 }, { r: 'x' }],
    },
    {
      schema: { type: 'object', propertyNames: { pattern: '^[a-z]+$', maxLength: 3 }, additionalProperties: integer },
      valid: [{ ab: 1 }],
      invalid: [{ abcd: 1 }, { A: 1 }],
    },
  ],
  required: [{ schema: closed(any, { required: ['b'] }), valid: [{ b: 1 }, { a: 1, b: 2 }], invalid: [{}, { a: 1 }] }],
  minProperties: [
    { schema: { type: 'object', additionalProperties: integer, minProperties: 1 }, valid: [{ a: 1 }], invalid: [{}] },
    {
      schema: { type: 'object', additionalProperties: integer, minProperties: 2 },
      valid: [{ a: 1, b: 1 }],
      invalid: [{}, { a: 1 }],
    },
    {
      schema: closed(any, { minProperties: 2 }),
      valid: [
        { a: 1, c: 1 },
        { a: 1, b: 1, c: 1 },
      ],
      invalid: [{}, { b: 1 }],
    },
  ],
  maxProperties: [
    {
      schema: { type: 'object', additionalProperties: integer, maxProperties: 1 },
      valid: [{}, { a: 1 }],
      invalid: [{ a: 1, b: 1 }],
    },
    {
      schema: closed(any, { maxProperties: 2, required: ['b'] }),
      valid: [{ b: 1 }, { a: 1, b: 1 }],
      invalid: [{ a: 1, b: 1, c: 1 }],
    },
  ],
  dependentRequired: [
    {
      schema: closed(any, { dependentRequired: { a: ['b'] } }),
      valid: [{}, { c: 1 }, { a: 1, b: 1 }],
      invalid: [{ a: 1 }],
    },
  ],
  dependentSchemas: [
    {
      schema: closed({ a: {}, b: {} }, { dependentSchemas: { a: { properties: { b: integer }, required: ['b'] } } }),
      valid: [{ b: 'x' }, { a: 1, b: 1 }],
      invalid: [{ a: 1 }, { a: 1, b: 'x' }],
    },
  ],
  dependencies: [
    {
      schema: closed(any, { dependencies: { a: ['b'], c: { required: ['a'] } } }),
      valid: [{ a: 1, b: 1 }],
      invalid: [{ a: 1 }, { c: 1 }],
    },
  ],
  items: [
    { schema: { type: 'array', items: integer }, valid: [[], [1, 2]], invalid: [['a']] },
    {
      schema: { type: 'array', items: [string, integer], additionalItems: false },
      valid: [['a', 1]],
      invalid: [[1], ['a', 1, 2]],
    },
  ],
  prefixItems: [
    {
      schema: { type: 'array', prefixItems: [string, integer], items: { type: 'boolean' } },
      valid: [
        ['a', 1],
        ['a', 1, true],
      ],
      invalid: [['a', 1, 2]],
    },
  ],
  additionalItems: [
    { schema: { type: 'array', items: [string], additionalItems: integer }, valid: [['a', 1]], invalid: [['a', 'b']] },
  ],
  unevaluatedItems: [
    { schema: { type: 'array', prefixItems: [string], unevaluatedItems: false }, valid: [['a']], invalid: [['a', 1]] },
  ],
  contains: [
    {
      schema: { type: 'array', items: integer, contains: { minimum: 5 } },
      valid: [[5], [1, 7, 2]],
      invalid: [[], [1]],
    },
    {
      schema: { type: 'array', items: integer, contains: { const: 1 }, minItems: 2, maxItems: 3 },
      valid: [
        [1, 2],
        [2, 1, 1],
      ],
      invalid: [[1], [2, 2]],
    },
  ],
  minContains: [
    {
      schema: { type: 'array', items: integer, contains: { minimum: 5 }, minContains: 2 },
      valid: [[5, 1, 6]],
      invalid: [[5, 1]],
    },
  ],
  maxContains: [
    {
      schema: { type: 'array', items: integer, contains: { minimum: 5 }, maxContains: 1 },
      valid: [[5, 1]],
      invalid: [[5, 6], []],
    },
  ],
  minItems: [{ schema: { type: 'array', items: integer, minItems: 2 }, valid: [[1, 2]], invalid: [[1]] }],
  maxItems: [{ schema: { type: 'array', items: integer, maxItems: 1 }, valid: [[], [1]], invalid: [[1, 2]] }],
  uniqueItems: [
    {
      schema: { type: 'array', items: { enum: ['a', 'b', 'c'] }, uniqueItems: true, minItems: 2 },
      valid: [
        ['a', 'b'],
        ['c', 'b', 'a'],
      ],
      invalid: [['a', 'a'], ['a']],
    },
    {
      schema: { type: 'array', items: { enum: [1, 2, 3, 4, 5, 6, 7] }, uniqueItems: true },
      valid: [[], [2, 5]],
      invalid: [[2, 2]],
    },
    {
      schema: { type: 'array', items: string, uniqueItems: true, maxItems: 1 },
      valid: [[], ['a']],
      invalid: [['a', 'a']],
    },
  ],
  minLength: [
    { schema: { type: 'string', minLength: 2 }, valid: ['ab', '😀é'], invalid: ['a', '😀'] },
    {
      schema: { type: 'string', minLength: 3, maxLength: 5, pattern: '^[a-z]+(-[a-z]+)*$' },
      valid: ['abc', 'a-b-c'],
      invalid: ['ab', 'abcdef', 'a--'],
    },
  ],
  maxLength: [{ schema: { type: 'string', maxLength: 2 }, valid: ['', 'ab'], invalid: ['abc'] }],
  pattern: [
    { schema: { type: 'string', pattern: 'b' }, valid: ['abc'], invalid: ['ac'] },
    {
      schema: { type: 'string', pattern: '^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$' },
      valid: ['1.5', '-0'],
      invalid: ['-', '.'],
    },
    { schema: { type: 'string', pattern: '^\\p{Lu}\\p{Ll}+$' }, valid: ['Ébène', 'Жук'], invalid: ['abc', 'AB'] },
  ],
  format: [
    { schema: { type: 'string', format: 'date' }, valid: ['2024-02-29'], invalid: ['2023-02-29'] },
    {
      schema: { type: 'string', format: 'uuid', pattern: '^[0-9a-f-]+$' },
      valid: ['550e8400-e29b-41d4-a716-446655440000'],
      invalid: ['550E8400-e29b-41d4-a716-446655440000'],
    },
    { schema: { type: 'string', format: 'ipv6' }, valid: ['::1', '2001:db8::ff'], invalid: ['1::2::3'] },
    { schema: { type: 'string', format: 'duration' }, valid: ['P1DT2H', 'P3W'], invalid: ['P', '1D'] },
    { schema: { type: 'string', format: 'starts_with' }, valid: ['anything'], invalid: [] },
  ],
  contentEncoding: [{ schema: { type: 'string', contentEncoding: 'base64' }, valid: ['', 'aGk='], invalid: [] }],
  minimum: [{ schema: { type: 'integer', minimum: 3 }, valid: [3], invalid: [2] }],
  maximum: [{ schema: { type: 'number', maximum: 0.5 }, valid: [0.5, -1], invalid: [0.6] }],
  exclusiveMinimum: [
    { schema: { type: 'integer', exclusiveMinimum: 3 }, valid: [4], invalid: [3] },
    { schema: { type: 'integer', minimum: 0, exclusiveMinimum: true }, valid: [1], invalid: [0] },
  ],
  exclusiveMaximum: [
    { schema: { type: 'number', exclusiveMaximum: 1 }, valid: [0.99], invalid: [1] },
    { schema: { type: 'integer', maximum: 9, exclusiveMaximum: true, minimum: 0 }, valid: [8], invalid: [9] },
  ],
  multipleOf: [
    { schema: { type: 'integer', multipleOf: 5, minimum: 1, maximum: 9 }, valid: [5], invalid: [1, 9, 10] },
    { schema: { type: 'number', multipleOf: 0.25 }, valid: [1.75, 2], invalid: [1.1] },
  ],
}

/** Parts of a keyword beside them. */
const partsOf: ReadonlyMap<string, string> = new Map([
  ['then', 'if'],
  ['else', 'if'],
])

test('every keyword that is followed has its cases, and a row in the documentation', () => {
  const missing = followedKeywords.filter((keyword) => groups[partsOf.get(keyword) ?? keyword] === undefined)
  assert.deepEqual(missing, [])
  const page = readFileSync(new URL('../../../../docs/json-schema.md', import.meta.url), 'utf8')
  assert.deepEqual(
    followedKeywords.filter((keyword) => !page.includes(`\`${keyword}\``)),
    [],
  )
})

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))

for (const [keyword, cases] of Object.entries(groups)) {
  test(`${keyword} is followed (seed ${seed})`, () => {
    const random = seededRandom(seed)
    for (const { schema, valid, invalid } of cases) {
      const judged = new JudgedSchema(schema, random)
      const isValid = keyword === '$recursiveRef' ? undefined : validatorOf(schema)
      const message = (value: unknown) => `${JSON.stringify(schema)}: ${JSON.stringify(value)}\n${judged.source}`
      for (const value of valid) assert.ok(judged.takes(value), `does not get through: ${message(value)}`)
      for (const value of invalid) assert.ok(!judged.takes(value), `gets through: ${message(value)}`)
      for (let i = 0; i < 40; i++) {
        const text = judged.text()
        assert.ok(isValid === undefined || isValid(JSON.parse(text)), `is not valid: ${message(JSON.parse(text))}`)
      }
    }
  })
}

test('keywords and formats that are not known are passed over, and reported with their places', () => {
  const schema = { ...closed({ 'a/b': { ...string, format: 'phone', order: 1 } }), strict: true, 'x-y': 1, title: 't' }
  const { ignored } = new JudgedSchema(schema, Math.random)
  assert.deepEqual(
    ignored.map(({ path, keyword }) => `${path} ${keyword}`),
    ['# strict', '#/properties/a~1b order', '#/properties/a~1b format'],
  )
})

test('an alternative that cannot be followed is left out, and reported', () => {
  const schema = { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '(a)\\1' }] }
  const { ignored, source } = new JudgedSchema(schema, Math.random)
  assert.match(source, /^root ::= integer$/m)
  assert.deepEqual(
    ignored.map(({ path, keyword }) => `${path} ${keyword}`),
    ['#/anyOf/1 pattern'],
  )
})
