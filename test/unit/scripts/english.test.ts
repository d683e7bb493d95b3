import assert from 'node:assert/strict'
import test from 'node:test'
import { type Fault, faultsOfMarkdown, faultsOfSource } from '../../../scripts/english.ts'

const linesOf = (faults: readonly Fault[]) => faults.map(({ line }) => line)
const filler = 'a word '.repeat(16).trimEnd()

test('faultsOfSource() finds summaries that begin with a question word, also those of several lines', () => {
  const source =
    '// What it does.\nlet a\n/** Whose it is. */\nlet b\n/**\n * How it goes.\n */\nlet c // All that counts'
  assert.deepEqual(linesOf(faultsOfSource(source)), [1, 3, 5, 8])
})

test('faultsOfSource() takes question words elsewhere in a comment', () => {
  assert.deepEqual(faultsOfSource('// Says what it does.\n// What follows goes on with the sentence.'), [])
})

test('faultsOfSource() finds words of a comment that ends a line of code, and not those of the code', () => {
  assert.deepEqual(linesOf(faultsOfSource('shall(nobody) // it shall')), [1])
})

test('faultsOfSource() finds a phrase that goes over the end of a line', () => {
  assert.deepEqual(linesOf(faultsOfSource('let a\n/**\n * This is\n * no URL.\n */')), [2])
})

test('faultsOfSource() takes "there is no" and "is no longer"', () => {
  assert.deepEqual(faultsOfSource('// There is no model. It is no longer there.'), [])
})

test('faultsOfSource() finds words of messages, and takes short strings', () => {
  assert.deepEqual(
    linesOf(faultsOfSource("const a = ['shall', 'the key shall be `there`']\nfail(`c is no URL`)")),
    [1, 2],
  )
})

test('faultsOfSource() takes quotations and code in prose', () => {
  assert.deepEqual(faultsOfSource('// The field `shall`, and the words "nobody" and “tells”.'), [])
})

test('faultsOfSource() finds comments beyond 100 columns, and takes code, drawings and directives there', () => {
  const lines = [
    `// ${filler}`,
    `//   ${filler}`,
    `const a = 'b' + '${'c'.repeat(100)}'`,
    `// biome-ignore lint: ${filler}`,
  ]
  assert.deepEqual(linesOf(faultsOfSource(lines.join('\n'))), [1])
})

test('faultsOfMarkdown() finds words in prose and tables, and passes over fenced code', () => {
  assert.deepEqual(linesOf(faultsOfMarkdown('It shall.\n```\nshall\n```\n| so | nobody |')), [1, 5])
})
