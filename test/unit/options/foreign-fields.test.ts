import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldTable } from '../../../src/options/field.ts'
import { ignoredFields } from '../../../src/options/foreign-fields.ts'
import { anything } from '../../../src/options/schema.ts'
import { chatFields } from '../../../src/server/api/openai/chat/fields.ts'

const chats: FieldTable = chatFields
const ignored = (given: object, table = chats) =>
  ignoredFields(table, given as Readonly<Record<string, unknown>>, false)

test('fields of other servers are passed over, and named', () => {
  const names = `skip_special_tokens no_stop_trim separate_reasoning stream_reasoning include_reasoning top_a models
    return_hidden_states keep_alive num_ctx min_tokens provider transforms route a x-y stop_token_id 日本`.split(/\s+/)
  assert.deepEqual(ignored(Object.fromEntries(names.map((name) => [name, 1]))), names)
})

test('a field of ours is not named, unless it has no effect and asks for something', () => {
  assert.deepEqual(ignored({ messages: [], temperature: 1, user: 'me', metadata: {}, store: false }), ['user'])
})

test('a typo is refused with the name that was meant', () => {
  const typos = {
    topK: 'top_k',
    'n-predict': 'n_predict',
    MAX_TOKENS: 'max_tokens',
    temprature: 'temperature',
    temperatrue: 'temperature',
    max_token: 'max_tokens',
    presense_penalty: 'presence_penalty',
    streams: 'stream',
    respons_format: 'response_format',
  }
  for (const [typo, meant] of Object.entries(typos)) {
    assert.throws(() => ignored({ [typo]: 1 }), {
      message: `Cannot read "${typo}": there is no such field; did you mean "${meant}"?`,
      details: { param: typo },
    })
  }
})

test('with --strict-fields every field that there is not is refused', () => {
  assert.throws(() => ignoredFields(chats, { frobnicate: 1 }, true), {
    message: 'Cannot read "frobnicate": there is no such field',
  })
  assert.deepEqual(ignoredFields(chats, { messages: [], user: 'me' }, true), ['user'])
})

test('a long name costs no time, and none is near a short one', () => {
  const table: FieldTable = { stop: { names: ['stop'], schema: anything, help: 'Stop.' } }
  assert.deepEqual(ignored({ ['x'.repeat(100_000)]: 1, stap: 1 }, table), ['x'.repeat(100_000), 'stap'])
})
