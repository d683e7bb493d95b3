import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PromptText, TextAsk } from '../../../../src/server/text/prepare.ts'
import { isHeavy, longestRun } from '../../../../src/server/text/weight.ts'

const parts = (...all: (string | number)[]): PromptText => ({ kind: 'parts', parts: all, field: 'prompt' })
const prompt = (text: string): TextAsk => ({ prompts: [parts(text)] })
const words = (n: number) => 'word '.repeat(n / 5)

function chat(change: object): TextAsk {
  const none = { messages: [], tools: [], variables: {}, addGenerationPrompt: true, continueFinalMessage: false }
  return { prompts: [{ kind: 'chat', ...none, textOnly: false, ...change }] }
}

test('what most requests send is light', () => {
  assert.equal(isHeavy({ prompts: [] }), false)
  assert.equal(isHeavy(prompt(words(16_000))), false)
  assert.equal(isHeavy({ prompts: [parts(...Array.from({ length: 8000 }, (_, i) => i))] }), false)
  const messages = Array.from({ length: 20 }, () => ({ role: 'user', content: words(100) }))
  assert.equal(isHeavy(chat({ messages })), false)
  const schema = { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer' } } }
  assert.equal(isHeavy({ prompts: [], format: { kind: 'json-schema', schema, field: 'json_schema' } }), false)
})

test('long texts are heavy, alone and together', () => {
  assert.equal(isHeavy(prompt(words(20_000))), true)
  assert.equal(isHeavy({ prompts: Array.from({ length: 20 }, () => parts(words(1000))) }), true)
  assert.equal(isHeavy({ prompts: [{ kind: 'pair', query: words(10_000), document: words(10_000) }] }), true)
})

test('a text with a long stretch without a break is heavy, whatever the stretch consists of', () => {
  for (const char of ['a', '!', '1', ' ', '\n', '中', '\t']) {
    assert.equal(isHeavy(prompt(`x y ${char.repeat(1001)} z`)), true, JSON.stringify(char))
    assert.equal(isHeavy(prompt(`x y ${char.repeat(900)} z`)), false, JSON.stringify(char))
  }
  assert.deepEqual(['', 'a', 'ab c', 'a    b', 'a bc'].map(longestRun), [0, 1, 2, 4, 2])
})

test('a text with many possible special tokens is heavy', () => {
  assert.equal(isHeavy(prompt('<|im_end|> '.repeat(60))), true)
  assert.equal(isHeavy(prompt('[INST] '.repeat(60))), true)
})

test('so are many messages, many variables of a template and large tools', () => {
  assert.equal(isHeavy(chat({ messages: Array.from({ length: 100 }, () => ({ role: 'user', content: 'hi' })) })), true)
  assert.equal(
    isHeavy(chat({ variables: { a: Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [i, 1])) } })),
    true,
  )
  assert.equal(isHeavy(chat({ tools: [{ description: words(20_000) }] })), true)
})

test('so are schemas and grammars of some size, many biases and a long penalty prompt', () => {
  const schema = { allOf: Array.from({ length: 26 }, (_, i) => ({ anyOf: [{ minLength: i }, { maxLength: i }] })) }
  assert.equal(isHeavy({ prompts: [], format: { kind: 'json-schema', schema, field: 'json_schema' } }), true)
  const source = `root ::= ${'"a" | '.repeat(5000)}"b"`
  assert.equal(isHeavy({ prompts: [], format: { kind: 'grammar', source, field: 'grammar' } }), true)
  const logitBias = Array.from({ length: 1000 }, () => ['text', 1] as const)
  assert.equal(isHeavy({ prompts: [], logitBias }), true)
  assert.equal(isHeavy({ prompts: [], penaltyPrompt: words(20_000) }), true)
})

test('a value nested very deeply is weighed without recursion', () => {
  let deep: object = {}
  for (let i = 0; i < 1e5; i++) deep = { deep }
  assert.equal(isHeavy(chat({ variables: deep })), true)
})
