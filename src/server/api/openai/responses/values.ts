// Values inside items and tools, which have too many forms for one schema.
import { badField } from '../../../../base/errors.ts'
import { missing } from '../../../../options/field.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** @throws RequestError naming the field. */
export function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  if (value === undefined) throw missing(name)
  throw badField(name, value, 'is not a string')
}

/** @throws RequestError for what is there and not a string. */
export function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, name)
}

/** @throws RequestError naming the field. */
export function objectOf(value: unknown, name: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  if (value === undefined) throw missing(name)
  throw badField(name, value, 'is not an object')
}
