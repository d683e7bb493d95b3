import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PromptField, readPrompts } from '../../../../src/server/generate/prompt.ts'
import type { Tokenizer } from '../../../../src/server/text/tokenizer.ts'

/** A token a character, its code; BOS is 1 and goes first when the first part is a string. */
const tokenizer = {
  tokenizeMixed: (parts: readonly (string | number)[]) =>
    parts.flatMap((part, i) =>
      typeof part === 'string' ? [...(i === 0 ? [1] : []), ...[...part].map((c) => c.charCodeAt(0))] : part,
    ),
} as unknown as Tokenizer

function read(field: PromptField) {
  const { prompts, isList } = readPrompts(field, tokenizer)
  return { isList, tokens: prompts.map(({ tokens }) => tokens), given: prompts.map(({ given }) => given) }
}

test('a string, token ids, and a mix of both are one prompt', () => {
  assert.deepEqual(read('ab'), { isList: false, tokens: [[1, 97, 98]], given: ['ab'] })
  assert.deepEqual(read([5, 6]), { isList: false, tokens: [[5, 6]], given: [[5, 6]] })
  assert.deepEqual(read(['a', 5, 'b']), { isList: false, tokens: [[1, 97, 5, 98]], given: [['a', 5, 'b']] })
  assert.deepEqual(read([5, 'a', 'b']), { isList: false, tokens: [[5, 97, 98]], given: [[5, 'a', 'b']] })
})

test('a list of one string is one prompt, as the specification has it', () => {
  assert.deepEqual(read(['a']), { isList: false, tokens: [[1, 97]], given: [['a']] })
})

test('two or more strings are several prompts, in their order', () => {
  assert.deepEqual(read(['a', 'b']), {
    isList: true,
    tokens: [
      [1, 97],
      [1, 98],
    ],
    given: ['a', 'b'],
  })
})

test('lists in a list are several prompts, also beside strings and when there is only one', () => {
  assert.deepEqual(
    read([
      [5, 6],
      ['a', 7],
    ]),
    {
      isList: true,
      tokens: [
        [5, 6],
        [1, 97, 7],
      ],
      given: [
        [5, 6],
        ['a', 7],
      ],
    },
  )
  assert.deepEqual(read(['a', [5]]), { isList: true, tokens: [[1, 97], [5]], given: ['a', [5]] })
  assert.deepEqual(read([[5]]), { isList: true, tokens: [[5]], given: [[5]] })
})

test('an empty list is one empty prompt', () => {
  assert.deepEqual(read([]), { isList: false, tokens: [[]], given: [[]] })
})
