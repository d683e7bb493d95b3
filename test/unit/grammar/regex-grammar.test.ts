import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGrammar } from '../../../src/grammar/gbnf.ts'
import { regexGrammar } from '../../../src/grammar/regex-grammar.ts'
import { GrammarMatcher } from '../../support/grammar-matcher.ts'

function matches(pattern: string, text: string): boolean {
  const result = parseGrammar(regexGrammar(pattern))
  assert.ok(result.ok, pattern)
  return new GrammarMatcher(result.grammar).matches(text)
}

test('the grammar of a regular expression takes whole texts that match it, and no others', () => {
  const cases: readonly (readonly [pattern: string, good: readonly string[], bad: readonly string[]])[] = [
    ['[0-9]{3}', ['123'], ['12', '1234', 'a123']],
    ['(yes|no)', ['yes', 'no'], ['yesno', 'y']],
    ['a|b', ['a', 'b'], ['ab', 'a|b']],
    ['\\d+(\\.\\d{2})?', ['7', '19.99'], ['19.9', '.99']],
    ['^"[a-z]"$', ['"x"'], ['x']],
    ['(?=.*\\d)[a-z\\d]{2}', ['a1', '11'], ['ab']],
    ['é+', ['éé'], ['e']],
    ['(a*)*b', ['aab', 'b'], ['a']],
  ]
  for (const [pattern, good, bad] of cases) {
    for (const text of good) assert.ok(matches(pattern, text), `${pattern} takes ${text}`)
    for (const text of bad) assert.ok(!matches(pattern, text), `${pattern} refuses ${text}`)
  }
})

test('what is no regular expression, or cannot be followed, says why', () => {
  for (const pattern of ['(', 'a{2,1}', '(a)\\1', 'a)(b', '[^\\s\\S]']) {
    assert.throws(() => regexGrammar(pattern), Error, pattern)
  }
})
