// Numbers between bounds, as regular expressions. Numbers are compared digit by digit, as written.
import { times } from './gbnf-text.ts'

export type Bounds = {
  readonly min: number | undefined
  readonly max: number | undefined
  readonly isMinExclusive: boolean
  readonly isMaxExclusive: boolean
}

/** Digits of an integer without bounds; more are no longer exact in a double. */
const maxDigits = 16
/** Digits of a fraction. With so many digits, no two texts are the same double. */
const maxFraction = 15

/** @returns a regular expression, or undefined when no integer is within the bounds. */
export function integerWithin({ min, max, isMinExclusive, isMaxExclusive }: Bounds): string | undefined {
  const low =
    min === undefined ? undefined : BigInt(Math.ceil(min)) + (isMinExclusive && Number.isInteger(min) ? 1n : 0n)
  const high =
    max === undefined ? undefined : BigInt(Math.floor(max)) - (isMaxExclusive && Number.isInteger(max) ? 1n : 0n)
  if (low !== undefined && high !== undefined && low > high) return undefined
  const alternatives: string[] = []
  if (low === undefined || low < 0n) {
    const least = high !== undefined && high < 0n ? -high : 1n
    alternatives.push(`-${either(naturals(least, low === undefined ? undefined : -low))}`)
  }
  if (high === undefined || high >= 0n) {
    alternatives.push(...naturals(low !== undefined && low > 0n ? low : 0n, high))
  }
  return either(alternatives)
}

/** @returns a regular expression, or undefined when no number is within the bounds. */
export function numberWithin(bounds: Bounds): string | undefined {
  const { min, max, isMinExclusive, isMaxExclusive } = bounds
  if (min !== undefined && max !== undefined && (min > max || (min === max && (isMinExclusive || isMaxExclusive)))) {
    return undefined
  }
  const alternatives: string[] = []
  const nFraction = fractionDigits(bounds)
  if (min === undefined || min < 0) {
    const isNegative = max !== undefined && max < 0
    const low = { ...decimal(isNegative ? -max : 0), isExclusive: isNegative ? isMaxExclusive : true }
    const high = min === undefined ? undefined : { ...decimal(-min), isExclusive: isMinExclusive }
    const magnitude = magnitudes(low, high, nFraction)
    if (magnitude.length > 0) alternatives.push(`-${either(magnitude)}`)
  }
  if (max === undefined || max > 0 || (max === 0 && !isMaxExclusive)) {
    const isPositive = min !== undefined && min >= 0
    const low = { ...decimal(isPositive ? min : 0), isExclusive: isPositive && isMinExclusive }
    const high = max === undefined ? undefined : { ...decimal(max), isExclusive: isMaxExclusive }
    alternatives.push(...magnitudes(low, high, nFraction))
  }
  return alternatives.length === 0 ? undefined : either(alternatives)
}

/**
 * As many digits as the bounds leave distinguishable in a double; no fewer than the bounds have
 * themselves.
 */
function fractionDigits({ min = 0, max = 0 }: Bounds): number {
  const bounds = [decimal(Math.abs(min)), decimal(Math.abs(max))]
  const nWhole = Math.max(...bounds.map(({ whole }) => (whole === 0n ? 0 : String(whole).length)))
  return Math.max(1, maxFraction - nWhole, ...bounds.map(({ fraction }) => fraction.length))
}

type Edge = { readonly whole: bigint; readonly fraction: string; readonly isExclusive: boolean }

/** Numbers from 0 up between two edges, with at most n digits after the point. */
function magnitudes(low: Edge, high: Edge | undefined, n: number): string[] {
  const below = (whole: bigint, fraction: string | undefined) => (fraction === undefined ? [] : [`${whole}${fraction}`])
  if (high !== undefined && low.whole === high.whole) {
    return below(low.whole, fractionBetween(low.fraction, high.fraction, low.isExclusive, high.isExclusive, n))
  }
  const between = naturals(low.whole + 1n, high === undefined ? undefined : high.whole - 1n)
  return [
    ...below(low.whole, fractionBetween(low.fraction, undefined, low.isExclusive, false, n)),
    ...between.map((whole) => `${whole}(?:\\.[0-9]{1,${n}})?`),
    ...(high === undefined ? [] : below(high.whole, fractionBetween('', high.fraction, false, high.isExclusive, n))),
  ]
}

/**
 * `.digits` between two fractions (`high` undefined: 1), or empty where no fraction is allowed;
 * undefined if there are none.
 */
function fractionBetween(
  low: string,
  high: string | undefined,
  isLowExclusive: boolean,
  isHighExclusive: boolean,
  n: number,
): string | undefined {
  const allowsNone = isZero(low) && !isLowExclusive && !(high !== undefined && isZero(high) && isHighExclusive)
  const digits = digitsBetween(low, high, isLowExclusive, isHighExclusive, n)
  if (digits.length === 0) return allowsNone ? '' : undefined
  return `${allowsNone ? '(?:' : ''}\\.${either(digits)}${allowsNone ? ')?' : ''}`
}

/** The alternatives of one to n digits after the point that lie between two bounds. */
function digitsBetween(
  low: string | undefined,
  high: string | undefined,
  isLowExclusive: boolean,
  isHighExclusive: boolean,
  n: number,
): string[] {
  if (n === 0) return []
  const isFree = low === undefined || (isZero(low) && !isLowExclusive)
  if (isFree && high === undefined) return [`[0-9]{1,${n}}`]
  const lowDigit = Number(low?.[0] ?? '0')
  const highDigit = high === undefined ? 9 : Number(high[0] ?? '0')
  if (lowDigit > highDigit) return []
  const result: string[] = []
  const edge = (digit: number, lowRest: string | undefined, highRest: string | undefined) => {
    const mayEnd =
      (lowRest === undefined || (isZero(lowRest) && !isLowExclusive)) &&
      !(highRest !== undefined && isZero(highRest) && isHighExclusive)
    const more = digitsBetween(lowRest, highRest, isLowExclusive, isHighExclusive, n - 1)
    if (more.length === 0 && !mayEnd) return
    result.push(`${digit}${more.length === 0 ? '' : `(?:${more.join('|')})${mayEnd ? '?' : ''}`}`)
  }
  if (lowDigit === highDigit) {
    edge(lowDigit, low?.slice(1), high?.slice(1))
    return result
  }
  let first = lowDigit
  let last = highDigit
  if (low !== undefined && !(isZero(low.slice(1)) && !isLowExclusive)) {
    edge(lowDigit, low.slice(1), undefined)
    first++
  }
  if (high !== undefined) {
    edge(highDigit, undefined, high.slice(1))
    last--
  }
  if (first <= last) result.push(`${digitClass(first, last)}[0-9]{0,${n - 1}}`)
  return result
}

function isZero(digits: string): boolean {
  return /^0*$/.test(digits)
}

/**
 * Natural numbers from `low` to `high` (undefined: as many digits as a double holds), without
 * leading zeros; alternatives.
 */
function naturals(low: bigint, high: bigint | undefined): string[] {
  const alternatives: string[] = []
  const from = String(low)
  if (high !== undefined && low > high) return []
  const longest = high === undefined ? from.length : String(high).length
  for (let n = from.length; n <= longest; n++) {
    const least = n === from.length ? from : `1${'0'.repeat(n - 1)}`
    const most = high !== undefined && n === longest ? String(high) : '9'.repeat(n)
    alternatives.push(sameLength(least, most))
  }
  if (high === undefined) alternatives.push(`[1-9][0-9]${times(longest, Math.max(longest, maxDigits - 1))}`)
  return alternatives
}

/** Digit strings from `low` to `high`, both of the same length. */
function sameLength(low: string, high: string): string {
  const n = low.length
  if (n === 0) return ''
  if (low === high) return low
  if (isZero(low) && /^9*$/.test(high)) return `[0-9]${times(n, n)}`
  const lowDigit = Number(low[0])
  const highDigit = Number(high[0])
  const rest = (from: string, to: string) => (from === '' ? '' : sameLength(from, to))
  if (lowDigit === highDigit) return `${lowDigit}${rest(low.slice(1), high.slice(1))}`
  const zeros = '0'.repeat(n - 1)
  const nines = '9'.repeat(n - 1)
  const first = isZero(low.slice(1)) ? lowDigit : lowDigit + 1
  const last = /^9*$/.test(high.slice(1)) ? highDigit : highDigit - 1
  const alternatives: string[] = []
  if (first > lowDigit) alternatives.push(`${lowDigit}${rest(low.slice(1), nines)}`)
  if (first <= last) alternatives.push(`${digitClass(first, last)}${rest(zeros, nines)}`)
  if (last < highDigit) alternatives.push(`${highDigit}${rest(zeros, high.slice(1))}`)
  return either(alternatives)
}

function digitClass(first: number, last: number): string {
  return first === last ? String(first) : `[${first}-${last}]`
}

/** A number of 0 or more as its digits. */
function decimal(value: number): { whole: bigint; fraction: string } {
  const [mantissa = '0', exponentText = '0'] = String(value).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const exponent = Number(exponentText)
  if (exponent >= 0) {
    const digits = fraction.padEnd(exponent, '0')
    return { whole: BigInt(whole + digits.slice(0, exponent)), fraction: digits.slice(exponent) }
  }
  const digits = whole.padStart(-exponent + 1, '0')
  const point = digits.length + exponent
  return { whole: BigInt(digits.slice(0, point)), fraction: digits.slice(point) + fraction }
}

function either(alternatives: readonly string[]): string {
  return alternatives.length === 1 ? alternatives[0]! : `(?:${alternatives.join('|')})`
}
