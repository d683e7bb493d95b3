// A row of a table of request fields, and the reading of a request by such a table.
import { badField, RequestError, show } from '../base/errors.ts'
import { asksForSomething, ignoredFields } from './foreign-fields.ts'
import { nullable, type Schema, type ValueOf } from './schema.ts'

/** One field of a request. A field that is absent or null takes its default. */
export type Field<T = unknown> = {
  /** The name, then its other spellings. */
  readonly names: readonly [string, ...string[]]
  readonly schema: Schema<T>
  readonly default?: unknown
  /** Makes one form out of the several that the schema allows. */
  readonly read?: (value: never) => unknown
  readonly help: string
  /**
   * `no effect`: accepted for compatibility; `later`: refused by name, because its feature does not
   * exist yet.
   */
  readonly support?: 'no effect' | 'later'
}

export type FieldTable = Readonly<Record<string, Field<never> | Field>>

type ReadValue<F> = F extends { readonly read: (value: never) => infer V }
  ? V
  : F extends { readonly schema: infer S }
    ? ValueOf<S>
    : never

/** The values read by a table: one per served row, `undefined` where a row has no default. */
export type ReadBy<T extends FieldTable> = {
  readonly [K in keyof T as T[K] extends { support: 'no effect' | 'later' } ? never : K]: T[K] extends {
    readonly default: unknown
  }
    ? ReadValue<T[K]>
    : ReadValue<T[K]> | undefined
}

/** Values by key that replace the table's own defaults, for a request with this body. */
export type FieldDefaults = (body: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

/** The body of a route: the JSON Schema that checks it, and its values once it has passed. */
export type Body<B> = {
  readonly schema: object
  /**
   * @param given a body that fits the schema.
   * @param defaults values that replace the table's own.
   * @throws RequestError naming a field.
   */
  read(given: unknown, defaults?: FieldDefaults): B
  /**
   * Names in the body that have no effect.
   * @param isStrict refuse unknown names.
   * @throws RequestError for a name that is a typo of one of the body's.
   */
  ignored(given: unknown, isStrict: boolean): readonly string[]
}

/** The type of a route's body. */
export type BodyOf<T> = T extends Body<infer B> ? B : never

/** The values that a table reads, with fields that are always present. */
export type Given<T extends FieldTable, R extends keyof ReadBy<T>> = ReadBy<T> & {
  readonly [K in R]-?: NonNullable<ReadBy<T>[K]>
}

/** @param required keys of the fields that must be present. */
export function bodyOf<T extends FieldTable, const R extends keyof ReadBy<T> & string = never>(
  table: T,
  required: readonly R[] = [],
): Body<Given<T, R>> {
  return {
    schema: bodySchema(table, required),
    read(given, defaults) {
      const values = readFields(table, given as Readonly<Record<string, unknown>>, defaults)
      for (const key of required) if (values[key] === undefined) throw missing(table[key]!.names[0])
      return values as Given<T, R>
    },
    ignored: (given, isStrict) => ignoredFields(table, given as Readonly<Record<string, unknown>>, isStrict),
  }
}

/** A body that may be absent. */
export function optional<B>({ schema, read, ignored }: Body<B>): Body<B> {
  return {
    schema: nullable(schema as Schema<unknown>),
    read: (given, defaults) => read(given ?? {}, defaults),
    ignored: (given, isStrict) => ignored(given ?? {}, isStrict),
  }
}

/** A body that is used as it is. */
export function bodyLike<T>(schema: Schema<T>): Body<T> {
  return { schema, read: (given) => given as T, ignored: () => [] }
}

/** The JSON Schema of a request body with these fields. `ignoredFields` judges other fields. */
export function bodySchema<T extends FieldTable>(table: T, required: readonly (keyof T & string)[] = []): object {
  const properties: Record<string, unknown> = {}
  const needed: string[] = []
  for (const [key, field] of Object.entries(table)) {
    const isNeeded = required.includes(key) && field.names.length === 1
    if (isNeeded) needed.push(field.names[0])
    const schema = isNeeded ? field.schema : nullable(field.schema)
    for (const name of field.names) properties[name] = field.support === undefined ? schema : {}
  }
  return { type: 'object', properties, required: needed }
}

/**
 * Reads a body that passed `bodySchema(table)`.
 * @throws RequestError for a field whose feature does not exist yet, and for two spellings that
 *   disagree.
 */
export function readFields<T extends FieldTable>(
  table: T,
  body: Readonly<Record<string, unknown>>,
  defaultsOf: FieldDefaults = () => ({}),
): ReadBy<T> {
  const defaults = defaultsOf(body)
  const values: Record<string, unknown> = {}
  for (const [key, field] of Object.entries<Field>(table)) {
    const given = field.names.filter((name) => body[name] !== undefined && body[name] !== null)
    const [first, second] = given
    if (first !== undefined && second !== undefined && body[first] !== body[second]) {
      throw badField(second, body[second], `is not what its other spelling "${first}" says, ${show(body[first])}`)
    }
    const value = first === undefined ? undefined : body[first]
    if (field.support === 'later' && asksForSomething(value)) {
      throw new RequestError('not_supported', `Cannot read "${first}": not served yet by this version of Cria`, {
        param: first,
      })
    }
    if (field.support !== undefined) continue
    const read = field.read as ((value: unknown) => unknown) | undefined
    values[key] = value === undefined ? (defaults[key] ?? field.default) : read === undefined ? value : read(value)
  }
  return values as ReadBy<T>
}

export function missing(name: string): RequestError {
  return new RequestError('invalid_request', `"${name}" is missing`, { param: name })
}
