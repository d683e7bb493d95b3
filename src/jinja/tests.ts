// The tests of Jinja2: `x is name`.
import { bind } from './arguments.ts'
import type { Budget } from './budget.ts'
import { compare, contains, isEqual, isIterable, sizeOf } from './compare.ts'
import type { CompareOperator } from './nodes.ts'
import { numberOf } from './numbers.ts'
import { binary } from './operators.ts'
import { str } from './print.ts'
import { isLower, isUpper } from './string-methods.ts'
import {
  Callable,
  Dict,
  DictView,
  Fixed,
  Float,
  type KeywordArguments,
  Lazy,
  Markup,
  textOf,
  Undefined,
  type Value,
} from './values.ts'

export type Test = (value: Value, args: readonly Value[], named: KeywordArguments, budget: Budget) => boolean

function test(
  name: string,
  parameters: readonly string[],
  call: (value: Value, args: readonly Value[], budget: Budget) => boolean,
): Test {
  return (value, args, named, budget) => call(value, bind(name, parameters, args, named) as Value[], budget)
}

const comparing = (name: string, operator: CompareOperator) =>
  test(name, ['other'], (value, [other], budget) => compare(operator, value, other!, budget))
const modulo = (value: Value, by: Value, rest: number, budget: Budget) =>
  isEqual(binary('%', value, by, budget), rest, budget)

/** @param names the names that `is filter` and `is test` look up. */
export function makeTests(names: { filters: ReadonlySet<string>; tests: ReadonlySet<string> }): Record<string, Test> {
  return {
    '!=': comparing('ne', '!='),
    '<': comparing('lt', '<'),
    '<=': comparing('le', '<='),
    '==': comparing('eq', '=='),
    '>': comparing('gt', '>'),
    '>=': comparing('ge', '>='),
    boolean: test('boolean', [], (value) => typeof value === 'boolean'),
    callable: test(
      'callable',
      [],
      (value) => value instanceof Callable || value instanceof Undefined || isCallableFixed(value),
    ),
    defined: test('defined', [], (value) => !(value instanceof Undefined)),
    divisibleby: test('divisibleby', ['num'], (value, [num], budget) => modulo(value, num!, 0, budget)),
    eq: comparing('eq', '=='),
    equalto: comparing('eq', '=='),
    escaped: test('escaped', [], (value) => value instanceof Markup),
    even: test('even', [], (value, _, budget) => modulo(value, 2, 0, budget)),
    false: test('false', [], (value) => value === false),
    filter: test('filter', [], (value) => textOf(value) !== undefined && names.filters.has(textOf(value)!)),
    float: test('float', [], (value) => value instanceof Float),
    ge: comparing('ge', '>='),
    greaterthan: comparing('gt', '>'),
    gt: comparing('gt', '>'),
    in: test('in', ['seq'], (value, [seq], budget) => contains(seq!, value, budget)),
    integer: test('integer', [], (value) => typeof value === 'number' || typeof value === 'bigint'),
    iterable: test('iterable', [], (value) => isIterable(value) || value instanceof Fixed),
    le: comparing('le', '<='),
    lessthan: comparing('lt', '<'),
    lower: test('lower', [], (value, _, budget) => isLower(str(value, budget))),
    lt: comparing('lt', '<'),
    mapping: test('mapping', [], (value) => value instanceof Dict),
    ne: comparing('ne', '!='),
    none: test('none', [], (value) => value === null),
    number: test('number', [], (value) => numberOf(value) !== undefined),
    odd: test('odd', [], (value, _, budget) => modulo(value, 2, 1, budget)),
    sameas: test('sameas', ['other'], (value, [other]) => isSame(value, other!)),
    sequence: test('sequence', [], isSequence),
    string: test('string', [], (value) => textOf(value) !== undefined),
    test: test('test', [], (value) => textOf(value) !== undefined && names.tests.has(textOf(value)!)),
    true: test('true', [], (value) => value === true),
    undefined: test('undefined', [], (value) => value instanceof Undefined),
    upper: test('upper', [], (value, _, budget) => isUpper(str(value, budget))),
  }
}

function isCallableFixed(value: Value): boolean {
  return value instanceof Fixed && value.attribute('__call__') !== undefined
}

function isSame(value: Value, other: Value): boolean {
  if (value instanceof Float && other instanceof Float) return value.value === other.value
  return value === other
}

/** Has a length and can be indexed; an undefined value is a sequence too. */
function isSequence(value: Value): boolean {
  if (value instanceof DictView || value instanceof Lazy || value instanceof Fixed) return false
  return value instanceof Undefined || sizeOf(value) !== undefined
}
