import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canEnd } from '../../../src/grammar/endings.ts'
import { parseGrammar } from '../../../src/grammar/gbnf.ts'

const cases: Readonly<Record<string, boolean>> = {
  'root ::= "a"': true,
  'root ::= "a" root': false,
  'root ::= "a" root?': true,
  'root ::= "a" (root | "b")': true,
  'root ::= a b\na ::= "x"\nb ::= "y" c\nc ::= "z" b': false,
  'root ::= "a" (b){0,2}\nb ::= "x" b': true,
}

for (const [source, ends] of Object.entries(cases)) {
  test(`a text of ${JSON.stringify(source)} ${ends ? 'can' : 'cannot'} come to its end`, () => {
    const result = parseGrammar(source)
    assert.ok(result.ok)
    assert.equal(canEnd(result.grammar), ends)
  })
}
