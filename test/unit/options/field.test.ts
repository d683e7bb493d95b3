import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError } from '../../../src/base/errors.ts'
import { bodyOf, bodySchema, type FieldTable, readFields } from '../../../src/options/field.ts'
import { generationFields, samplingFields } from '../../../src/options/generation-fields.ts'
import { anyOf, anything, array, boolean, integer, nullable, string } from '../../../src/options/schema.ts'
import { chatFields } from '../../../src/server/api/openai/chat/fields.ts'

const fields = {
  size: { names: ['size', 'n_size'], schema: integer(0, 9), default: 3, help: 'How large.' },
  name: { names: ['name'], schema: string, help: 'Its name.' },
  isNew: { names: ['is_new'], schema: boolean, default: true, help: 'Whether it is new.' },
  user: { names: ['user'], schema: anything, help: 'Who.', support: 'no effect' },
  tools: { names: ['tools'], schema: anything, help: 'Tools.', support: 'later' },
} as const

test('readFields() takes the default of a field that is absent or null', () => {
  const none = { size: 3, name: undefined, isNew: true }
  assert.deepEqual(readFields(fields, {}), none)
  assert.deepEqual(readFields(fields, { size: null, name: null, is_new: null, tools: null }), none)
})

test('readFields() keeps values that look like nothing', () => {
  assert.deepEqual(readFields(fields, { size: 0, name: '', is_new: false }), { size: 0, name: '', isNew: false })
})

test('readFields() reads every spelling, and refuses two that disagree', () => {
  assert.equal(readFields(fields, { n_size: 5 }).size, 5)
  assert.equal(readFields(fields, { size: 5, n_size: 5 }).size, 5)
  assert.equal(readFields(fields, { size: null, n_size: 5 }).size, 5)
  assert.throws(() => readFields(fields, { size: 5, n_size: 6 }), {
    name: 'RequestError',
    message: 'Cannot read "n_size": 6 is not what its other spelling "size" says, 5',
  })
})

test('readFields() takes other defaults, and a request over them', () => {
  assert.deepEqual(
    readFields(fields, {}, () => ({ size: 7, isNew: false })),
    { size: 7, name: undefined, isNew: false },
  )
  assert.equal(readFields(fields, { size: 2 }, () => ({ size: 7 })).size, 2)
})

test('readFields() refuses by name what is not served, unless it asks for nothing', () => {
  for (const tools of [[1], { a: 1 }, 'x', true, 1]) {
    assert.throws(
      () => readFields(fields, { tools }),
      (error) => error instanceof RequestError && error.status === 400 && /"tools"/.test(error.message),
    )
  }
  for (const tools of [[], {}, '', false, 0, null]) assert.ok(readFields(fields, { tools }))
})

test('readFields() leaves out fields without effect', () => {
  assert.equal('user' in readFields(fields, { user: 'me' }), false)
})

test('readFields() makes one form of several where a field says how', () => {
  const strings = anyOf(string, array(string))
  const read = (given: string | readonly string[]) => [given].flat()
  const table = { stop: { names: ['stop'], schema: strings, read, default: [], help: 'Strings.' } } as const
  const stop: readonly string[] = readFields(table, { stop: 'a' }).stop
  assert.deepEqual(stop, ['a'])
  assert.deepEqual(readFields(table, { stop: ['a', 'b'] }).stop, ['a', 'b'])
})

test('a body names a field that must be there, whatever its spellings', () => {
  assert.deepEqual(bodyOf(fields, ['size']).read({ n_size: 5 }).size, 5)
  const name: string = bodyOf(fields, ['name']).read({ name: 'x' }).name
  assert.equal(name, 'x')
  assert.throws(() => bodyOf(fields, ['name']).read({ name: null }), { message: '"name" is missing' })
})

test('bodySchema() has each spelling and nothing else', () => {
  assert.deepEqual(bodySchema(fields, ['name']), {
    type: 'object',
    properties: {
      size: nullable(integer(0, 9)),
      n_size: nullable(integer(0, 9)),
      name: string,
      is_new: nullable(boolean),
      user: {},
      tools: {},
    },
    required: ['name'],
  })
})

test('no spelling stands for two fields, and every field is explained', () => {
  for (const table of [generationFields, chatFields] as readonly FieldTable[]) {
    const names = Object.values(table).flatMap((field) => field.names)
    assert.deepEqual(names, [...new Set(names)])
    for (const field of Object.values(table)) assert.match(field.help, /\S\.$/)
  }
})

test('the fields of /completion have the defaults of the specification', () => {
  const { nPredict, nKeep, stream, stop, nProbs, slotId, cachePrompt, ...rest } = readFields(generationFields, {})
  assert.deepEqual([nPredict, nKeep, stream, stop, nProbs, slotId, cachePrompt], [-1, 0, false, [], 0, -1, true])
  assert.deepEqual([rest.temperature, rest.topK, rest.topP, rest.minP], [0.8, 40, 0.95, 0.05])
  assert.deepEqual([rest.tfsZ, rest.typicalP, rest.repeatPenalty, rest.repeatLastN], [1, 1, 1.1, 64])
  assert.deepEqual([rest.penalizeNl, rest.presencePenalty, rest.frequencyPenalty], [true, 0, 0])
  assert.deepEqual([rest.mirostat, rest.mirostatTau, rest.mirostatEta, rest.seed], [0, 5, 0.1, -1])
  assert.deepEqual([rest.ignoreEos, rest.logitBias, rest.grammar, rest.penaltyPrompt], [false, [], '', undefined])
})

test('every field of the specification is there under its name', () => {
  const specified = `temperature dynatemp_range dynatemp_exponent top_k top_p min_p n_predict n_keep stream stop tfs_z
    typical_p repeat_penalty repeat_last_n penalize_nl presence_penalty frequency_penalty penalty_prompt mirostat
    mirostat_tau mirostat_eta grammar seed ignore_eos logit_bias n_probs image_data slot_id cache_prompt system_prompt`
  const names = new Set<string>(Object.values(generationFields).flatMap((field) => field.names))
  for (const name of specified.split(/\s+/)) assert.ok(names.has(name), name)
  for (const key of Object.keys(samplingFields)) assert.ok(key in generationFields, key)
})
