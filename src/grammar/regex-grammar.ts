// A regular expression that a whole text must match → GBNF. Pure.

import { subtract } from './automaton/code-points.ts'
import { compile, TooLarge } from './automaton/dfa.ts'
import { anchored, type Regex, withoutAssertions } from './automaton/regex.ts'
import { parseRegex } from './automaton/regex-parser.ts'
import { charSet } from './json-schema/gbnf-text.ts'
import { defaultSchemaLimits } from './json-schema/json-schema.ts'
import { Rules } from './json-schema/rules.ts'
import { canBeWritten, dfaToGbnf, regexToGbnf, type WriteChars } from './json-schema/text-grammar.ts'

/** Surrogates are not characters. */
const writeChars: WriteChars = (ranges) => {
  const chars = subtract(ranges, [{ from: 0xd800, to: 0xdfff }])
  return chars.length === 0 ? undefined : charSet(chars)
}

/** @throws Error that says what is wrong with the expression, as the rest of a sentence. */
export function regexGrammar(pattern: string): string {
  const whole = anchored(parseRegex(pattern))
  const rules = new Rules(defaultSchemaLimits)
  rules.set(rules.reserve('root'), body(whole, rules))
  return rules.format()
}

function body(regex: Regex, rules: Rules): string {
  const plain = withoutAssertions(regex)
  const dfa = compiled(regex)
  if (plain !== undefined && canBeWritten(plain) && (dfa instanceof TooLarge || dfa.isUnambiguous)) {
    const written = regexToGbnf(plain, writeChars)
    if (written !== undefined) return written
  }
  if (dfa instanceof TooLarge) throw dfa
  if (dfa.isEmpty) throw new Error('matches no text')
  return dfaToGbnf(dfa, writeChars, rules)
}

function compiled(regex: Regex) {
  try {
    return compile([{ regex }])
  } catch (error) {
    if (error instanceof TooLarge) return error
    throw error
  }
}
