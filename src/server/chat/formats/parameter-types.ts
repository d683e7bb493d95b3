// The JSON types of a tool's parameter, by its schema: formats that write values unquoted do not
// show them.
type Schema = Readonly<Record<string, unknown>>
export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'

const all: readonly JsonType[] = ['string', 'number', 'boolean', 'null', 'object', 'array']

/** @param parameters the tool's schema. @returns every type if the schema names none. */
export function parameterTypes(parameters: unknown, name: string): readonly JsonType[] {
  const root = asSchema(parameters)
  const properties = asSchema(root?.properties)
  if (root === undefined || properties === undefined || !Object.hasOwn(properties, name)) return all
  return typesOf(properties[name], root, 0)
}

/**
 * An unquoted value → JSON text.
 * @param types the types that the schema allows; a text that is JSON of another type is a string.
 */
export function valueToJson(text: string, types: readonly JsonType[]): string {
  const trimmed = text.trim()
  const value = parseJson(trimmed)
  const isOther = value !== undefined && (typeOf(value) !== 'string' || !types.includes('string'))
  if (isOther && types.includes(typeOf(value))) return trimmed
  const word = { True: 'true', False: 'false', None: 'null' }[trimmed] // Python's spelling
  if (word !== undefined && !types.includes('string') && types.includes(typeOf(JSON.parse(word)))) return word
  return JSON.stringify(text)
}

function typesOf(given: unknown, root: Schema, depth: number): readonly JsonType[] {
  const schema = asSchema(given)
  if (schema === undefined || depth > 16) return all
  if (typeof schema.$ref === 'string') return typesOf(target(schema.$ref, root), root, depth + 1)
  if ('const' in schema) return [typeOf(schema.const)]
  if (Array.isArray(schema.enum)) return schema.enum.map(typeOf)
  if (typeof schema.type === 'string') return named(schema.type)
  if (Array.isArray(schema.type)) return schema.type.flatMap(named)
  for (const key of ['anyOf', 'oneOf'] as const) {
    const branches = schema[key]
    if (Array.isArray(branches)) return branches.flatMap((branch) => typesOf(branch, root, depth + 1))
  }
  return all
}

function named(type: unknown): readonly JsonType[] {
  if (type === 'integer') return ['number']
  return all.filter((name) => name === type)
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value as JsonType
}

function target(reference: string, root: Schema): unknown {
  if (!reference.startsWith('#/')) return undefined
  const keys = reference.slice(2).split('/')
  return keys.reduce<unknown>((at, key) => {
    const schema = asSchema(at)
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~')
    return schema !== undefined && Object.hasOwn(schema, name) ? schema[name] : undefined
  }, root)
}

function asSchema(value: unknown): Schema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
