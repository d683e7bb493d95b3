// Turns the shape of a number into its grammar.
import { type Condition, compile, TooLarge } from '../automaton/dfa.ts'
import type { DecimalStep } from '../automaton/formulas.ts'
import { withoutAssertions } from '../automaton/regex.ts'
import { parseRegex } from '../automaton/regex-parser.ts'
import { charSet } from './gbnf-text.ts'
import { type Bounds, integerWithin, numberWithin } from './numbers.ts'
import type { Policy } from './policy.ts'
import { Unsatisfiable } from './problem.ts'
import type { Rules } from './rules.ts'
import { type NumberShape, numberBits, typeBits } from './shape.ts'
import { dfaToGbnf, regexToGbnf } from './text-grammar.ts'

/**
 * Numbers without a bound on one side have at most 16 digits there: a larger bound has no effect.
 */
const beyond = 1e16

/** The maximum number of remainders, each a state. */
const maxRemainders = 120

/**
 * @param types bits of integers and fractions.
 * @param excluded numbers that are not allowed.
 * @throws Unsatisfiable, SchemaError
 */
export function numberGrammar(
  types: number,
  shape: NumberShape,
  excluded: readonly number[],
  { rules, policy }: { readonly rules: Rules; readonly policy: Policy },
  at: string,
): string {
  const isInteger = (types & numberBits) === typeBits.integer
  const isFraction = (types & numberBits) === typeBits.fraction
  const multiples = shape.multiples.flatMap(({ of, at: place }) => stepOf(of, isInteger, place, policy))
  const isFree = shape.min === undefined && shape.max === undefined
  if (isFree && multiples.length === 0 && excluded.length === 0 && !isFraction) {
    return isInteger ? 'integer' : 'number'
  }
  const bounds: Bounds = {
    ...shape,
    max: shape.max !== undefined && shape.max >= beyond && (shape.min ?? 0) < beyond / 10 ? undefined : shape.max,
    min: shape.min !== undefined && shape.min <= -beyond && (shape.max ?? 0) > -beyond / 10 ? undefined : shape.min,
  }
  const source = isInteger ? integerWithin(bounds) : numberWithin(bounds)
  if (source === undefined) throw new Unsatisfiable(at, `no ${isInteger ? 'integer' : 'number'} is within its bounds`)
  const base = parseRegex(`^(?:${source})$`)
  const conditions: Condition[] = [
    { regex: base },
    ...multiples.flatMap((multipleOf): Condition[] => [
      { multipleOf },
      {
        regex: parseRegex(
          multipleOf.nFraction === 0 ? '^-?\\d+(?:\\.0)?$' : `^-?\\d+(?:\\.\\d{1,${multipleOf.nFraction}})?$`,
        ),
      },
    ]),
    ...excluded.map((value) => ({ regex: parseRegex(`^${spellings(value)}$`), isNegated: true })),
    ...(isFraction ? [{ regex: parseRegex('^-?\\d+(?:\\.0*)?$'), isNegated: true }] : []),
  ]
  const plain = conditions.length === 1 ? withoutAssertions(base) : undefined
  if (plain !== undefined) return regexToGbnf(plain, charSet)!
  try {
    const dfa = compile(conditions)
    if (dfa.isEmpty) throw new Unsatisfiable(at, 'no number is a multiple within its bounds')
    return dfaToGbnf(dfa, charSet, rules)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    policy.fail(shape.multiples[0]?.at ?? `${at}/not`, error.message)
    return regexToGbnf(withoutAssertions(base)!, charSet)!
  }
}

/** The step of a multiple as whole units; undefined for a step without effect on an integer. */
function stepOf(of: number, isInteger: boolean, at: string, policy: Policy): DecimalStep[] {
  if (isInteger && Number.isInteger(1 / of)) return []
  const [mantissa = '', exponent = '0'] = String(of).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const nFraction = Math.max(0, fraction.length - Number(exponent))
  const units = Number(`${whole}${fraction}`) * 10 ** Math.max(0, Number(exponent) - fraction.length)
  if (units > maxRemainders || nFraction > 15) {
    policy.fail(
      at,
      `no grammar can follow multiples of ${of}: it would have to count more than ${maxRemainders} remainders`,
    )
    return []
  }
  return [{ units, nFraction }]
}

/** All spellings of the number without an exponent. */
function spellings(value: number): string {
  const [whole = '', fraction = ''] = Math.abs(value)
    .toFixed(Math.abs(value) < 1 ? 20 : 15)
    .split('.')
  const digits = String(Math.abs(value)).includes('e') ? fraction : (String(Math.abs(value)).split('.')[1] ?? '')
  const sign = value === 0 ? '-?' : value < 0 ? '-' : ''
  return `${sign}${whole}${digits === '' ? '(?:\\.0*)?' : `\\.${digits}0*`}`
}
