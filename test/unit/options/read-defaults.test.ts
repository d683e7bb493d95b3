import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readFields } from '../../../src/options/field.ts'
import { fieldDefaults } from '../../../src/options/field-defaults.ts'
import { generationFields } from '../../../src/options/generation-fields.ts'
import { resolveOptions } from '../../../src/options/resolve.ts'

const dir = mkdtempSync(join(tmpdir(), 'cria-defaults-'))
after(() => rmSync(dir, { recursive: true }))

const resolve = (...argv: readonly string[]) => resolveOptions(argv, {})

test('samplers are read by name and by letter, and the last flag counts', () => {
  assert.deepEqual(resolve('--samplers', 'top_k;temperature').samplers, ['top_k', 'temperature'])
  assert.deepEqual(resolve('--samplers', 'typ_p; top-p;temp;typical').samplers, ['typical_p', 'top_p', 'temperature'])
  assert.deepEqual(resolve('--sampler-seq', 'edkypmxt').samplers?.length, 8)
  assert.deepEqual(resolve('--samplers', 'top_k', '--sampling-seq', 'tt').samplers, ['temperature'])
  assert.deepEqual(resolve('--samplers=;').samplers, [])
})

test('biases are read as llama-server reads them, all that are given', () => {
  assert.deepEqual(resolve('-l', '15043+1', '--logit-bias', '7-2.5', '-l', '3-inf').logitBias, [
    [15043, 1],
    [7, -2.5],
    [3, false],
  ])
})

test('sequence breakers replace the default ones, and none is none', () => {
  assert.deepEqual(resolve('--dry-sequence-breaker', '\\n', '--dry-sequence-breaker', 'a,b').drySequenceBreakers, [
    '\n',
    'a,b',
  ])
  assert.deepEqual(resolve('--dry-sequence-breaker', 'x', '--dry-sequence-breaker', 'none').drySequenceBreakers, [])
})

test('grammars and schemas are read from the flag or from a file', () => {
  const gbnf = join(dir, 'yes.gbnf')
  writeFileSync(gbnf, 'root ::= "yes"\n')
  assert.equal(resolve('--grammar', 'root ::= "a"').grammar, 'root ::= "a"')
  assert.equal(resolve('--grammar-file', gbnf).grammar, 'root ::= "yes"\n')
  const schema = join(dir, 'schema.json')
  writeFileSync(schema, '{"type":"array"}')
  assert.deepEqual(resolve('-j', '{"type":"object"}').jsonSchema, { type: 'object' })
  assert.deepEqual(resolve('-jf', schema).jsonSchema, { type: 'array' })
  assert.deepEqual(resolve('--json-schema-file', schema).jsonSchema, { type: 'array' })
})

test('the variables of the template are an object, by flag or by variable', () => {
  assert.deepEqual(resolve('--chat-template-kwargs', '{"a": [1]}').chatTemplateKwargs, { a: [1] })
  const env = { LLAMA_ARG_CHAT_TEMPLATE_KWARGS: '{"b": false}' }
  assert.deepEqual(resolveOptions([], env).chatTemplateKwargs, { b: false })
})

test('what cannot be read is refused with the flag, the value and the rule', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--samplers', 'top_k;foo'], /^--samplers: "foo" is not one of penalties, dry/],
    [['--sampler-seq', 'kz'], /^--sampler-seq: "z" is not one of e, d/],
    [['-l', '12'], /^-l: "12" is not TOKEN\+BIAS or TOKEN-BIAS$/],
    [['-l', '12+inf'], /only -inf/],
    [['-l', 'abc+1'], /is not TOKEN\+BIAS/],
    [['-j', '{'], /^-j: this is not JSON: /],
    [['-j', '[]'], /^-j: \[\] is not a JSON schema/],
    [['-jf', join(dir, 'nothing')], /^-jf: .*nothing cannot be read: /],
    [['--grammar-file', dir], /^--grammar-file: .* cannot be read: /],
    [['--chat-template-kwargs', '[1]'], /^--chat-template-kwargs: \[1\] is not a JSON object/],
    [['--samplers'], /^--samplers needs a value: --samplers NAMES$/],
  ]
  for (const [argv, sentence] of cases) assert.throws(() => resolveOptions(argv, {}), { message: sentence })
})

test('fieldDefaults() stand in for the defaults of fields, and a request wins over them', () => {
  const defaults = fieldDefaults(resolve('--no-cache-prompt', '--ignore-eos', '-r', 'User:', '--temp', '0.1'))
  const fields = readFields(generationFields, {}, defaults)
  assert.deepEqual(
    [fields.cachePrompt, fields.ignoreEos, fields.stop, fields.temperature],
    [false, true, ['User:'], 0.1],
  )
  assert.equal(readFields(generationFields, { cache_prompt: true }, defaults).cachePrompt, true)
})

test('fieldDefaults() give no grammar and no schema to a request that has either, or a format, or tools', () => {
  const defaults = fieldDefaults(resolve('-j', '{}', '--temp', '0.5'))
  const constrained: readonly Readonly<Record<string, unknown>>[] = [
    { grammar: 'root ::= "a"' },
    { json_schema: {} },
    { response_format: { type: 'json_object' } },
    { tools: [{}] },
  ]
  for (const body of constrained) assert.deepEqual(defaults(body), { temperature: 0.5 })
  for (const body of [{}, { grammar: null }, { response_format: { type: 'text' } }, { tools: [] }]) {
    assert.deepEqual(defaults(body), { temperature: 0.5, jsonSchema: {} })
  }
})
