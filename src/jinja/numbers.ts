// Python's numbers: integers of any size, and floats printed as in Python.
import { TemplateError, TemplateLimitError, UnsupportedError, valueError } from './errors.ts'
import type { BinaryOperator } from './nodes.ts'
import { Float, type Value } from './values.ts'

export type Integer = number | bigint
export type PythonNumber = Integer | Float

const maxBits = 16_384

/** @returns undefined for a value that is not a number; booleans are 0 and 1. */
export function numberOf(value: Value): PythonNumber | undefined {
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Float) return value
  return typeof value === 'boolean' ? Number(value) : undefined
}

/** @returns undefined for a value that is not an integer; booleans are 0 and 1. */
export function integerOf(value: Value): Integer | undefined {
  const number = numberOf(value)
  return number instanceof Float ? undefined : number
}

/** An integer in its smallest form. @throws TemplateLimitError for one of more than 16384 bits. */
export function normalize(value: bigint): Integer {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  if (bitLength(value) > maxBits) throw tooLarge()
  return value
}

export function isZero(value: Integer): boolean {
  return value === 0 || value === 0n
}

export function toDouble(value: PythonNumber): number {
  if (value instanceof Float) return value.value
  const double = Number(value)
  if (!Number.isFinite(double)) throw new TemplateError('OverflowError', 'int too large to convert to float')
  return double
}

export function compareNumbers(left: PythonNumber, right: PythonNumber): number {
  const [a, b] = [left instanceof Float ? left.value : left, right instanceof Float ? right.value : right]
  if (a < b) return -1
  if (a > b) return 1
  return a >= b ? 0 : Number.NaN
}

/** Arithmetic of two numbers. @throws TemplateError as Python does. */
export function calculate(operator: BinaryOperator, left: PythonNumber, right: PythonNumber): Value {
  if (operator === '/') {
    if (toDouble(right) === 0) throw zeroDivision(left, right, 'division by zero')
    return new Float(toDouble(left) / toDouble(right))
  }
  if (left instanceof Float || right instanceof Float) return floats(operator, toDouble(left), toDouble(right))
  return integers(operator, left, right)
}

function floats(operator: BinaryOperator, left: number, right: number): Float {
  switch (operator) {
    case '+':
      return new Float(left + right)
    case '-':
      return new Float(left - right)
    case '*':
      return new Float(left * right)
    case '**':
      if (left === 0 && right < 0) throw negativePower()
      if (left < 0 && !Number.isInteger(right)) throw new UnsupportedError('complex numbers are not supported')
      return new Float(left ** right)
    case '//':
      if (right === 0) throw new TemplateError('ZeroDivisionError', 'float floor division by zero')
      return new Float(Math.floor((left - modulo(left, right)) / right + 0.5))
    default:
      if (right === 0) throw new TemplateError('ZeroDivisionError', 'float modulo')
      return new Float(modulo(left, right))
  }
}

/** The remainder with the sign of the divisor. */
function modulo(left: number, right: number): number {
  const remainder = left % right
  if (remainder === 0) return right < 0 ? -0 : 0
  return remainder < 0 !== right < 0 ? remainder + right : remainder
}

function integers(operator: BinaryOperator, left: Integer, right: Integer): Value {
  if (operator === '**') return integerPower(left, right)
  if ((operator === '//' || operator === '%') && isZero(right)) {
    throw new TemplateError(
      'ZeroDivisionError',
      `integer ${operator === '%' ? 'modulo' : 'division or modulo'} by zero`,
    )
  }
  if (typeof left === 'number' && typeof right === 'number') {
    const result = smallIntegers(operator, left, right)
    if (Number.isSafeInteger(result)) return result === 0 ? 0 : result
  }
  return normalize(largeIntegers(operator, BigInt(left), BigInt(right)))
}

function smallIntegers(operator: BinaryOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '//':
      return (left - modulo(left, right)) / right
    default:
      return modulo(left, right)
  }
}

function largeIntegers(operator: BinaryOperator, left: bigint, right: bigint): bigint {
  if (operator === '+') return left + right
  if (operator === '-') return left - right
  if (operator === '*') return left * right
  const remainder = left % right
  const hasOtherSign = remainder !== 0n && remainder < 0n !== right < 0n
  if (operator === '%') return hasOtherSign ? remainder + right : remainder
  return left / right - (hasOtherSign ? 1n : 0n)
}

function integerPower(base: Integer, exponent: Integer): Value {
  if (exponent < 0) {
    if (isZero(base)) throw negativePower()
    return new Float(toDouble(base) ** toDouble(exponent))
  }
  const bits = bitLength(BigInt(base))
  if (bits > 1 && bits * Number(exponent) > maxBits + bits) throw tooLarge()
  return normalize(bits <= 1 ? smallPower(Number(base), exponent) : BigInt(base) ** BigInt(exponent))
}

/** Powers of -1, 0 and 1. */
function smallPower(base: number, exponent: Integer): bigint {
  if (base === -1) return BigInt(exponent) % 2n === 0n ? 1n : -1n
  return base === 0 && isZero(exponent) ? 1n : BigInt(base)
}

function bitLength(value: bigint): number {
  return (value < 0n ? -value : value).toString(2).length
}

function tooLarge(): TemplateLimitError {
  return new TemplateLimitError(`the template made an integer of more than ${maxBits} bits`)
}

function negativePower(): TemplateError {
  return new TemplateError('ZeroDivisionError', '0.0 cannot be raised to a negative power')
}

function zeroDivision(left: PythonNumber, right: PythonNumber, message: string): TemplateError {
  const isFloat = left instanceof Float || right instanceof Float
  return new TemplateError('ZeroDivisionError', isFloat ? `float ${message}` : message)
}

/** As Python's repr: the shortest digits, with an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  const [mantissa, power] = value.toExponential().split('e') as [string, string]
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) return `${sign(value)}${mantissa.replace('-', '')}e${exponentText(exponent)}`
  if (Number.isInteger(value)) return `${Object.is(value, -0) ? '-' : ''}${value}.0`
  const digits = mantissa.replace(/[-.]/g, '')
  return exponent < 0
    ? `${sign(value)}0.${'0'.repeat(-exponent - 1)}${digits}`
    : `${sign(value)}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

export function exponentText(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : ''
}

/**
 * `value` with `digits` after the point; a tie goes to the even digit. `value` is finite and not
 * negative.
 */
export function fixedText(value: number, digits: number): string {
  if (value >= 1e21) return BigInt(value).toString() + (digits > 0 ? `.${'0'.repeat(digits)}` : '')
  const places = Math.min(digits, 100)
  const rounded = value.toFixed(places)
  const exact = value.toFixed(Math.min(100, places + 40))
  const dot = exact.indexOf('.')
  const isTie = places < 60 && /^50*$/.test(exact.slice(dot + 1 + places))
  const text = isTie && /[13579]$/.test(rounded) ? exact.slice(0, dot + 1 + places).replace(/\.$/, '') : rounded
  return text + (digits > 100 ? '0'.repeat(digits - 100) : '')
}

/** Python's round(): a tie goes to the even digit. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 22) return value
  if (digits >= 0) return Math.sign(value) * Number(fixedText(Math.abs(value), digits)) || (value < 0 ? -0 : 0)
  const unit = 10 ** -digits
  return Math.sign(value) * Number(fixedText(Math.abs(value) / unit, 0)) * unit
}

/** Python's int(text, base). @throws TemplateError */
export function parseInteger(text: string, base: number): Integer {
  const invalid = () => valueError(`invalid literal for int() with base ${base}: '${text}'`)
  const match = /^\s*([+-]?)(0[xob])?_?([\da-z]+(?:_[\da-z]+)*)\s*$/i.exec(text)
  if (match === null) throw invalid()
  const prefixBase = { '0x': 16, '0o': 8, '0b': 2 }[match[2]?.toLowerCase() ?? '']
  if (base !== 0 && (base < 2 || base > 36)) throw valueError('int() base must be >= 2 and <= 36, or 0')
  let digits = match[3]!.replaceAll('_', '').toLowerCase()
  const radix = base === 0 ? (prefixBase ?? 10) : base
  if (prefixBase !== undefined && prefixBase !== radix) digits = match[2]!.toLowerCase() + digits
  if (base === 0 && prefixBase === undefined && /^0\d*[1-9]/.test(digits)) throw invalid()
  let value = 0n
  if (digits.length > 4300) throw valueError('Exceeds the limit (4300 digits) for integer string conversion')
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36)
    if (!(worth < radix)) throw invalid()
    value = value * BigInt(radix) + BigInt(worth)
  }
  return normalize(match[1] === '-' ? -value : value)
}

/** Python's float(text). @throws TemplateError */
export function parseFloatText(text: string): number {
  const match =
    /^\s*([+-]?)(?:(inf(?:inity)?)|(nan)|((?:\d+(?:_\d+)*)?\.?(?:\d+(?:_\d+)*)?(?:e[+-]?\d+(?:_\d+)*)?))\s*$/i.exec(
      text,
    )
  if (match === null || (match[4] !== undefined && !/^\.?\d/.test(match[4]))) {
    throw valueError(`could not convert string to float: '${text}'`)
  }
  const size =
    match[2] !== undefined ? Infinity : match[3] !== undefined ? Number.NaN : Number(match[4]!.replaceAll('_', ''))
  return match[1] === '-' ? -size : size
}
