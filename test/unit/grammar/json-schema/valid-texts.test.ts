// Random texts that the grammar of a schema lets through are valid by that schema, as ajv sees it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { parseGrammar } from '../../../../src/grammar/gbnf.ts'
import { schemaToGrammar, Unsatisfiable } from '../../../../src/grammar/json-schema/json-schema.ts'
import { GrammarTexts } from '../../../support/grammar-text.ts'
import { seededRandom } from '../../../support/random.ts'

const formats = Object.fromEntries(Object.entries(fullFormats).map(([name, format]) => [name, format]))
const ajv = new Ajv2020({ strict: false, formats, validateFormats: true })
for (const version of [1, 2, 3, 4, 5]) ajv.addFormat(`uuid${version}`, new RegExp(`^.{14}${version}`))

const nTexts = 60
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))

function checkTexts(schema: unknown, random: () => number): void {
  const { grammar: source } = schemaToGrammar(schema)
  const result = parseGrammar(source)
  assert.ok(result.ok, `${JSON.stringify(result)}\n${source}`)
  const validate = ajv.compile(schema as object)
  const texts = new GrammarTexts(result.grammar, random)
  for (let i = 0; i < nTexts; i++) {
    const text = texts.next()
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      assert.fail(`seed ${seed}: ${error}: ${text}\n${source}`)
    }
    const message = `seed ${seed}: ${JSON.stringify(schema)} does not allow ${text}\n${source}`
    assert.ok(validate(value), `${message}\n${JSON.stringify(validate.errors)}`)
  }
}

const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0, maximum: 150 } },
  required: ['name', 'age'],
  additionalProperties: false,
}

const schemas: Readonly<Record<string, unknown>> = {
  anything: {},
  'a string': { type: 'string' },
  'every simple type': { type: ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'] },
  'a closed object': person,
  'optional members': { type: 'object', properties: { a: { type: 'null' }, b: {}, c: { type: 'boolean' }, d: {} } },
  'optional, required, optional': {
    properties: { a: {}, b: { const: 1 }, c: {}, d: { const: 2 } },
    required: ['b', 'd'],
  },
  'a required member that is not described': { type: 'object', properties: { a: { const: 1 } }, required: ['z'] },
  'other members of one type': { type: 'object', additionalProperties: { type: 'integer' } },
  'other members beside named ones': {
    type: 'object',
    properties: { a: { type: 'string' }, ab: { type: 'string' }, 'c"\\\n': { type: 'string' } },
    required: ['ab'],
    additionalProperties: { type: 'integer' },
  },
  'an array with lengths': { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 4 },
  'an array that may be empty': { type: 'array', items: { type: 'null' }, maxItems: 1 },
  'a tuple': { type: 'array', prefixItems: [{ type: 'string' }, { const: 1 }], items: false },
  'a tuple that goes on': { type: 'array', prefixItems: [{ const: 'a' }], items: { type: 'integer' }, minItems: 3 },
  'a long minimum': { type: 'string', minLength: 2003, maxLength: 2005 },
  'string lengths': { type: 'string', minLength: 1, maxLength: 3 },
  'a very long maximum': { type: 'string', minLength: 1999, maxLength: 4100 },
  enum: { enum: ['a', 'b"\\\n', 1, null, { a: [1, 2] }, 'é'] },
  'enum with type': { type: 'string', enum: ['a', 1, 'b'] },
  const: { const: { a: 'x' } },
  anyOf: { anyOf: [{ type: 'integer' }, person, { type: 'array', items: { type: 'string' } }] },
  'anyOf beside properties': {
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: 'integer' } },
    anyOf: [{ required: ['a'] }, { required: ['b'] }],
  },
  'oneOf by a discriminator': {
    oneOf: [
      { type: 'object', properties: { kind: { const: 'a' }, x: { type: 'integer' } }, required: ['kind', 'x'] },
      { type: 'object', properties: { kind: { const: 'b' }, y: { type: 'string' } }, required: ['kind'] },
    ],
  },
  allOf: {
    allOf: [
      { type: 'object', properties: { a: { type: ['string', 'integer'] } }, required: ['a'] },
      { properties: { a: { type: 'integer', minimum: 3 }, b: { type: 'string' } } },
      { properties: { a: { maximum: 5 }, b: { minLength: 2, maxLength: 3 } }, required: ['b'] },
    ],
  },
  'allOf that closes': {
    allOf: [
      { properties: { a: {}, b: {} }, additionalProperties: false },
      { type: 'object', properties: { b: { type: 'null' }, c: {} } },
    ],
  },
  'a tree by $ref': {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
        required: ['value', 'children'],
      },
    },
  },
  'the root by $ref': {
    type: 'object',
    properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
    required: ['next'],
  },
  '$ref with siblings': {
    type: 'object',
    properties: { a: { $ref: '#/definitions/small', minimum: 2 } },
    required: ['a'],
    definitions: { small: { type: 'integer', maximum: 4 } },
  },
  'a list by allOf of references': {
    allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }],
    $defs: {
      a: {
        type: 'object',
        properties: { next: { anyOf: [{ $ref: '#/$defs/a' }, { type: 'null' }] } },
        required: ['next'],
      },
      b: { properties: { x: { type: 'integer' } }, required: ['x'] },
    },
  },
  'an alternative that nothing meets': {
    anyOf: [{ type: 'string' }, false, { type: 'integer', minimum: 2, maximum: 1 }],
  },
  'a property that may not be': { type: 'object', properties: { a: false, b: { type: 'integer' } } },
  'annotations of all kinds': {
    title: 't',
    description: 'd',
    default: 1,
    examples: [1],
    $comment: 'c',
    'x-y': 1,
    type: 'integer',
  },
  'slashes in names': {
    type: 'object',
    properties: { 'a/b': { $ref: '#/$defs/c~1d' } },
    required: ['a/b'],
    $defs: { 'c/d': { const: 3 } },
  },
  'a pattern': { type: 'string', pattern: '^[a-f]{2,3}-(\\d+|x\\.y)?$' },
  'a pattern with classes': { type: 'string', pattern: '^\\w+\\s[^\\d"\\\\]{2}.\\S$' },
  'a pattern somewhere inside': { type: 'string', pattern: 'ab|c$' },
  'a pattern of quotes': { type: 'string', pattern: '^"\\\\\\n/\\u00e9[\\]"-]+$' },
  'a pattern and lengths': { type: 'string', pattern: '^(a|bcd){2}$', minLength: 2, maxLength: 6 },
  ...Object.fromEntries(
    ['date', 'time', 'date-time', 'duration', 'uuid', 'uuid4', 'email', 'hostname', 'ipv4', 'ipv6', 'uri'].map(
      (format) => [`format ${format}`, { type: 'string', format }],
    ),
  ),
}

for (const [name, schema] of Object.entries(schemas)) {
  test(`texts by the grammar of ${name} are valid`, () => checkTexts(schema, seededRandom(seed)))
}

test('a text beside a bound is another number than the bound, as a double too', () => {
  const schema = { type: 'number', exclusiveMinimum: -49801.37, exclusiveMaximum: -14722.73 }
  const { grammar } = parseGrammar(schemaToGrammar(schema).grammar) as Extract<
    ReturnType<typeof parseGrammar>,
    { ok: true }
  >
  const texts = new GrammarTexts(grammar, () => 0) // the first alternative each time: the nearest to the bound
  const text = texts.next()
  assert.match(text, /^-14722\.730/)
  assert.ok(Number(text) < -14722.73, text)
})

test(`texts by grammars of random bounds are valid (seed ${seed})`, () => {
  const random = seededRandom(seed)
  const bound = () => {
    const scale = 10 ** Math.floor(random() * 8 - 2)
    return Number(((random() - 0.5) * scale).toFixed(Math.floor(random() * 4)))
  }
  const some = <T>(value: T) => (random() < 0.5 ? value : undefined)
  for (let i = 0; i < 300; i++) {
    const [low, high] = [bound(), bound()].sort((a, b) => a - b)
    const type = random() < 0.5 ? 'integer' : 'number'
    const minimum = some(low)
    const exclusiveMinimum = minimum === undefined ? some(low) : undefined
    const maximum = some(high)
    const exclusiveMaximum = maximum === undefined ? some(high) : undefined
    const schema = JSON.parse(JSON.stringify({ type, minimum, exclusiveMinimum, maximum, exclusiveMaximum }))
    try {
      checkTexts(schema, random)
    } catch (error) {
      if (!(error instanceof Unsatisfiable)) throw error
    }
  }
})

test(`texts by grammars of random schemas are valid (seed ${seed})`, () => {
  const random = seededRandom(seed)
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!
  const make = (depth: number): unknown => {
    const kind = pick('object', 'object', 'array', 'string', 'integer', 'enum', 'anyOf', 'allOf', 'ref', 'any')
    if (depth > 3) return pick<unknown>({ type: 'string' }, { const: depth }, { type: ['integer', 'null'] }, true)
    const child = () => make(depth + 1)
    const names = ['a', 'ab', 'b', 'x y'].filter(() => random() < 0.6)
    switch (kind) {
      case 'object':
        return {
          type: 'object',
          properties: Object.fromEntries(names.map((name) => [name, child()])),
          required: names.filter(() => random() < 0.5),
          ...(random() < 0.5 ? { additionalProperties: pick<unknown>(false, true, child()) } : {}),
        }
      case 'array': {
        const minItems = Math.floor(random() * 3)
        return { type: 'array', items: child(), minItems, maxItems: minItems + Math.floor(random() * 3) }
      }
      case 'string':
        return pick({ type: 'string', maxLength: 3 }, { type: 'string', pattern: '^[a-z]+$' }, { minLength: 2 })
      case 'integer':
        return pick({ type: 'integer', minimum: -5, maximum: 12 }, { type: 'number', exclusiveMinimum: 0.25 })
      case 'enum':
        return { enum: ['a', 1, null, [true]].filter((_, i) => i === 0 || random() < 0.5) }
      case 'anyOf':
        return { anyOf: [child(), child()], ...(random() < 0.3 ? { type: ['object', 'string', 'integer'] } : {}) }
      case 'allOf':
        return { allOf: [child(), pick<unknown>({ properties: { a: { type: 'string' } } }, true, { required: ['a'] })] }
      case 'ref':
        return { $ref: '#/$defs/list' }
      default:
        return {}
    }
  }
  let nServed = 0
  for (let i = 0; i < 400; i++) {
    const list = { type: 'array', items: { $ref: '#/$defs/list' } }
    const schema = { allOf: [make(0)], $defs: { list } }
    try {
      checkTexts(schema, random)
      nServed++
    } catch (error) {
      if (!(error instanceof Error) || (error.name !== 'SchemaError' && !(error instanceof Unsatisfiable))) throw error
    }
  }
  assert.ok(nServed > 200, `only ${nServed} of 400 schemas were served`)
})
