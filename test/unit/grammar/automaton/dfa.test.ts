// Automata of regular expressions, against the slow and obvious twin: JavaScript's own RegExp.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, TooLarge } from '../../../../src/grammar/automaton/dfa.ts'
import { lengthRegex } from '../../../../src/grammar/automaton/regex.ts'
import { parseRegex } from '../../../../src/grammar/automaton/regex-parser.ts'
import { seededRandom } from '../../../support/random.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))
const pieces = ['a', 'b', 'c', '.', '@', 'A', '1', '-', ' ', '_', 'f', 'o', 'ab', 'foo', 'x.co', '😀', 'é', '\n']

function texts(n: number): string[] {
  const random = seededRandom(seed)
  const piece = () => pieces[Math.floor(random() * pieces.length)]!
  return Array.from({ length: n }, () => Array.from({ length: Math.floor(random() * 8) }, piece).join(''))
}

const patterns = [
  '^a+$',
  'b',
  '',
  '^[^a]$',
  '^$|^(a|b)$',
  '(^a|b$)c?',
  '^(a*)*$',
  '^(?:a|b|ab)*$',
  '^(a?|b?){4}$',
  '^.{2,4}$',
  '\\bfoo\\b',
  'a\\Bb',
  '^\\w+\\s?\\W*$',
  '^\\p{L}+$',
  '^\\P{L}*$',
  '^[\\s\\S]{1,3}$',
  '^(?:(?!ab)[a-c])*$',
  '^(?=.*[A-Z])(?=.*\\d).{3,8}$',
  '^(?!.*\\.\\.)[a-z.]+$',
  '(?!b)a(?=b)',
  '^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$',
  "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
  '^(?<year>a{2})-?(b{1,})$',
  '^\\u{1f600}|\\ud83d\\ude00$',
]

for (const pattern of patterns) {
  test(`the automaton of ${JSON.stringify(pattern)} finds what RegExp finds (seed ${seed})`, () => {
    const dfa = compile([{ regex: parseRegex(pattern) }])
    const isEscaped = pattern.includes('\\-')
    const regex = new RegExp(isEscaped ? pattern.replaceAll('\\-', '\\x2d') : pattern, 'u')
    for (const text of texts(1500)) assert.equal(dfa.accepts(text), regex.test(text), JSON.stringify(text))
  })
}

test(`several conditions hold together, and some must not (seed ${seed})`, () => {
  const [a, b, c] = ['^[a-c]+', '[.1]$', 'foo'].map((source) => parseRegex(source))
  const dfa = compile([{ regex: a! }, { regex: b! }, { regex: c!, isNegated: true }, { regex: lengthRegex(2, 4) }])
  for (const text of texts(3000)) {
    const length = [...text].length
    const wanted = /^[a-c]+/.test(text) && /[.1]$/.test(text) && !/foo/.test(text) && length >= 2 && length <= 4
    assert.equal(dfa.accepts(text), wanted, JSON.stringify(text))
  }
})

test('multiples of a decimal number are told by their digits', () => {
  const number = parseRegex('^-?\\d+(\\.\\d+)?$')
  const isMultiple = (units: number, nFraction: number) =>
    compile([{ regex: number }, { multipleOf: { units, nFraction } }])
  const [sevens, quarters, thousands] = [isMultiple(7, 0), isMultiple(25, 2), isMultiple(5, 3)]
  for (let n = -300; n < 300; n++) assert.equal(sevens.accepts(String(n)), n % 7 === 0, String(n))
  for (const text of ['0.25', '-1.5', '3', '7.750']) assert.ok(quarters.accepts(text), text)
  for (const text of ['0.2', '1.26', '0.251']) assert.ok(!quarters.accepts(text), text)
  assert.ok(thousands.accepts('0.005') && thousands.accepts('1.0') && !thousands.accepts('0.004'))
})

test('what becomes too large ends with a clause about the pattern, however it is written', () => {
  const sources = [
    '^(?!a)[01]*1[01]{30}$',
    '^(\\w{0,30}a?){20}(.*x){5}$',
    `^${'(a?)'.repeat(2_000)}$`,
    '^(?=(a|b)*c).{1,5000}$',
  ]
  for (const source of sources) {
    assert.throws(
      () => compile([{ regex: parseRegex(source) }]),
      (error) => error instanceof TooLarge,
      source,
    )
  }
})

test('the lengths of the shortest and the longest text are known', () => {
  const lengths = (source: string) => compile([{ regex: parseRegex(source) }]).lengths()
  assert.deepEqual(lengths('^a{2,5}(bc)?$'), { min: 2, max: 7 })
  assert.deepEqual(lengths('^(a|bc)+$'), { min: 1, max: Number.POSITIVE_INFINITY })
  assert.deepEqual(lengths('^$'), { min: 0, max: 0 })
})

test('groups in groups and long patterns are refused before anything recurses', () => {
  assert.throws(() => parseRegex('('.repeat(5_000)), /more than \d+ groups one in another/)
  assert.throws(() => parseRegex('a'.repeat(20_000)), /more than \d+ characters/)
})
