// What a row of a request-field table is made of, and how a request is read by such a table.
import { badField, RequestError, show } from '../base/errors.ts'

/** A JSON Schema whose valid values have the type T. */
export type Schema<T> = { readonly [keyword: string]: unknown; readonly __value?: T }

/** One field of a request. A field that is absent or null takes its default. */
export type Field<T = unknown> = {
  /** The name, then its other spellings. */
  readonly names: readonly [string, ...string[]]
  readonly schema: Schema<T>
  readonly default?: T
  readonly help: string
  /** `no effect`: accepted for compatibility; `later`: refused by name, its feature is not there yet. */
  readonly support?: 'no effect' | 'later'
}

export type FieldTable = Readonly<Record<string, Field<never> | Field>>

/** What is read by a table: a value per served row, `undefined` where a row has no default. */
export type ReadBy<T extends FieldTable> = {
  readonly [K in keyof T as T[K] extends { support: 'no effect' | 'later' } ? never : K]: T[K] extends {
    schema: Schema<infer V>
  }
    ? T[K] extends { default: unknown }
      ? V
      : V | undefined
    : never
}

/** Values by key that stand in for the table's own, for a request with this body. */
export type FieldDefaults = (body: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** The largest and smallest numbers that the engine, which has 32-bit floats and integers, takes as they are. */
const largestFloat = 1e30
const largestInteger = 2 ** 31 - 1

export const number = (min = -largestFloat, max = largestFloat): Schema<number> => ({
  type: ['number', 'null'],
  minimum: min,
  maximum: max,
})

export const integer = (min = -largestInteger, max = largestInteger): Schema<number> => ({
  type: ['integer', 'null'],
  minimum: min,
  maximum: max,
})

export const boolean: Schema<boolean> = { type: ['boolean', 'null'] }
export const string: Schema<string> = { type: ['string', 'null'] }
export const anything: Schema<unknown> = {}

/** The JSON Schema of a request body that has these fields and no others. */
export function bodySchema(table: FieldTable, required: readonly string[] = []): object {
  const properties: Record<string, unknown> = {}
  for (const field of Object.values(table)) {
    for (const name of field.names) properties[name] = field.support === undefined ? field.schema : {}
  }
  return { type: 'object', properties, required, additionalProperties: false }
}

/**
 * Reads a body that passed `bodySchema(table)`.
 * @throws RequestError for a field whose feature is not there yet, and for two spellings that disagree.
 */
export function readFields<T extends FieldTable>(
  table: T,
  body: Readonly<Record<string, unknown>>,
  defaultsOf: FieldDefaults = () => ({}),
): ReadBy<T> {
  const defaults = defaultsOf(body)
  const values: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(table)) {
    const given = field.names.filter((name) => body[name] !== undefined && body[name] !== null)
    const [first, second] = given
    if (first !== undefined && second !== undefined && body[first] !== body[second]) {
      throw badField(second, body[second], `is not what its other spelling "${first}" says, ${show(body[first])}`)
    }
    const value = first === undefined ? undefined : body[first]
    if (field.support === 'later' && value !== undefined && !isEmpty(value)) {
      throw new RequestError('not_supported', `Cannot read "${first}": not served yet by this version of Cria`, {
        param: first,
      })
    }
    if (field.support === undefined) values[key] = value ?? defaults[key] ?? field.default
  }
  return values as ReadBy<T>
}

/** Values that ask for nothing: `[]`, `{}`, `""`, false, 0. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return !value
}
