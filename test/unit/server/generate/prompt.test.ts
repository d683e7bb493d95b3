import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PromptField, readPrompts } from '../../../../src/server/generate/prompt.ts'

function read(field: PromptField) {
  const { sources, isList } = readPrompts(field, 'prompt')
  const parts = sources.map(({ content }) => (content.kind === 'parts' ? content.parts : undefined))
  return { isList, parts, given: sources.map(({ given }) => given) }
}

test('a string, token ids, and a mix of both are one prompt', () => {
  assert.deepEqual(read('ab'), { isList: false, parts: [['ab']], given: ['ab'] })
  assert.deepEqual(read([5, 6]), { isList: false, parts: [[5, 6]], given: [[5, 6]] })
  assert.deepEqual(read(['a', 5, 'b']), { isList: false, parts: [['a', 5, 'b']], given: [['a', 5, 'b']] })
  assert.deepEqual(read([5, 'a', 'b']), { isList: false, parts: [[5, 'a', 'b']], given: [[5, 'a', 'b']] })
})

test('a list of one string is one prompt, as the specification has it', () => {
  assert.deepEqual(read(['a']), { isList: false, parts: [['a']], given: [['a']] })
})

test('two or more strings are several prompts, in their order', () => {
  assert.deepEqual(read(['a', 'b']), { isList: true, parts: [['a'], ['b']], given: ['a', 'b'] })
})

test('lists in a list are several prompts, also beside strings and when there is only one', () => {
  const two = [
    [5, 6],
    ['a', 7],
  ]
  assert.deepEqual(read(two), { isList: true, parts: two, given: two })
  assert.deepEqual(read(['a', [5]]), { isList: true, parts: [['a'], [5]], given: ['a', [5]] })
  assert.deepEqual(read([[5]]), { isList: true, parts: [[5]], given: [[5]] })
})

test('an empty list is one empty prompt', () => {
  assert.deepEqual(read([]), { isList: false, parts: [[]], given: [[]] })
})
