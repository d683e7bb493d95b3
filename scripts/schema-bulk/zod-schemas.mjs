// The JSON schemas that zod 4 makes of several hundred of its types, each with values that zod
// takes and refuses, as JSON on stdout. zod is not among the packages of this project:
//   npm install --no-save zod@4.6.7
//   node scripts/schema-bulk/zod-schemas.mjs > test/unit/grammar/json-schema/recorded/zod.json
import * as z from 'zod'

/** Name, type, valid values, invalid values. */
const leaves = [
  ['string', z.string(), ['', 'a', 'é"\\\n'], [1, null]],
  ['min', z.string().min(2), ['ab'], ['a']],
  ['max', z.string().max(3), ['', 'abc'], ['abcd']],
  ['length', z.string().length(3), ['abc'], ['ab', 'abcd']],
  ['min and max', z.string().min(1).max(100), ['a'], ['']],
  ['nonempty', z.string().nonempty(), ['a'], ['']],
  ['regex', z.string().regex(/^[a-z]+$/), ['abc'], ['ABC', '']],
  [
    'regex and lengths',
    z
      .string()
      .regex(/^[a-z]+$/)
      .min(3)
      .max(5),
    ['abc', 'abcde'],
    ['ab', 'abcdef', 'ABC'],
  ],
  [
    'regex of two parts and a length',
    z
      .string()
      .regex(/^[a-z]+-[0-9]+$/)
      .max(6),
    ['ab-12'],
    ['ab-1234', 'ab'],
  ],
  [
    'two regexes',
    z
      .string()
      .regex(/^[a-z]/)
      .regex(/[0-9]$/),
    ['a1', 'abc9'],
    ['1a', 'a'],
  ],
  ['three regexes', z.string().regex(/[a-z]/).regex(/[A-Z]/).regex(/[0-9]/), ['aB1'], ['ab1', 'AB1']],
  ['unanchored regex', z.string().regex(/foo/), ['foo', 'a foo b'], ['fo']],
  ['regex of alternatives', z.string().regex(/^(cat|dog)s?$/), ['cat', 'dogs'], ['cow']],
  ['a password', z.string().regex(/^(?=.*[A-Z])(?=.*\d).{8,}$/), ['Abcdefg1'], ['abcdefg1', 'Ab1']],
  ['a regex with a word boundary', z.string().regex(/\bfoo\b/), ['foo', 'a foo'], ['food']],
  ['a regex of unicode letters', z.string().regex(/^\p{L}+$/u), ['日本', 'abc'], ['a1']],
  ['startsWith', z.string().startsWith('ab'), ['ab', 'abc'], ['ba']],
  ['endsWith', z.string().endsWith('.ts'), ['a.ts'], ['a.js']],
  ['includes', z.string().includes('x.y'), ['ax.yb'], ['xzy']],
  ['startsWith, endsWith, includes', z.string().startsWith('a').endsWith('z').includes('m'), ['amz'], ['az']],
  ['startsWith and lengths', z.string().startsWith('id_').min(5).max(8), ['id_12'], ['id_1', 'id_123456']],
  ['lowercase', z.string().lowercase(), ['abc'], ['aBc']],
  ['uppercase', z.string().uppercase(), ['ABC'], ['AbC']],
  ['email', z.email(), ['a.b@example.com', 'x@a-b.org'], ['a..b@x.com', '.a@x.com', 'a@b']],
  ['email max', z.email().max(254), ['a@example.com'], ['a@b']],
  ['email min max', z.string().email().min(6).max(30), ['ab@c.io'], ['a@b']],
  ['email html5', z.email({ pattern: z.regexes.html5Email }), ['a@example.com'], ['a b@c']],
  ['email rfc5322', z.email({ pattern: z.regexes.rfc5322Email }), ['a@example.com'], ['a b@c']],
  ['email unicode', z.email({ pattern: z.regexes.unicodeEmail }), ['a@example.com'], ['a b@c']],
  ['uuid', z.uuid(), ['550e8400-e29b-41d4-a716-446655440000'], ['550e8400']],
  ['uuid v4', z.uuidv4(), ['550e8400-e29b-41d4-a716-446655440000'], ['550e8400-e29b-11d4-a716-446655440000']],
  ['uuid v6', z.uuidv6(), ['1ec9414c-232a-6b00-b3c8-9e6bdeced846'], ['x']],
  ['uuid v7', z.uuidv7(), ['018f3f8e-3b5a-7c3e-8b1a-1f2e3d4c5b6a'], ['x']],
  ['guid', z.guid(), ['550e8400-e29b-41d4-a716-446655440000'], ['x']],
  ['url', z.url(), ['https://example.com/a?b=c#d'], ['not a url']],
  ['httpUrl', z.httpUrl(), ['https://example.com/a'], ['ftp://x']],
  ['url protocol', z.url({ protocol: /^https$/ }), ['https://example.com/'], ['x']],
  ['hostname', z.hostname(), ['example.com'], ['-a']],
  ['emoji', z.emoji(), ['😀', '👍🏽'], ['a']],
  ['nanoid', z.nanoid(), ['V1StGXR8_Z5jdHi6B-myT'], ['a']],
  ['cuid', z.cuid(), ['cjld2cjxh0000qzrmn831i7rn'], ['a b']],
  ['cuid2', z.cuid2(), ['tz4a98xxat96iws9zmbrgj3a'], ['A']],
  ['ulid', z.ulid(), ['01ARZ3NDEKTSV4RRFFQ69G5FAV'], ['x']],
  ['xid', z.xid(), ['9m4e2mr0ui3e8a215n4g'], ['x']],
  ['ksuid', z.ksuid(), ['0ujtsYcgvSTl8PAuAdqWYSMnLOv'], ['x']],
  ['ipv4', z.ipv4(), ['192.168.0.1'], ['256.1.1.1']],
  ['ipv6', z.ipv6(), ['2001:db8::1', '::1'], ['1::2::3']],
  ['mac', z.mac(), ['00:1a:2b:3c:4d:5e'], ['00-1a']],
  ['cidrv4', z.cidrv4(), ['10.0.0.0/8'], ['10.0.0.0']],
  ['cidrv6', z.cidrv6(), ['2001:db8::/32'], ['x']],
  ['base64', z.base64(), ['', 'aGVsbG8='], ['a']],
  ['base64url', z.base64url(), ['aGVsbG8'], ['a+b']],
  ['e164', z.e164(), ['+4915112345678'], ['0151']],
  ['jwt', z.jwt(), ['eyJhbGciOiJIUzI1NiJ9.e30.x'], []],
  ['hex', z.hex(), ['0aF'], ['g']],
  ['sha256', z.hash('sha256'), ['a'.repeat(64)], ['a']],
  ['iso date', z.iso.date(), ['2024-02-29', '2023-12-31'], ['2023-02-29', '2023-13-01']],
  ['iso time', z.iso.time(), ['12:30:45'], ['25:00:00']],
  ['iso time with precision', z.iso.time({ precision: 3 }), ['12:30:45.123'], ['12:30:45']],
  ['iso datetime', z.iso.datetime(), ['2024-01-02T03:04:05Z'], ['2024-01-02']],
  ['iso datetime offset', z.iso.datetime({ offset: true }), ['2024-01-02T03:04:05+02:00'], ['2024-01-02']],
  ['iso datetime local', z.iso.datetime({ local: true }), ['2024-01-02T03:04:05Z'], ['2024']],
  ['iso datetime precision', z.iso.datetime({ precision: 0 }), ['2024-01-02T03:04:05Z'], ['2024']],
  ['iso duration', z.iso.duration(), ['P1DT2H', 'PT5M'], ['1D', 'P']],
  ['stringbool input', z.stringbool(), [], [], 'input'],
  ['template literal', z.templateLiteral(['v', z.int(), '.', z.enum(['a', 'b'])]), ['v1.a'], ['v.a']],
  ['number', z.number(), [0, -1.5, 12345], ['1']],
  ['int', z.int(), [0, -7, 42], [1.5]],
  ['int32', z.int32(), [0, 2147483647, -2147483648], [2147483648]],
  ['uint32', z.uint32(), [0, 4294967295], [-1, 4294967296]],
  ['float32', z.float32(), [1.5], ['a']],
  ['float64', z.float64(), [1.5], ['a']],
  ['gt', z.number().gt(5), [5.5, 6], [5, 4]],
  ['gte and lte', z.number().gte(-1).lte(1), [-1, 0, 0.5, 1], [1.01]],
  ['lt', z.number().lt(0.1), [0, -1], [0.1]],
  ['positive', z.number().positive(), [0.1, 3], [0, -1]],
  ['nonnegative', z.number().nonnegative(), [0, 3], [-1]],
  ['negative', z.number().negative(), [-0.5], [0]],
  ['nonpositive', z.number().nonpositive(), [0, -3], [1]],
  ['int positive', z.int().positive(), [1, 99], [0]],
  ['int min max', z.int().min(1).max(10), [1, 10], [0, 11]],
  ['int between', z.int().gt(-5).lt(120), [-4, 119], [-5, 120]],
  ['multipleOf 5', z.int().multipleOf(5).min(1).max(99), [5, 95], [7, 100]],
  ['multipleOf 7', z.int().multipleOf(7), [0, 7, -14], [8]],
  ['multipleOf 0.01', z.number().multipleOf(0.01), [0.07, 3.5, 2], [0.001]],
  ['step 0.25', z.number().step(0.25), [0.25, 1.5], [0.1]],
  ['boolean', z.boolean(), [true, false], [0]],
  ['null', z.null(), [null], [0]],
  ['any', z.any(), [1, 'a', { a: [] }], []],
  ['unknown', z.unknown(), [1, 'a', { a: [] }], []],
  ['literal', z.literal('a'), ['a'], ['b']],
  ['literal number', z.literal(42), [42], [41]],
  ['literal null', z.literal(null), [null], [0]],
  ['literals', z.literal(['a', 'b', 1, true, null]), ['a', 1, true, null], ['c', 2]],
  ['enum', z.enum(['red', 'green', 'blue']), ['red', 'blue'], ['yellow']],
  ['enum in other scripts', z.enum(['é"\\', '日本', '👍']), ['é"\\', '日本', '👍'], ['x']],
  ['native enum', z.enum({ A: 0, B: 1, C: 'c' }), [0, 1, 'c'], ['A']],
  ['enum exclude', z.enum(['a', 'b', 'c']).exclude(['b']), ['a', 'c'], ['b']],
  ['enum of 300', z.enum(Array.from({ length: 300 }, (_, i) => `value_${i}`)), ['value_7', 'value_299'], ['value_300']],
  ['array', z.array(z.string()), [[], ['a', 'b']], [[1], 'a']],
  ['array min max', z.array(z.int()).min(1).max(3), [[1], [1, 2, 3]], [[], [1, 2, 3, 4]]],
  ['array length', z.array(z.boolean()).length(2), [[true, false]], [[true]]],
  ['array nonempty', z.array(z.number()).nonempty(), [[1]], [[]]],
  ['tuple', z.tuple([z.string(), z.int()]), [['a', 1]], [['a'], [1, 'a'], ['a', 1, 2]]],
  ['tuple with rest', z.tuple([z.string()], z.int()), [['a'], ['a', 1, 2]], [['a', 'b']]],
  ['tuple of none', z.tuple([]), [[]], [[1]]],
  ['record', z.record(z.string(), z.int()), [{}, { a: 1, 'x y': 2 }], [{ a: 'b' }]],
  ['record of enum keys', z.record(z.enum(['a', 'b']), z.int()), [{ a: 1, b: 2 }], [{ a: 1 }, { a: 1, b: 2, c: 3 }]],
  ['partial record', z.partialRecord(z.enum(['a', 'b']), z.int()), [{}, { a: 1 }, { a: 1, b: 2 }], [{ c: 1 }]],
  ['loose record', z.looseRecord(z.string().regex(/^x/), z.int()), [{ x1: 1 }], [{ x1: 'a' }]],
  [
    'record of keys by a regex',
    z.record(z.string().regex(/^[a-z]{2}$/), z.string()),
    [{}, { de: 'x' }],
    [{ deu: 'x' }],
  ],
  ['record of keys with lengths', z.record(z.string().min(2).max(4), z.boolean()), [{ ab: true }], [{ a: true }]],
  ['record of uuid keys', z.record(z.uuid(), z.int()), [{ '550e8400-e29b-41d4-a716-446655440000': 1 }], [{ a: 1 }]],
  ['record of literal keys', z.record(z.literal(['p', 'q']), z.string()), [{ p: 'a', q: 'b' }], [{ p: 'a' }]],
  ['record of numeric keys', z.record(z.number(), z.string()), [{ 1: 'a' }], []],
  ['object', z.object({ a: z.string(), b: z.int().optional() }), [{ a: 'x' }, { a: 'x', b: 1 }], [{}, { a: 1 }]],
  ['strict object', z.strictObject({ a: z.string() }), [{ a: 'x' }], [{ a: 'x', b: 1 }]],
  ['loose object', z.looseObject({ a: z.string() }), [{ a: 'x' }, { a: 'x', b: 1 }], [{ a: 1 }]],
  ['catchall', z.object({ a: z.string() }).catchall(z.int()), [{ a: 'x', b: 1 }], [{ a: 'x', b: 'y' }]],
  ['empty object', z.object({}), [{}], [1]],
  ['partial object', z.object({ a: z.string(), b: z.int() }).partial(), [{}, { b: 1 }], [{ b: 'x' }]],
  ['picked object', z.object({ a: z.string(), b: z.int() }).pick({ a: true }), [{ a: 'x' }], [{}]],
  ['extended object', z.object({ a: z.string() }).extend({ b: z.int() }), [{ a: 'x', b: 1 }], [{ a: 'x' }]],
  ['undefined member', z.object({ a: z.string(), b: z.never().optional() }), [{ a: 'x' }], [{ a: 'x', b: 1 }]],
  ['union', z.union([z.string(), z.int()]), ['a', 1], [true]],
  ['union of lengths', z.union([z.string().max(2), z.string().min(5)]), ['ab', 'abcde'], ['abc']],
  ['xor', z.xor([z.string(), z.int()]), ['a', 1], [true]],
  [
    'discriminated union',
    z.discriminatedUnion('t', [
      z.object({ t: z.literal('a'), x: z.int() }),
      z.object({ t: z.literal('b'), y: z.string() }),
    ]),
    [
      { t: 'a', x: 1 },
      { t: 'b', y: 's' },
    ],
    [{ t: 'a', y: 's' }, { t: 'c' }],
  ],
  [
    'intersection',
    z.intersection(z.object({ a: z.string() }), z.object({ b: z.int() })),
    [{ a: 'x', b: 1 }],
    [{ a: 'x' }],
  ],
  ['intersection of numbers', z.intersection(z.number().min(1), z.number().max(3)), [1, 3], [4]],
  [
    'and',
    z.object({ a: z.string() }).and(z.union([z.object({ b: z.int() }), z.object({ c: z.int() })])),
    [{ a: 'x', b: 1 }],
    [{ a: 'x' }],
  ],
  ['nullable', z.string().nullable(), ['a', null], [1]],
  ['nullish member', z.object({ a: z.string().nullish() }), [{}, { a: null }, { a: 'x' }], [{ a: 1 }]],
  ['default', z.object({ a: z.string().default('x') }), [{ a: 'y' }], [{ a: 1 }]],
  ['prefault', z.object({ a: z.string().prefault('x') }), [{ a: 'y' }], [{ a: 1 }]],
  ['catch', z.object({ a: z.string().catch('x') }), [{ a: 'y' }], []],
  ['readonly', z.object({ a: z.array(z.int()).readonly() }), [{ a: [1] }], [{ a: ['x'] }]],
  ['branded', z.string().brand('B'), ['a'], [1]],
  ['lazy', z.lazy(() => z.string()), ['a'], [1]],
  [
    'described',
    z
      .string()
      .describe('d')
      .meta({ title: 't', examples: ['a'] }),
    ['a'],
    [1],
  ],
  ['refined', z.string().refine((text) => text.length < 9), ['a'], [1]],
  ['json', z.json(), [{ a: [1, null, 'x', { b: true }] }, 3], []],
  ['nan or number', z.union([z.int(), z.literal('NaN')]), [1, 'NaN'], ['x']],
  ['pipe', z.string().pipe(z.string().min(1)), ['a'], ['']],
  ['coerce', z.coerce.number().min(1), [1], []],
  [
    'file-like size',
    z.object({ size: z.int().nonnegative(), mime: z.enum(['image/png']) }),
    [{ size: 1, mime: 'image/png' }],
    [{}],
  ],
]

const node = z.object({
  value: z.int(),
  get next() {
    return node.nullable()
  },
})
const tree = z.object({
  name: z.string().min(1),
  get children() {
    return z.array(tree)
  },
})
const shared = z.object({ id: z.uuid() }).meta({ id: 'Shared' })
const whole = [
  ['a list', node, [{ value: 1, next: { value: 2, next: null } }], [{ value: 1 }]],
  ['a tree', tree, [{ name: 'a', children: [{ name: 'b', children: [] }] }], [{ name: '', children: [] }]],
  [
    'shared',
    z.object({ a: shared, b: shared }),
    [{ a: { id: '550e8400-e29b-41d4-a716-446655440000' }, b: { id: '550e8400-e29b-41d4-a716-446655440000' } }],
    [{}],
  ],
  [
    'a person',
    z.object({
      name: z.string().min(1).max(100),
      age: z.int().min(0).max(150).optional(),
      email: z.email().max(254),
      tags: z.array(z.string().regex(/^[a-z-]+$/)).max(10),
      role: z.enum(['admin', 'user']).default('user'),
      address: z.object({ street: z.string(), zip: z.string().regex(/^\d{5}(-\d{4})?$/) }).nullable(),
      meta: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
    [{ name: 'A', age: 3, email: 'a@example.com', tags: ['x-y'], role: 'user', address: null, meta: { k: 1 } }],
    [{ name: '' }],
  ],
]

const wrappers = [
  ['', (type) => type, (value) => value],
  ['member: ', (type) => z.object({ a: type, b: z.boolean() }), (value) => ({ a: value, b: true })],
  ['optional member: ', (type) => z.object({ k: z.literal(1), a: type.optional() }), (value) => ({ k: 1, a: value })],
  ['list: ', (type) => z.array(type).max(3), (value) => [value]],
]

const records = []
for (const [name, type, valid, invalid, io] of [...leaves, ...whole]) {
  for (const [prefix, wrap, put] of wrappers) {
    if (prefix !== '' && io === 'input') continue
    const wrapped = wrap(type)
    for (const target of prefix === '' ? ['draft-2020-12', 'draft-7', 'openapi-3.0'] : ['draft-2020-12']) {
      let schema
      try {
        schema = z.toJSONSchema(wrapped, { target, io: io ?? 'output' })
      } catch (error) {
        process.stderr.write(`${prefix}${name}: ${error.message}\n`)
        continue
      }
      const takes = (value) => wrapped.safeParse(value).success
      const [good, bad] = [valid.map(put), invalid.map(put)]
      for (const value of good)
        if (!takes(value)) process.stderr.write(`${prefix}${name}: zod refuses ${JSON.stringify(value)}\n`)
      records.push({
        name: `${prefix}${name} (${target})`,
        schema,
        valid: good.filter(takes),
        invalid: bad.filter((value) => !takes(value)),
      })
    }
  }
}
process.stdout.write(`[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]\n`)
