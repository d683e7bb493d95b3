// Two schemas that must both hold, as one. References inside stay as they are: they are met when they are visited.
import { SchemaError, Unsatisfiable } from './problem.ts'
import type { Schema, SchemaObject } from './schema.ts'

/** @param pointer where to say that something went wrong. */
export function intersect(a: Schema, b: Schema, pointer: string): Schema {
  if (a === true) return b
  if (b === true) return a
  if (a === false || b === false) return false
  const result: Record<string, unknown> = {}
  for (const keyword of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [left, right] = [a[keyword], b[keyword]]
    if (keyword === 'additionalProperties' || keyword === 'properties') continue
    if (left === undefined || right === undefined) result[keyword] = left ?? right
    else result[keyword] = both(keyword, left, right, pointer)
  }
  if (result.enum !== undefined && result.const !== undefined) {
    result.enum = both('enum', result.enum, [result.const], pointer)
    delete result.const
  }
  Object.assign(result, properties(a, b))
  return result
}

function both(keyword: string, a: unknown, b: unknown, pointer: string): unknown {
  if (isSame(a, b)) return a
  switch (keyword) {
    case 'minimum':
    case 'exclusiveMinimum':
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return Math.max(a as number, b as number)
    case 'maximum':
    case 'exclusiveMaximum':
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return Math.min(a as number, b as number)
    case 'type':
      return types([a].flat() as string[], [b].flat() as string[], pointer)
    case 'enum':
      return nonEmpty(
        (a as unknown[]).filter((value) => (b as unknown[]).some((other) => isSame(value, other))),
        pointer,
      )
    case 'const':
      throw new Unsatisfiable(pointer, 'two constants cannot both hold')
    case 'required':
      return [...new Set([...(a as string[]), ...(b as string[])])]
    case 'anyOf':
    case 'oneOf':
      return (a as Schema[]).flatMap((x) => (b as Schema[]).map((y) => ({ allOf: [x, y] })))
    case 'items':
    case 'additionalItems':
      if (Array.isArray(a) || Array.isArray(b)) break
      return { allOf: [a, b] }
  }
  throw new SchemaError(`${pointer}/${keyword}`, 'no grammar can follow two of this keyword that differ')
}

function types(a: readonly string[], b: readonly string[], pointer: string): readonly string[] {
  const common = new Set<string>()
  for (const x of a) {
    for (const y of b) {
      if (x === y) common.add(x)
      else if ((x === 'integer' && y === 'number') || (x === 'number' && y === 'integer')) common.add('integer')
    }
  }
  return nonEmpty([...common], pointer)
}

function nonEmpty<T>(values: readonly T[], pointer: string): readonly T[] {
  if (values.length === 0) throw new Unsatisfiable(pointer, 'nothing is left that all parts of it allow')
  return values
}

/** A property of one side that the other does not name falls under the other's additionalProperties. */
function properties(a: SchemaObject, b: SchemaObject): object {
  const [left, right] = [propertiesOf(a), propertiesOf(b)]
  const merged: Record<string, Schema> = {}
  for (const name of new Set([...Object.keys(left.own), ...Object.keys(right.own)])) {
    const parts = [left, right].map(({ own, others }) => (Object.hasOwn(own, name) ? own[name]! : (others ?? true)))
    const [x, y] = parts as [Schema, Schema]
    merged[name] =
      x === true || isSame(x, y) ? y : y === true ? x : x === false || y === false ? false : { allOf: [x, y] }
  }
  const others = left.others === undefined ? right.others : right.others === undefined ? left.others : undefined
  const isBoth = left.others !== undefined && right.others !== undefined
  const additional = isBoth
    ? left.others === false || right.others === false
      ? false
      : { allOf: [left.others, right.others] }
    : others
  return {
    ...(Object.keys(merged).length === 0 ? {} : { properties: merged }),
    ...(additional === undefined ? {} : { additionalProperties: additional }),
  }
}

function propertiesOf(schema: SchemaObject) {
  return {
    own: (schema.properties ?? {}) as Readonly<Record<string, Schema>>,
    others: schema.additionalProperties as Schema | undefined,
  }
}

/** Whether two JSON values are equal; the order of an object's keys does not count. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(
    (key) => Object.hasOwn(b, key) && isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  )
}
