// A JSON schema as plain data: its keywords, where its parts stand, and how references are found.
import { SchemaError } from './problem.ts'

export type Schema = boolean | SchemaObject
export type SchemaObject = { readonly [keyword: string]: unknown }

/** Keywords that say nothing about which texts are valid. */
const annotations: readonly string[] = [
  ...['title', 'description', 'default', 'example', 'examples', 'deprecated', 'readOnly', 'writeOnly', '$comment'],
  ...['$schema', '$id', 'id', '$defs', 'definitions', 'contentEncoding', 'contentMediaType', 'discriminator'],
]

const served: readonly string[] = [
  ...['type', 'enum', 'const', '$ref', 'allOf', 'anyOf', 'oneOf'],
  ...['properties', 'required', 'additionalProperties', 'unevaluatedProperties', 'minProperties', 'maxProperties'],
  ...['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems'],
  ...['minLength', 'maxLength', 'pattern', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
]

const typeNames: readonly string[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

type Check = { readonly is: (value: unknown) => boolean; readonly rule: string }
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
const count: Check = { is: isCount, rule: 'is not a whole number of 0 or more' }
const aNumber: Check = { is: (value) => typeof value === 'number' && Number.isFinite(value), rule: 'is not a number' }
const text: Check = { is: (value) => typeof value === 'string', rule: 'is not a string' }
const schema: Check = { is: isSchema, rule: 'is not a schema' }
const schemas: Check = {
  is: (value) => Array.isArray(value) && value.every(isSchema),
  rule: 'is not a list of schemas',
}
const someSchemas: Check = {
  is: (value) => schemas.is(value) && (value as unknown[]).length > 0,
  rule: 'is not a list of one schema or more',
}
const names: Check = {
  is: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  rule: 'is not a list of names',
}
const checks: Readonly<Record<string, Check>> = {
  type: {
    is: (value) => [value].flat().length > 0 && [value].flat().every((name) => typeNames.includes(name as string)),
    rule: `is not one or more of ${typeNames.join(', ')}`,
  },
  enum: { is: (value) => Array.isArray(value) && value.length > 0, rule: 'is not a list of one value or more' },
  $ref: text,
  allOf: someSchemas,
  anyOf: someSchemas,
  oneOf: someSchemas,
  properties: {
    is: (value) => isObject(value) && Object.values(value).every(isSchema),
    rule: 'is not an object of schemas',
  },
  required: names,
  additionalProperties: schema,
  unevaluatedProperties: { is: (value) => value === false, rule: 'is only served as false' },
  minProperties: count,
  maxProperties: count,
  items: { is: (value) => isSchema(value) || schemas.is(value), rule: 'is not a schema or a list of schemas' },
  prefixItems: schemas,
  additionalItems: schema,
  minItems: count,
  maxItems: count,
  minLength: count,
  maxLength: count,
  pattern: text,
  format: text,
  minimum: aNumber,
  maximum: aNumber,
  exclusiveMinimum: aNumber,
  exclusiveMaximum: aNumber,
  multipleOf: { is: (value) => aNumber.is(value) && (value as number) > 0, rule: 'is not a number greater than 0' },
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'boolean' || isObject(value)
}

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where each object of a schema stands, as a JSON pointer with `#` before it. */
export class Pointers {
  readonly #pointers = new WeakMap<object, string>()

  constructor(root: unknown) {
    this.#add(root, '#')
  }

  #add(value: unknown, pointer: string): void {
    if (typeof value !== 'object' || value === null || this.#pointers.has(value)) return
    this.#pointers.set(value, pointer)
    for (const [key, child] of Object.entries(value)) this.#add(child, `${pointer}/${escapeToken(key)}`)
  }

  of(schema: object): string {
    return this.#pointers.get(schema) ?? '#'
  }

  /** A schema that was made of others stands where the first of them does. */
  inherit<T extends object>(made: T, from: object): T {
    this.#pointers.set(made, this.of(from))
    return made
  }
}

function escapeToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** @throws SchemaError for a keyword that cannot be served, or whose value is not what it must be. */
export function checkKeywords(schema: SchemaObject, pointer: string): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (annotations.includes(keyword) || keyword.startsWith('x-')) continue
    const at = `${pointer}/${escapeToken(keyword)}`
    if (!served.includes(keyword)) {
      if (keyword === 'uniqueItems' && value === false) continue
      throw new SchemaError(at, 'no grammar can follow this keyword')
    }
    const check = checks[keyword]
    if (check !== undefined && !check.is(value)) throw new SchemaError(at, `${JSON.stringify(value)} ${check.rule}`)
  }
}

/** @throws SchemaError when it points to no schema of this document. */
export function lookUp(root: unknown, ref: string, pointer: string): Schema {
  const at = `${pointer}/$ref`
  if (ref !== '#' && !ref.startsWith('#/')) {
    throw new SchemaError(at, `${JSON.stringify(ref)} is not in this schema; only references like "#/$defs/name" are`)
  }
  let value = root
  for (const token of ref.split('/').slice(1)) {
    const key = decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')
    const holder = value
    value = undefined
    if (typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key)) {
      value = (holder as Record<string, unknown>)[key]
    }
  }
  if (!isSchema(value)) throw new SchemaError(at, `there is no schema at ${JSON.stringify(ref)}`)
  return value
}

/** Without what says nothing. */
export function withoutAnnotations(schema: SchemaObject): SchemaObject {
  return Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !annotations.includes(keyword) && !keyword.startsWith('x-')),
  )
}
