// Filters of numbers and of any value.
import { bind, filterArgumentError, flag, indexArgument } from '../arguments.ts'
import { isTruthy } from '../compare.ts'
import { TemplateError, typeError } from '../errors.ts'
import { truncate } from '../format.ts'
import { fromJson, toJson } from '../json.ts'
import {
  calculate,
  type Integer,
  integerOf,
  normalize,
  numberOf,
  parseFloatText,
  parseInteger,
  roundFloat,
  toDouble,
} from '../numbers.ts'
import { str } from '../print.ts'
import { Float, orElse, textOf, typeName, Undefined, type Value } from '../values.ts'
import { type Filter, filter } from './filter.ts'

type Given = readonly (Value | undefined)[]

export const valueFilters: Readonly<Record<string, Filter>> = {
  abs: filter('abs', [], (value) => {
    const number = numberOf(value)
    if (number === undefined) throw typeError(`bad operand type for abs(): '${typeName(value)}'`)
    if (number instanceof Float) return new Float(Math.abs(number.value))
    return number < 0 ? -number : number
  }),
  d: defaulting(),
  default: defaulting(),
  float: filter('float', ['default?'], (value, [fallback = new Float(0)]) => {
    const result = floatOf(value)
    return result === undefined ? fallback : new Float(result)
  }),
  from_json: filter('from_json', [], (value, _, { budget }) => fromJson(str(value, budget), budget)),
  int: filter('int', ['default?', 'base?'], integer),
  round: filter('round', ['precision?', 'method?'], round),
  tojson: (value, args, named, { budget }) => toJson(value, args, named, budget),
}

function defaulting(): Filter {
  return (value, args, named) => {
    const [fallback = '', boolean] = bind('default', ['default_value?', 'boolean?'], args, named)
    return value instanceof Undefined || (flag(boolean) && !isTruthy(value)) ? fallback : value
  }
}

function floatOf(value: Value): number | undefined {
  if (value instanceof Undefined) value.fail()
  const text = textOf(value)
  const number = numberOf(value)
  if (number !== undefined) return toDouble(number)
  if (text === undefined) return undefined
  return orUndefined(() => parseFloatText(text))
}

function integer(value: Value, [fallback = 0, base = 10]: Given): Value {
  if (value instanceof Undefined) value.fail()
  const text = textOf(value)
  const exact = orUndefined(() => (text === undefined ? whole(value) : parseInteger(text, indexArgument(base))))
  if (exact !== undefined) return exact
  return orElse(
    orUndefined(() => normalize(truncate(floatOf(value) ?? Number.NaN))),
    () => fallback,
  )
}

function whole(value: Value): Integer | undefined {
  const number = numberOf(value)
  return number instanceof Float ? normalize(truncate(number.value)) : number
}

/** Python's `except (TypeError, ValueError, OverflowError)`. */
function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof TemplateError && /^(?:Type|Value|Overflow)Error$/.test(error.kind)) return undefined
    throw error
  }
}

function round(value: Value, [precision = 0, method = 'common']: Given): Value {
  if (method !== 'common' && method !== 'ceil' && method !== 'floor') {
    throw filterArgumentError('method must be common, ceil or floor')
  }
  const number = numberOf(value)
  if (number === undefined) throw typeError(`type ${typeName(value)} doesn't define __round__ method`)
  const digits = indexArgument(precision)
  if (method !== 'common') {
    const scaled = calculate('*', number, numberOf(calculate('**', 10, digits))!)
    const rounded = scaled instanceof Float ? truncate(Math[method](scaled.value)) : BigInt(integerOf(scaled)!)
    return calculate('/', normalize(rounded), numberOf(calculate('**', 10, digits))!)
  }
  if (number instanceof Float) {
    return new Float(roundFloat(number.value, digits))
  }
  if (digits >= 0) return number
  const unit = 10n ** BigInt(Math.min(400, -digits))
  const size = BigInt(number)
  const rest = ((size % unit) + unit) % unit
  const floor = size - rest
  const isUp = rest * 2n > unit || (rest * 2n === unit && (floor / unit) % 2n !== 0n)
  return normalize(isUp ? floor + unit : floor)
}
