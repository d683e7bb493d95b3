import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SpecialToken, SpecialTokens } from '../../../src/llama/special-tokens.ts'

const control = (id: number, text: string, strips = false): SpecialToken => ({ id, text, isControl: true, strips })
const defined = (id: number, text: string): SpecialToken => ({ id, text, isControl: false, strips: false })

test('a text is cut at its special tokens, and nothing of it is lost', () => {
  const tokens = new SpecialTokens([control(1, '<|a|>'), control(2, '[INST]'), defined(3, '<tool>')])
  assert.deepEqual(tokens.split('x<|a|>[INST] y <tool><b>[z] <|a|>', true), [
    { text: 'x' },
    { token: 1 },
    { token: 2 },
    { text: ' y ' },
    { token: 3 },
    { text: '<b>[z] ' },
    { token: 1 },
  ])
  assert.deepEqual(tokens.split('', true), [])
  assert.deepEqual(tokens.split('<<|a|>>', true), [{ text: '<' }, { token: 1 }, { text: '>' }])
})

test('control tokens are text where special tokens are not wanted', () => {
  const tokens = new SpecialTokens([control(1, '<|a|>'), defined(3, '<tool>')])
  assert.deepEqual(tokens.split('<|a|><tool>', false), [{ text: '<|a|>' }, { token: 3 }])
})

test('what takes white space along, and what another special token may overlap, is left in its text', () => {
  assert.deepEqual(new SpecialTokens([control(1, '<|a|>', true)]).split('<|a|> x', true), [{ text: '<|a|> x' }])
  const overlapping = ['x<|a|>y', '>\n', ' <', '|a|'].map((text) => {
    return new SpecialTokens([control(1, '<|a|>'), control(2, '<b>'), defined(3, text)]).split('<|a|>', true)
  })
  assert.deepEqual(overlapping, Array(4).fill([{ text: '<|a|>' }]))
  const apart = new SpecialTokens([control(1, '<|a|>'), defined(2, '\n\n'), defined(3, 'thought')])
  assert.deepEqual(apart.split('<|a|>\n\n', true), [{ token: 1 }, { text: '\n\n' }])
})
