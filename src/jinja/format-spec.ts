// Python's format specification: the part after the colon in '{:>8.2f}'.
import { clamp } from './arguments.ts'
import type { Budget } from './budget.ts'
import { typeError, UnsupportedError, valueError } from './errors.ts'
import { exponentText, fixedText, floatText, type Integer, numberOf, toDouble } from './numbers.ts'
import { str } from './print.ts'
import { charsOf, lengthOf } from './text.ts'
import { Float, textOf, typeName, type Value } from './values.ts'

type Spec = {
  readonly fill: string
  readonly align: string | undefined
  readonly sign: string
  readonly isAlternate: boolean
  readonly width: number
  readonly grouping: string
  readonly precision: number | undefined
  readonly type: string
}

const pattern = /^(?:(.)?([<>=^]))?([-+ ])?z?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?(.)?$/su

/** @throws TemplateError as Python does. */
export function formatValue(value: Value, source: string, budget: Budget): string {
  if (source === '') return str(value, budget)
  const spec = parseSpec(source)
  budget.text(spec.width)
  const text = textOf(value)
  if (text !== undefined) return formatText(text, spec)
  const number = typeof value === 'boolean' && spec.type === '' ? undefined : numberOf(value)
  if (typeof value === 'boolean' && spec.type === '') return pad(value ? '1' : '0', '', spec, '>')
  if (number === undefined) throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`)
  if (spec.type === 's') throw valueError(`Unknown format code 's' for object of type '${typeName(value)}'`)
  if (number instanceof Float || /[eEfFgG%]/.test(spec.type)) return formatFloat(toDouble(number), spec)
  return formatInteger(number, spec, typeName(value))
}

function parseSpec(source: string): Spec {
  const match = pattern.exec(source)
  if (match === null) throw valueError('Invalid format specifier')
  const [, fill, align, sign = '-', alternate, zero, width, grouping = '', precision, type = ''] = match
  return {
    fill: fill ?? (zero === undefined ? ' ' : '0'),
    align: align ?? (zero === undefined ? undefined : '='),
    sign,
    isAlternate: alternate !== undefined,
    width: sizeOf(width ?? '0'),
    grouping,
    precision: precision === undefined ? undefined : sizeOf(precision),
    type,
  }
}

function sizeOf(digits: string): number {
  const size = Number(digits)
  if (size > Number.MAX_SAFE_INTEGER) throw valueError('Too many decimal digits in format string')
  return size
}

function formatText(text: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') {
    throw valueError(`Unknown format code '${spec.type}' for object of type 'str'`)
  }
  if (spec.align === '=' && spec.fill !== '0') throw valueError("'=' alignment not allowed in string format specifier")
  if (spec.sign !== '-') throw valueError('Sign not allowed in string format specifier')
  const shown = spec.precision === undefined ? text : charsOf(text).slice(0, spec.precision).join('')
  return pad(shown, '', { ...spec, align: spec.align === '=' ? '<' : spec.align }, '<')
}

function formatInteger(value: Integer, spec: Spec, type: string): string {
  if (spec.precision !== undefined) throw valueError('Precision not allowed in integer format specifier')
  const size = value < 0 ? -BigInt(value) : BigInt(value)
  const sign = signOf(value < 0, spec.sign)
  switch (spec.type) {
    case '':
    case 'd':
    case 'n':
      return pad(group(size.toString(), spec.grouping, 3), sign, spec, '>')
    case 'c':
      return pad(String.fromCodePoint(clamp(value)), '', spec, '<')
    case 'b':
    case 'o':
    case 'x':
    case 'X': {
      const radix = { b: 2, o: 8, x: 16, X: 16 }[spec.type]
      const digits = group(size.toString(radix), spec.grouping, 4)
      const prefix = sign + (spec.isAlternate ? `0${spec.type}` : '')
      return pad(spec.type === 'X' ? digits.toUpperCase() : digits, prefix, spec, '>')
    }
    default:
      throw valueError(`Unknown format code '${spec.type}' for object of type '${type}'`)
  }
}

function formatFloat(value: number, spec: Spec): string {
  const isNegative = value < 0 || Object.is(value, -0)
  const sign = signOf(isNegative, spec.sign)
  const digits = floatDigits(Math.abs(value), spec.type, spec.precision, spec.isAlternate)
  const [, whole, rest] = /^(\d*)(.*)$/s.exec(digits)!
  return pad(group(whole!, spec.grouping, 3) + rest, sign, spec, '>')
}

/** A non-negative float, by a type of printf: e, f, g, %, or none. */
export function floatDigits(value: number, type: string, precision: number | undefined, isAlternate = false): string {
  if (!Number.isFinite(value)) {
    const name = Number.isNaN(value) ? 'nan' : 'inf'
    return (/[EFG]/.test(type) ? name.toUpperCase() : name) + (type === '%' ? '%' : '')
  }
  const digits = precision ?? 6
  if (digits > 1000) throw new UnsupportedError('a precision of more than 1000 digits is not supported')
  switch (type) {
    case 'f':
    case 'F':
      return fixedText(value, digits) + (isAlternate && digits === 0 ? '.' : '')
    case '%':
      return `${fixedText(value * 100, digits)}%`
    case 'e':
    case 'E':
      return cased(exponential(value, digits), type)
    case 'g':
    case 'G':
      return cased(general(value, digits, isAlternate), type)
    case '':
      return precision === undefined ? floatText(value) : withPoint(general(value, digits, false))
    default:
      throw valueError(`Unknown format code '${type}' for object of type 'float'`)
  }
}

function cased(text: string, type: string): string {
  return type === type.toUpperCase() ? text.toUpperCase() : text
}

function exponential(value: number, digits: number): string {
  const [mantissa, exponent] = value.toExponential(Math.min(digits, 100)).split('e') as [string, string]
  return `${mantissa}e${exponentText(Number(exponent))}`
}

/**
 * `digits` significant digits, without trailing zeros, with an exponent when the value is very
 * small or large.
 */
function general(value: number, digits: number, keepsZeros: boolean): string {
  const significant = Math.max(1, digits)
  const exponent = Number(value.toExponential(Math.min(significant - 1, 100)).split('e')[1])
  const trim = (text: string) => (keepsZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, ''))
  if (exponent >= -4 && exponent < significant) return trim(fixedText(value, significant - 1 - exponent))
  const [mantissa, power] = exponential(value, significant - 1).split('e') as [string, string]
  return `${trim(mantissa)}e${power}`
}

function withPoint(text: string): string {
  return /^\d+$/.test(text) ? `${text}.0` : text
}

export function signOf(isNegative: boolean, mode: string): string {
  if (isNegative) return '-'
  return mode === '-' ? '' : mode
}

function group(digits: string, mark: string, every: number): string {
  return mark === '' ? digits : digits.replace(new RegExp(`\\B(?=(?:\\w{${every}})+$)`, 'g'), mark)
}

function pad(text: string, sign: string, { fill, align, width }: Spec, usual: string): string {
  const missing = Math.max(0, width - lengthOf(text) - sign.length)
  const left = Math.floor(missing / 2)
  switch (align ?? usual) {
    case '<':
      return sign + text + fill.repeat(missing)
    case '^':
      return fill.repeat(left) + sign + text + fill.repeat(missing - left)
    case '=':
      return sign + fill.repeat(missing) + text
    default:
      return fill.repeat(missing) + sign + text
  }
}
