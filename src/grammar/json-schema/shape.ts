/**
 * The values that a schema without alternatives allows, keyword by keyword, and the intersection of
 * two such shapes. The schemas of items and properties stay as they are: a value there must be
 * valid by each of those that apply to it.
 */
import type { Schema, TypeName } from './keyword-table.ts'

/** A schema that must hold, or that must not hold. */
export type Literal = { readonly schema: Schema; readonly isNegated: boolean }

/** Types as a set of bits. Numbers are integers and fractions. */
export const typeBits = { null: 1, boolean: 2, integer: 4, fraction: 8, string: 16, array: 32, object: 64 } as const
export const numberBits = typeBits.integer | typeBits.fraction
export const allTypes = 127

export function bitsOf(type: TypeName): number {
  return type === 'number' ? numberBits : typeBits[type]
}

export type NumberShape = {
  readonly min: number | undefined
  readonly max: number | undefined
  readonly isMinExclusive: boolean
  readonly isMaxExclusive: boolean
  readonly multiples: readonly { readonly of: number; readonly at: string }[]
}

/** A regular expression, a format or an encoding that a string must have, or must not have. */
export type StringTest = {
  readonly kind: 'pattern' | 'format'
  readonly text: string
  readonly isNegated: boolean
  readonly at: string
}

export type StringShape = {
  readonly min: number
  readonly max: number
  readonly tests: readonly StringTest[]
}

/** The scopes of `unevaluatedItems` and `unevaluatedProperties` around a schema. */
type Scopes = readonly object[]

export type ArrayLayer = {
  readonly first: readonly Schema[]
  readonly rest: Schema | undefined
  readonly scopes: Scopes
}

export type Contains = { readonly item: Literal; readonly min: number; readonly max: number; readonly at: string }

export type ArrayShape = {
  readonly min: number
  readonly max: number
  readonly layers: readonly ArrayLayer[]
  readonly contains: readonly Contains[]
  /** The place of `uniqueItems`. */
  readonly uniqueAt: string | undefined
  readonly unevaluated: readonly { readonly scope: object; readonly schema: Schema }[]
}

export type ObjectLayer = {
  readonly properties: Readonly<Record<string, Schema>>
  readonly patterns: readonly { readonly pattern: string; readonly schema: Schema; readonly at: string }[]
  readonly others: Schema | undefined
  readonly scopes: Scopes
}

export type ObjectShape = {
  readonly min: number
  readonly max: number
  readonly layers: readonly ObjectLayer[]
  readonly required: ReadonlySet<string>
  readonly forbidden: ReadonlySet<string>
  /** Further schemas that the value of a property must meet. */
  readonly also: readonly { readonly name: string; readonly value: Literal }[]
  readonly names: readonly Literal[]
  readonly unevaluated: readonly { readonly scope: object; readonly schema: Schema }[]
  readonly countsAt: string
}

export type Shape = {
  readonly types: number
  /** Whether `type` was given: if not, the types are those that the keywords apply to. */
  readonly isTyped: boolean
  readonly spokenOf: number
  /** The only allowed values, by their JSON texts. */
  readonly values: ReadonlyMap<string, unknown> | undefined
  /** Values that are not allowed, by their JSON texts. */
  readonly excluded: ReadonlyMap<string, unknown>
  readonly number: NumberShape
  readonly string: StringShape
  readonly array: ArrayShape
  readonly object: ObjectShape
}

const infinity = Number.POSITIVE_INFINITY

export const anyNumber: NumberShape = {
  min: undefined,
  max: undefined,
  isMinExclusive: false,
  isMaxExclusive: false,
  multiples: [],
}
export const anyString: StringShape = { min: 0, max: infinity, tests: [] }
export const anyArray: ArrayShape = {
  min: 0,
  max: infinity,
  layers: [],
  contains: [],
  uniqueAt: undefined,
  unevaluated: [],
}
export const anyObject: ObjectShape = {
  min: 0,
  max: infinity,
  layers: [],
  required: new Set(),
  forbidden: new Set(),
  also: [],
  names: [],
  unevaluated: [],
  countsAt: '',
}

export const anyShape: Shape = {
  types: allTypes,
  isTyped: false,
  spokenOf: 0,
  values: undefined,
  excluded: new Map(),
  number: anyNumber,
  string: anyString,
  array: anyArray,
  object: anyObject,
}

/** @returns the values that both allow; undefined when there obviously are none. */
export function meet(a: Shape, b: Shape): Shape | undefined {
  const number = a.number === anyNumber ? b.number : b.number === anyNumber ? a.number : meetNumbers(a.number, b.number)
  const string = a.string === anyString ? b.string : b.string === anyString ? a.string : meetStrings(a.string, b.string)
  const array = a.array === anyArray ? b.array : b.array === anyArray ? a.array : meetArrays(a.array, b.array)
  const object = a.object === anyObject ? b.object : b.object === anyObject ? a.object : meetObjects(a.object, b.object)
  let types = a.types & b.types
  if (!hasNumbers(number)) types &= ~numberBits
  if (string.min > string.max) types &= ~typeBits.string
  if (array.min > array.max) types &= ~typeBits.array
  const isForbidden = object.forbidden.size > 0 && [...object.required].some((name) => object.forbidden.has(name))
  if (object.min > object.max || object.required.size > object.max || isForbidden) types &= ~typeBits.object
  const excluded = a.excluded.size === 0 ? b.excluded : new Map([...a.excluded, ...b.excluded])
  const values = meetValues(a.values, b.values, excluded, types)
  if (types === 0 || values?.size === 0) return undefined
  return {
    types,
    isTyped: a.isTyped || b.isTyped,
    spokenOf: a.spokenOf | b.spokenOf,
    values,
    excluded,
    number,
    string,
    array,
    object,
  }
}

function meetValues(
  a: ReadonlyMap<string, unknown> | undefined,
  b: ReadonlyMap<string, unknown> | undefined,
  excluded: ReadonlyMap<string, unknown>,
  types: number,
): ReadonlyMap<string, unknown> | undefined {
  const [fewer, others] = a === undefined || (b !== undefined && b.size < a.size) ? [b, a] : [a, b]
  if (fewer === undefined) return undefined
  const isLeft = ([text, value]: [string, unknown]) =>
    (others === undefined || others.has(text)) && !excluded.has(text) && (typeBitOf(value) & types) !== 0
  return new Map([...fewer].filter(isLeft))
}

/** The one bit of a value's type. */
export function typeBitOf(value: unknown): number {
  if (value === null) return typeBits.null
  if (Array.isArray(value)) return typeBits.array
  switch (typeof value) {
    case 'boolean':
      return typeBits.boolean
    case 'number':
      return Number.isInteger(value) ? typeBits.integer : typeBits.fraction
    case 'string':
      return typeBits.string
    default:
      return typeBits.object
  }
}

function hasNumbers({ min, max, isMinExclusive, isMaxExclusive }: NumberShape): boolean {
  return min === undefined || max === undefined || (isMinExclusive || isMaxExclusive ? min < max : min <= max)
}

function meetNumbers(a: NumberShape, b: NumberShape): NumberShape {
  const takesMin =
    a.min === undefined || (b.min !== undefined && (b.min > a.min || (b.min === a.min && b.isMinExclusive)))
  const takesMax =
    a.max === undefined || (b.max !== undefined && (b.max < a.max || (b.max === a.max && b.isMaxExclusive)))
  return {
    min: takesMin ? b.min : a.min,
    isMinExclusive: takesMin ? b.isMinExclusive : a.isMinExclusive,
    max: takesMax ? b.max : a.max,
    isMaxExclusive: takesMax ? b.isMaxExclusive : a.isMaxExclusive,
    multiples: [...a.multiples, ...b.multiples],
  }
}

function meetStrings(a: StringShape, b: StringShape): StringShape {
  const tests = [...a.tests]
  for (const test of b.tests) {
    const isKnown = tests.some(
      ({ kind, text, isNegated }) => kind === test.kind && text === test.text && isNegated === test.isNegated,
    )
    if (!isKnown) tests.push(test)
  }
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max), tests }
}

function meetArrays(a: ArrayShape, b: ArrayShape): ArrayShape {
  return {
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
    layers: [...a.layers, ...b.layers],
    contains: [...a.contains, ...b.contains],
    uniqueAt: a.uniqueAt ?? b.uniqueAt,
    unevaluated: [...a.unevaluated, ...b.unevaluated],
  }
}

function meetObjects(a: ObjectShape, b: ObjectShape): ObjectShape {
  return {
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
    layers: [...a.layers, ...b.layers],
    required: union(a.required, b.required),
    forbidden: union(a.forbidden, b.forbidden),
    also: [...a.also, ...b.also],
    names: [...a.names, ...b.names],
    unevaluated: [...a.unevaluated, ...b.unevaluated],
    countsAt: a.countsAt === '' ? b.countsAt : a.countsAt,
  }
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return a.size === 0 ? b : b.size === 0 ? a : new Set([...a, ...b])
}
