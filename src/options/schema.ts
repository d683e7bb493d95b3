// JSON Schemas that know the type of their values: each builder makes both, so they always agree.

/** A JSON Schema whose valid values have the type T. Made by the builders below. */
export type Schema<T> = { readonly [keyword: string]: unknown; readonly __value?: T }

/** The type of a schema's valid values. */
export type ValueOf<S> = S extends Schema<infer T> ? T : never

/** The largest numbers that the engine, which has 32-bit floats and integers, takes unchanged. */
const largestFloat = 1e30
const largestInteger = 2 ** 31 - 1

export const anything: Schema<unknown> = {}
export const string: Schema<string> = { type: 'string' }
export const boolean: Schema<boolean> = { type: 'boolean' }

export function number(min = -largestFloat, max = largestFloat): Schema<number> {
  return { type: 'number', minimum: min, maximum: max }
}

export function positive(max = largestFloat): Schema<number> {
  return { type: 'number', exclusiveMinimum: 0, maximum: max }
}

export function integer(min = -largestInteger, max = largestInteger): Schema<number> {
  return { type: 'integer', minimum: min, maximum: max }
}

/** Integers of any size, for ids that are looked up. */
export const anyInteger: Schema<number> = { type: 'integer' }

export function oneOf<const T extends readonly (string | number | boolean)[]>(...values: T): Schema<T[number]> {
  return { enum: values }
}

export function array<T>(
  items: Schema<T>,
  more: { readonly minItems?: number; readonly maxItems?: number; readonly uniqueItems?: boolean } = {},
): Schema<readonly T[]> {
  return { type: 'array', ...more, items }
}

/** An array of exactly these elements. */
export function tuple<const T extends readonly Schema<unknown>[]>(
  ...items: T
): Schema<{ readonly [K in keyof T]: ValueOf<T[K]> }> {
  return { type: 'array', minItems: items.length, maxItems: items.length, items }
}

/** An object with any names, whose values all match. */
export function record<T>(values: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return { type: 'object', additionalProperties: values }
}

/** An object with unknown contents. */
export const anyObject: Schema<Readonly<Record<string, unknown>>> = { type: 'object' }

type Properties = Readonly<Record<string, Schema<unknown>>>
type Simplify<T> = { readonly [K in keyof T]: T[K] }
type ObjectOf<P extends Properties, R extends keyof P> = Simplify<
  { readonly [K in R]: ValueOf<P[K]> } & { readonly [K in Exclude<keyof P, R>]?: ValueOf<P[K]> }
>

/** An object with these properties and no others. */
export function object<P extends Properties, const R extends keyof P & string = never>(
  properties: P,
  required: readonly R[] = [],
): Schema<ObjectOf<P, R>> {
  return { type: 'object', properties, required, additionalProperties: false }
}

/** An object with these properties, and possibly others. */
export function openObject<P extends Properties, const R extends keyof P & string = never>(
  properties: P,
  required: readonly R[] = [],
): Schema<ObjectOf<P, R> & { readonly [other: string]: unknown }> {
  return { type: 'object', properties, required }
}

export function anyOf<const S extends readonly Schema<unknown>[]>(...schemas: S): Schema<ValueOf<S[number]>> {
  return { anyOf: schemas }
}

/** @param rule the rule that a wrong value breaks, as the end of a sentence: "is not a string". */
export function described<T>(rule: string, schema: Schema<T>): Schema<T> {
  return { ...schema, description: rule }
}

/** The same schema, or null. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  if (Array.isArray(schema.enum)) return { ...schema, enum: [...schema.enum, null] }
  if (Array.isArray(schema.anyOf)) return { ...schema, anyOf: [{ type: 'null' }, ...schema.anyOf] }
  if (schema.type !== undefined) return { ...schema, type: [schema.type, 'null'].flat() }
  return schema
}
