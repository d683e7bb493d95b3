/**
 * Turns the shape of a string into conditions on its text, and their grammar. Each text has one
 * spelling in it: `é` is not written as an escape, so a text cannot evade a pattern or a name by
 * another spelling.
 */
import { type Condition, compile, type Dfa, defaultAutomatonLimits, TooLarge } from '../automaton/dfa.ts'
import {
  anchored,
  lengthRegex,
  type PlainRegex,
  type Regex,
  textRegex,
  withLength,
  withoutAssertions,
} from '../automaton/regex.ts'
import { parseRegex } from '../automaton/regex-parser.ts'
import { formats, uncountedFormats } from './formats.ts'
import { repeated } from './gbnf-text.ts'
import { jsonChars, stringOtherThan } from './json-text.ts'
import type { Policy } from './policy.ts'
import { Unsatisfiable } from './problem.ts'
import type { Rules } from './rules.ts'
import type { StringShape, StringTest } from './shape.ts'
import { canBeWritten, dfaToGbnf, regexToGbnf } from './text-grammar.ts'

/** No model writes longer texts than this; it keeps grammars of large lengths small. */
const longest = 100_000

/** The maximum number of states of an automaton that counts characters. */
const maxCounted = 800

/** A condition on a text, and the keyword that makes it. */
export type TextTest = { readonly condition: Condition; readonly at: string; readonly text: string }

export class Strings {
  readonly #rules: Rules
  readonly #policy: Policy
  readonly #spend: (nSteps: number) => void
  readonly #regexes = new Map<string, Regex | Error>()
  readonly #known = new Map<string, string | Unsatisfiable>()
  readonly #matchers = new Map<string, Dfa>()

  constructor(rules: Rules, policy: Policy, spend: (nSteps: number) => void) {
    this.#rules = rules
    this.#policy = policy
    this.#spend = spend
  }

  /**
   * @param excluded texts that are not allowed.
   * @returns the expression of the whole string, with its quotes.
   * @throws SchemaError, Unsatisfiable
   */
  grammar(shape: StringShape, excluded: readonly string[], at: string): string {
    const min = shape.min
    const max = Math.min(shape.max, longest)
    let tests = this.testsOf(shape.tests, true)
    const plain = this.#plain(tests)
    if (plain !== undefined && withLength(plain, min, max) === undefined) tests = this.testsOf(shape.tests, false)
    if (excluded.length > 0 && tests.length === 0 && min === 0 && shape.max === Number.POSITIVE_INFINITY) {
      return `"\\"" ${this.#rules.item(stringOtherThan(excluded), 'text')} "\\""`
    }
    if (excluded.length > 0) {
      const regex = anchored({ kind: 'either', alternatives: excluded.map(textRegex) })
      tests.push({ condition: { regex, isNegated: true }, at: `${at}/not`, text: JSON.stringify(excluded) })
    }
    if (min > longest) {
      this.#policy.fail(`${at}/minLength`, `${min} is more than the ${longest} characters that a grammar may ask for`)
    }
    const least = Math.min(min, longest)
    if (tests.length === 0) return this.#free(least, max, shape.max)
    const key = JSON.stringify([least, max, tests.map((test) => [test.text, isNegated(test)])])
    const known = this.#known.get(key)
    if (known instanceof Unsatisfiable) throw known
    if (known !== undefined) return known
    try {
      const inside = this.#inside(tests, least, shape.max === Number.POSITIVE_INFINITY ? shape.max : max, at)
      const grammar = `"\\"" ${this.#rules.item(inside, 'text')} "\\""`
      this.#known.set(key, grammar)
      return grammar
    } catch (error) {
      if (error instanceof Unsatisfiable) this.#known.set(key, error)
      throw error
    }
  }

  /** Whether a text meets all the tests of a shape, including its lengths. */
  matches(shape: StringShape, text: string): boolean {
    const length = shape.min > 0 || shape.max < text.length ? [...text].length : text.length
    if (length < shape.min || length > shape.max) return false
    return this.testsOf(shape.tests, false).every((test) => {
      const key = `${isNegated(test)}${test.text}`
      let matcher = this.#matchers.get(key)
      if (matcher === undefined) {
        const compiled = this.#compile([test], test)
        if (compiled === undefined) return true
        matcher = compiled
        this.#matchers.set(key, matcher)
      }
      return matcher.accepts(text)
    })
  }

  /** @param isCounted whether formats have the length limits of the grammar, rather than none. */
  testsOf(tests: readonly StringTest[], isCounted: boolean): TextTest[] {
    const hasPattern = tests.some(({ kind }) => kind === 'pattern')
    return tests.flatMap(({ kind, text, isNegated, at }): TextTest[] => {
      const uncounted = isCounted && !hasPattern ? undefined : uncountedFormats.get(text)
      const source = kind === 'pattern' ? text : (uncounted ?? formats.get(text))
      if (source === undefined) return []
      let regex = this.#regexes.get(source)
      if (regex === undefined) {
        try {
          regex = parseRegex(source)
        } catch (error) {
          regex = error as Error
        }
        this.#regexes.set(source, regex)
      }
      if (regex instanceof Error) {
        this.#policy.fail(at, `${shown(text)} ${regex.message}`)
        return []
      }
      return [{ condition: { regex, isNegated }, at, text: source }]
    })
  }

  #free(min: number, max: number, wanted: number): string {
    if (min === 0 && wanted === Number.POSITIVE_INFINITY) return 'string'
    const most = wanted === Number.POSITIVE_INFINITY ? wanted : max
    return `"\\"" ${repeated('char', min, most, (body) => this.#rules.item(body, 'chars'))} "\\""`
  }

  #inside(tests: readonly TextTest[], min: number, max: number, at: string): string {
    const plain = this.#plain(tests)
    const sized = plain === undefined ? undefined : withLength(plain, min, max)
    if (sized !== undefined && canBeWritten(sized)) {
      const isFormat = [...formats.values()].includes(tests[0]!.text)
      const dfa = isFormat ? undefined : this.#tryCompile(tests)
      if (dfa === undefined || dfa.isUnambiguous) {
        const written = regexToGbnf(sized, jsonChars)
        if (written !== undefined) return written
      }
    }
    const dfa = this.#counted(tests, min, max, at)
    if (dfa === undefined)
      return this.#free(min, max, max)
        .replace(/^"\\"" (.*) "\\""$/, '$1')
        .replace(/^string$/, 'char*')
    if (dfa.isEmpty) throw new Unsatisfiable(at, 'no text matches its pattern, format and lengths')
    return dfaToGbnf(dfa, jsonChars, this.#rules)
  }

  /**
   * The single test as a tree that can be written directly; undefined where that needs an
   * automaton.
   */
  #plain(tests: readonly TextTest[]): PlainRegex | undefined {
    const [test, ...others] = tests
    if (others.length > 0 || test === undefined || isNegated(test) || !('regex' in test.condition)) return undefined
    return withoutAssertions(test.condition.regex)
  }

  /**
   * With as many characters as a small automaton can count: fewer than the allowed maximum where
   * that is large.
   */
  #counted(tests: readonly TextTest[], min: number, max: number, at: string): Dfa | undefined {
    const free = this.#tryCompile(tests) ?? this.#short(tests, min, max) ?? this.#compile(tests, tests[0]!)
    if (free === undefined || free.isEmpty) return free
    const lengths = free.lengths()
    if (lengths.min >= min && lengths.max <= max) return free
    const maxChars = Math.max(min, Math.floor(maxCounted / free.states.length), Math.min(lengths.min + 1, max))
    const most = max === Number.POSITIVE_INFINITY ? max : Math.min(max, maxChars)
    const keyword = lengths.min < min && lengths.max <= max ? 'minLength' : 'maxLength'
    const regex = lengthRegex(min, most)
    return this.#compile([...tests, { condition: { regex }, at: `${at}/${keyword}`, text: `${min},${most}` }], {
      condition: { regex },
      at: `${at}/${keyword}`,
      text: `${keyword} beside a pattern`,
    })
  }

  /**
   * Only the shorter texts of tests whose automaton would be too large: an automaton that counts
   * few characters is small.
   */
  #short(tests: readonly TextTest[], min: number, max: number): Dfa | undefined {
    for (const most of [64, 32, 16]) {
      if (most < min) return undefined
      const condition = { regex: lengthRegex(min, Math.min(max, most)) }
      const dfa = this.#tryCompile([...tests, { condition, at: '', text: '' }])
      if (dfa !== undefined && !dfa.isEmpty) return dfa
    }
    return undefined
  }

  /** @returns undefined when the test cannot be enforced and the policy skips it. */
  #compile(tests: readonly TextTest[], blamed: TextTest): Dfa | undefined {
    try {
      return this.#compiled(tests)
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      this.#policy.fail(blamed.at, `${shown(blamed.text)} ${error.message}`)
      return undefined
    }
  }

  #tryCompile(tests: readonly TextTest[]): Dfa | undefined {
    try {
      return this.#compiled(tests)
    } catch (error) {
      if (error instanceof TooLarge) return undefined
      throw error
    }
  }

  #compiled(tests: readonly TextTest[]): Dfa {
    const dfa = compile(
      tests.map(({ condition }) => condition),
      defaultAutomatonLimits,
    )
    this.#spend(dfa.nSteps / 20)
    return dfa
  }
}

function isNegated({ condition }: TextTest): boolean {
  return 'isNegated' in condition && condition.isNegated === true
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
