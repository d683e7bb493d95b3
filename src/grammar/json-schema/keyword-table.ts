// The keywords of JSON Schema, of draft 4 to 2020-12 and OpenAPI 3: the supported ones, and their
// values.

export type Schema = boolean | SchemaObject
export type SchemaObject = { readonly [keyword: string]: unknown }

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'boolean' || isObject(value)
}

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Keywords that do not restrict the valid texts, and are not reported as ignored. */
const annotations: ReadonlySet<string> = new Set([
  ...['title', 'description', 'default', 'example', 'examples', 'deprecated', 'readOnly', 'writeOnly', '$comment'],
  ...['$schema', '$id', 'id', '$anchor', '$dynamicAnchor', '$recursiveAnchor', '$vocabulary', '$defs', 'definitions'],
  ...['components', 'contentMediaType', 'contentSchema', 'discriminator', 'xml', 'externalDocs'],
])

export type Check = { readonly is: (value: unknown) => boolean; readonly rule: string }

const typeNames = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const
export type TypeName = (typeof typeNames)[number]

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0
const count: Check = { is: isCount, rule: 'is not a whole number of 0 or more' }
const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value)
const number: Check = { is: isNumber, rule: 'is not a number' }
const bound: Check = {
  is: (value) => isNumber(value) || typeof value === 'boolean',
  rule: 'is not a number or, as in draft 4, a boolean',
}
const text: Check = { is: (value) => typeof value === 'string', rule: 'is not a string' }
const flag: Check = { is: (value) => typeof value === 'boolean', rule: 'is not a boolean' }
const schema: Check = { is: isSchema, rule: 'is not a schema' }
const isSchemas = (value: unknown) => Array.isArray(value) && value.every(isSchema)
const schemas: Check = { is: isSchemas, rule: 'is not a list of schemas' }
const someSchemas: Check = {
  is: (value) => isSchemas(value) && (value as unknown[]).length > 0,
  rule: 'is not a list of one schema or more',
}
const schemaMap: Check = {
  is: (value) => isObject(value) && Object.values(value).every(isSchema),
  rule: 'is not an object of schemas',
}
const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string')
const names: Check = { is: isNames, rule: 'is not a list of names' }

const checks: Readonly<Record<string, Check>> = {
  type: {
    is: (value) => [value].flat().length > 0 && [value].flat().every((name) => typeNames.includes(name as TypeName)),
    rule: `is not one or more of ${[...typeNames].reverse().join(', ')}`,
  },
  nullable: flag,
  enum: { is: (value) => Array.isArray(value) && value.length > 0, rule: 'is not a list of one value or more' },
  const: { is: () => true, rule: '' },
  $ref: text,
  $dynamicRef: text,
  $recursiveRef: text,
  allOf: someSchemas,
  anyOf: someSchemas,
  oneOf: someSchemas,
  not: schema,
  if: schema,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: schema,
  else: schema,
  properties: schemaMap,
  patternProperties: schemaMap,
  additionalProperties: schema,
  unevaluatedProperties: schema,
  propertyNames: schema,
  required: names,
  minProperties: count,
  maxProperties: count,
  dependentRequired: {
    is: (value) => isObject(value) && Object.values(value).every(isNames),
    rule: 'is not an object of lists of names',
  },
  dependentSchemas: schemaMap,
  dependencies: {
    is: (value) => isObject(value) && Object.values(value).every((each) => isNames(each) || isSchema(each)),
    rule: 'is not an object of schemas or lists of names',
  },
  items: { is: (value) => isSchema(value) || isSchemas(value), rule: 'is not a schema or a list of schemas' },
  prefixItems: schemas,
  additionalItems: schema,
  unevaluatedItems: schema,
  contains: schema,
  minContains: count,
  maxContains: count,
  minItems: count,
  maxItems: count,
  uniqueItems: flag,
  minLength: count,
  maxLength: count,
  pattern: text,
  format: text,
  contentEncoding: text,
  minimum: number,
  maximum: number,
  exclusiveMinimum: bound,
  exclusiveMaximum: bound,
  multipleOf: { is: (value) => isNumber(value) && (value as number) > 0, rule: 'is not a number greater than 0' },
}

export const followedKeywords: readonly string[] = Object.keys(checks)

/**
 * The types that a keyword applies to: a schema with the keyword and without `type` is taken to
 * mean them.
 */
export const typesSpokenOf: Readonly<Record<string, TypeName>> = Object.fromEntries(
  Object.entries({
    object:
      'properties patternProperties additionalProperties unevaluatedProperties propertyNames required minProperties maxProperties dependentRequired dependentSchemas dependencies',
    array: 'items prefixItems additionalItems unevaluatedItems contains minItems maxItems uniqueItems',
    string: 'minLength maxLength pattern format contentEncoding',
    number: 'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf',
  }).flatMap(([type, keywords]) => keywords.split(' ').map((keyword) => [keyword, type as TypeName])),
)

export type KeywordFault = {
  readonly keyword: string
  readonly kind: 'unknown' | 'malformed'
  readonly message: string
}

/**
 * The keywords of one schema, not of those inside it, that are unknown or have an invalid value.
 */
export function keywordFaults(schema: SchemaObject): KeywordFault[] {
  return Object.entries(schema).flatMap(([keyword, value]): KeywordFault[] => {
    const check = Object.hasOwn(checks, keyword) ? checks[keyword] : undefined
    if (check === undefined) {
      const isSilent = annotations.has(keyword) || keyword.startsWith('x-')
      return isSilent ? [] : [{ keyword, kind: 'unknown', message: 'is not a keyword that is known' }]
    }
    if (check.is(value)) return []
    return [{ keyword, kind: 'malformed', message: `${shown(value)} ${check.rule}` }]
  })
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value)
  return json.length > 80 ? `${json.slice(0, 80)}…` : json
}
