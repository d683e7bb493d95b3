// '%s' % x and '{}'.format(x).
import { clamp } from './arguments.ts'
import type { Budget } from './budget.ts'
import { TemplateError, typeError, valueError } from './errors.ts'
import { floatDigits, formatValue, signOf } from './format-spec.ts'
import { integerOf, numberOf, toDouble } from './numbers.ts'
import { repr, str } from './print.ts'
import { charsOf, lengthOf } from './text.ts'
import { Dict, Float, isList, type KeywordArguments, Tuple, textOf, typeName, type Value } from './values.ts'

const directive = /%(?:\(([^)]*)\))?([#0\- +]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([\s\S])?/gu

/** Python's `text % value`. @throws TemplateError as Python does. */
export function formatPercent(text: string, value: Value, budget: Budget): string {
  const args = value instanceof Tuple ? value.items : [value]
  let used = 0
  const next = (): Value => {
    const arg = args[used]
    if (arg === undefined) throw typeError('not enough arguments for format string')
    used += 1
    return arg
  }
  let usesNames = false
  const result = text.replace(
    directive,
    (all, key?: string, flags = '', width?: string, precision?: string, type?: string) => {
      if (type === undefined) throw valueError('incomplete format')
      if (type === '%') return '%'
      if (key !== undefined) usesNames = true
      const size = (given: string) => (given === '*' ? starSize(next()) : Number(given))
      let nWidth = width === undefined ? 0 : size(width)
      const hasPoint = /\.(?:\*|\d+)?[hlL]?[\s\S]$/u.test(all)
      const nPrecision = precision === undefined ? (hasPoint ? 0 : undefined) : Math.max(0, size(precision))
      const isLeft = flags.includes('-') || nWidth < 0
      nWidth = Math.abs(nWidth)
      budget.text(nWidth)
      const arg = key === undefined ? next() : memberOf(value, key)
      const [sign, body] = convert(type, arg, flags, nPrecision, budget)
      const missing = Math.max(0, nWidth - lengthOf(sign + body))
      if (isLeft) return sign + body + ' '.repeat(missing)
      const isNumber = !/[srac]/.test(type)
      return flags.includes('0') && isNumber ? sign + '0'.repeat(missing) + body : ' '.repeat(missing) + sign + body
    },
  )
  const takesAll = usesNames || value instanceof Dict || isList(value)
  if (used < args.length && !(takesAll && !(value instanceof Tuple))) {
    throw typeError('not all arguments converted during string formatting')
  }
  budget.text(result.length)
  return result
}

function starSize(value: Value): number {
  const integer = integerOf(value)
  if (integer === undefined) throw typeError('* wants int')
  return clamp(integer)
}

function memberOf(value: Value, key: string): Value {
  if (!(value instanceof Dict)) throw typeError('format requires a mapping')
  const member = value.get(key)
  if (member === undefined) throw new TemplateError('KeyError', `'${key}'`)
  return member
}

/** @returns the sign with its prefix, and the rest. */
function convert(
  type: string,
  value: Value,
  flags: string,
  precision: number | undefined,
  budget: Budget,
): readonly [string, string] {
  const mode = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-'
  switch (type) {
    case 's':
      return ['', cut(str(value, budget), precision)]
    case 'r':
      return ['', cut(repr(value, budget), precision)]
    case 'a':
      return ['', cut(toAscii(repr(value, budget)), precision)]
    case 'c':
      return ['', character(value)]
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return integer(type, value, flags, mode, precision)
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      const number = numberOf(value)
      if (number === undefined) throw typeError(`must be real number, not ${typeName(value)}`)
      const double = toDouble(number)
      const isNegative = double < 0 || Object.is(double, -0)
      return [signOf(isNegative, mode), floatDigits(Math.abs(double), type, precision, flags.includes('#'))]
    }
    default:
      throw valueError(`unsupported format character '${type}' (0x${type.codePointAt(0)!.toString(16)})`)
  }
}

function integer(
  type: string,
  value: Value,
  flags: string,
  mode: string,
  precision: number | undefined,
): readonly [string, string] {
  const isDecimal = /[diu]/.test(type)
  const number = numberOf(value)
  if (number === undefined || (number instanceof Float && !isDecimal)) {
    const wanted = isDecimal ? 'a real number' : 'an integer'
    throw typeError(`%${type} format: ${wanted} is required, not ${typeName(value)}`)
  }
  const whole = number instanceof Float ? truncate(number.value) : BigInt(number)
  const radix = isDecimal ? 10 : type === 'o' ? 8 : 16
  let digits = (whole < 0n ? -whole : whole).toString(radix).padStart(precision ?? 0, '0')
  if (type === 'X') digits = digits.toUpperCase()
  const prefix = flags.includes('#') && !isDecimal ? `0${type}` : ''
  return [signOf(whole < 0n, mode) + prefix, digits]
}

/** @throws TemplateError for a value that is not finite. */
export function truncate(value: number): bigint {
  if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer')
  if (!Number.isFinite(value)) throw new TemplateError('OverflowError', 'cannot convert float infinity to integer')
  return BigInt(Math.trunc(value))
}

function character(value: Value): string {
  const code = integerOf(value)
  if (code !== undefined) {
    if (code < 0 || code > 0x10ffff) throw new TemplateError('OverflowError', '%c arg not in range(0x110000)')
    return String.fromCodePoint(Number(code))
  }
  const text = textOf(value)
  if (text === undefined || lengthOf(text) !== 1) throw typeError('%c requires int or char')
  return text
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : charsOf(text).slice(0, precision).join('')
}

function toAscii(text: string): string {
  return text.replace(/[^\x00-\x7f]/gu, (char) => {
    const code = char.codePointAt(0)!
    const hex = code.toString(16)
    if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  })
}

/** The access of `format` to parts of a value: `{a.b}` and `{a[b]}`. */
export type Lookup = {
  readonly attribute: (object: Value, name: string) => Value
  readonly item: (object: Value, key: Value) => Value
}

/** Python's `text.format(…)`. @throws TemplateError as Python does. */
export function formatBraces(
  text: string,
  args: readonly Value[],
  named: KeywordArguments,
  lookup: Lookup,
  budget: Budget,
): string {
  let automatic = 0
  let isManual = false
  const fieldOf = (name: string): Value => {
    const [, first, rest] = /^([^.[]*)([\s\S]*)$/.exec(name)!
    let key = first!
    if (key === '') {
      if (isManual) throw valueError('cannot switch from manual field specification to automatic field numbering')
      key = String(automatic++)
    } else if (/^\d+$/.test(key)) {
      if (automatic > 0) throw valueError('cannot switch from manual field specification to automatic field numbering')
      isManual = true
    }
    let value = /^\d+$/.test(key) ? args[Number(key)] : named.get(key)
    if (value === undefined) {
      if (!/^\d+$/.test(key)) throw new TemplateError('KeyError', `'${key}'`)
      throw new TemplateError('IndexError', `Replacement index ${key} out of range for positional args tuple`)
    }
    for (const [, attribute, index] of rest!.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
      if (attribute !== undefined) value = lookup.attribute(value, attribute)
      else value = lookup.item(value, /^\d+$/.test(index!) ? Number(index) : index!)
    }
    return value
  }
  const render = (source: string, depth: number): string => {
    if (depth > 2) throw valueError('Max string recursion exceeded')
    const parts: string[] = []
    let pos = 0
    while (pos < source.length) {
      const next = source.slice(pos).search(/[{}]/)
      if (next < 0) break
      parts.push(source.slice(pos, pos + next))
      pos += next
      const brace = source[pos]!
      if (source[pos + 1] === brace && depth === 1) {
        parts.push(brace)
        pos += 2
        continue
      }
      if (brace === '}') throw valueError("Single '}' encountered in format string")
      const end = endOfField(source, pos)
      parts.push(field(source.slice(pos + 1, end), depth))
      pos = end + 1
    }
    parts.push(source.slice(pos))
    return parts.join('')
  }
  const field = (source: string, depth: number): string => {
    const [, name, conversion, spec = ''] =
      /^((?:\[[^\]]*\]|[^!:[])*)(?:!([\s\S]?))?(?::([\s\S]*))?$/.exec(source) ?? []
    if (name === undefined) throw valueError("expected ':' after conversion specifier")
    const value = fieldOf(name)
    return formatValue(
      converted(value, conversion, budget),
      spec.includes('{') ? render(spec, depth + 1) : spec,
      budget,
    )
  }
  budget.text(text.length)
  const result = render(text, 1)
  budget.text(result.length)
  return result
}

function converted(value: Value, conversion: string | undefined, budget: Budget): Value {
  if (conversion === undefined) return value
  if (conversion === 's') return str(value, budget)
  if (conversion === 'r') return repr(value, budget)
  if (conversion === 'a') return toAscii(repr(value, budget))
  throw valueError(`Unknown conversion specifier ${conversion}`)
}

/** The index of the brace that ends the field beginning at `start`. */
function endOfField(source: string, start: number): number {
  let depth = 0
  for (let i = start; i < source.length; i++) {
    if (source[i] === '{') depth += 1
    else if (source[i] === '}' && --depth === 0) return i
  }
  throw valueError(
    depth === 1 && start === source.length - 1
      ? "Single '{' encountered in format string"
      : "expected '}' before end of string",
  )
}
