import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TemplateLimitError, TemplateSyntaxError, UnsupportedError } from '../../../src/jinja/errors.ts'
import { Template } from '../../../src/jinja/template.ts'

const limits = { maxSteps: 1_000_000, maxChars: 4_000_000 }
const render = (source: string, variables: Record<string, unknown> = {}) =>
  new Template(source).render(variables, { limits })

test('a template that never ends, or needs too much, ends in a limit of its own name', () => {
  const bombs: Readonly<Record<string, RegExp>> = {
    '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}': /more than \d+ steps/,
    "{{ 'x' * 10 ** 9 }}": /text of more than \d+ characters/,
    "{{ 'x' | center(10 ** 9) }}": /text of more than/,
    "{{ '%1000000000d' % 1 }}": /text of more than/,
    "{{ '{:1000000000}'.format(1) }}": /text of more than/,
    "{{ 'a'.zfill(10 ** 12) }}{{ 'a'.ljust(10 ** 12) }}": /text of more than/,
    "{{ (['x' * 10 ** 6] * 10 ** 6) | join }}": /text of more than|more than \d+ steps/,
    "{{ ('ab' * 10 ** 6).replace('a', 'x' * 10 ** 6) }}": /text of more than/,
    '{{ [0] * 10 ** 12 }}': /more than \d+ steps/,
    '{{ [0] * 400000 }}{{ [0] * 400000 }}{{ [0] * 400000 }}': /more than \d+ steps/,
    '{{ 9 ** (9 ** 9) }}': /integer of more than \d+ bits/,
    '{% set ns = namespace(a=3) %}{% for i in range(99) %}{% set ns.a = ns.a * ns.a %}{% endfor %}':
      /integer of more than/,
    "{% set ns = namespace(a='xy') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}":
      /text of more than/,
    '{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}':
      /more than \d+ steps/,
    '{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}':
      /more than/,
    '{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a | tojson }}':
      /more than/,
    "{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}": /wrote more than \d+ characters|more than \d+ steps/,
    '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}': /called itself more than \d+ times/,
    '{% for a in [[]] recursive %}{{ loop([[]]) }}{% endfor %}': /called itself more than \d+ times/,
    '{% set ns = namespace(a=[1]) %}{% for i in range(50000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}':
      /nested too/,
  }
  for (const [source, words] of Object.entries(bombs)) {
    assert.throws(
      () => render(source),
      (error) => error instanceof TemplateLimitError && words.test(error.message),
      source,
    )
  }
})

test('a rendering ends when its time is over', () => {
  const template = new Template('{% for a in range(100000) %}{{ a }}{% endfor %}')
  let asked = 0
  const isLate = () => ++asked > 3
  assert.throws(() => template.render({}, { limits: { isLate } }), TemplateLimitError)
  assert.equal(asked, 4)
})

test('sources that are nested too deeply are refused', () => {
  for (const source of [`{{ ${'('.repeat(100_000)}1`, `{{ ${'['.repeat(50_000)}${']'.repeat(50_000)} }}`]) {
    assert.throws(() => new Template(source), TemplateSyntaxError)
  }
  assert.throws(() => new Template('{% if 1 %}'.repeat(50_000)), TemplateSyntaxError)
})

test('data that is nested too deeply ends the rendering, not the program', () => {
  const depth = 100_000
  const nested = JSON.parse('[1]') as unknown[]
  let inner = nested
  for (let i = 0; i < depth; i++) {
    const next: unknown[] = []
    inner[0] = next
    inner = next
  }
  assert.throws(() => render('{{ nested }}', { nested }), TemplateLimitError)
})

test('what needs other templates is refused by name', () => {
  for (const tag of ["include 'x'", "extends 'x'", "import 'x' as x", "from 'x' import y"]) {
    assert.throws(
      () => new Template(`{% ${tag} %}`),
      (error) => error instanceof UnsupportedError && error.message.includes(`{% ${tag.split(' ')[0]} %}`),
    )
  }
  for (const source of ["{{ 'a'.encode() }}", "{{ 'a' | urlize }}", '{{ lipsum() }}']) {
    assert.throws(() => render(source), UnsupportedError)
  }
})

test('nothing but data can be reached', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']
  const values = [
    "'a'",
    '1',
    '1.5',
    '[]',
    '{}',
    '(1,)',
    'none',
    'true',
    'range',
    'range(2)',
    'd',
    'd.f',
    'namespace()',
    'l',
  ]
  for (const name of names) {
    for (const value of values) {
      assert.equal(render(`{{ (${value}).${name} }}|{{ (${value})['${name}'] }}`, { d: { f: {} }, l: [1] }), '|')
    }
    assert.equal(render(`{{ ${name} }}|{{ ${name} is defined }}`), '|False')
  }
  assert.equal(render('{{ d.__proto__ }}', { d: JSON.parse('{"__proto__": 5}') }), '5')
})

test('a long chat is rendered in steps that grow as it does', () => {
  const source =
    '{% set ns = namespace(text="") %}{% for m in messages %}{% set ns.text = ns.text ~ m.content | trim %}' +
    '{% if loop.last %}{{ ns.text | length }}{% endif %}{% endfor %}'
  const messages = Array.from({ length: 20_000 }, (_, i) => ({ role: 'user', content: ` message ${i} ` }))
  const nChars = messages.reduce((sum, { content }) => sum + content.trim().length, 0)
  assert.equal(new Template(source).render({ messages }, { limits: { maxSteps: 1_000_000 } }), String(nChars))
})
