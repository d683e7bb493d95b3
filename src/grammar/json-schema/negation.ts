// The opposite of a schema: the ways in which a value can fail to be valid, keyword by keyword.
import { isObject, type Schema, type SchemaObject, type TypeName } from './keyword-table.ts'
import {
  allTypes,
  anyArray,
  anyNumber,
  anyObject,
  anyShape,
  anyString,
  bitsOf,
  type Literal,
  numberBits,
  type Shape,
  typeBits,
} from './shape.ts'
import { canonicalJson } from './values.ts'

export type Failure = {
  readonly parts: readonly Literal[]
  readonly shape?: Shape
  /** The property that must be present for it, with a value that fails. */
  readonly onProperty?: string
}

/**
 * @param schema only with supported keywords and valid values.
 * @param refs the schemas that its references lead to.
 * @returns `missing`: a keyword whose opposite no grammar can express. The others still are ways to
 *   fail.
 */
export function negation(
  schema: SchemaObject,
  refs: readonly Schema[],
): { readonly alternatives: readonly Failure[]; readonly missing: string | undefined } {
  const alternatives: Failure[] = refs.map((ref) => ({ parts: [no(ref)] }))
  let missing: string | undefined
  for (const [keyword, value] of Object.entries(schema)) {
    const failures = failuresOf(keyword, value, schema)
    if (failures === undefined) missing ??= keyword
    else alternatives.push(...failures)
  }
  return { alternatives, missing }
}

function no(schema: Schema): Literal {
  return { schema, isNegated: true }
}

function yes(schema: Schema): Literal {
  return { schema, isNegated: false }
}

function ofType(types: number, part: Partial<Shape>): Failure {
  return { parts: [], shape: { ...anyShape, types, isTyped: true, ...part } }
}

const string = (part: Partial<Shape['string']>) => ofType(typeBits.string, { string: { ...anyString, ...part } })
const number = (part: Partial<Shape['number']>) => ofType(numberBits, { number: { ...anyNumber, ...part } })
const array = (part: Partial<Shape['array']>) => ofType(typeBits.array, { array: { ...anyArray, ...part } })
const object = (part: Partial<Shape['object']>) => ofType(typeBits.object, { object: { ...anyObject, ...part } })

/** @returns undefined for a keyword whose opposite is unknown. */
function failuresOf(keyword: string, value: unknown, schema: SchemaObject): readonly Failure[] | undefined {
  switch (keyword) {
    case '$ref':
    case '$dynamicRef':
    case '$recursiveRef':
    case 'nullable':
    case 'then':
    case 'else':
    case 'minContains':
    case 'maxContains':
      return []
    case 'type': {
      const types = ([value].flat() as TypeName[]).reduce((all, name) => all | bitsOf(name), 0)
      const others = allTypes & ~types & ~(schema.nullable === true ? typeBits.null : 0)
      return others === 0 ? [] : [ofType(others, {})]
    }
    case 'const':
      return [{ parts: [], shape: { ...anyShape, excluded: new Map([[canonicalJson(value), value]]) } }]
    case 'enum': {
      const excluded = new Map((value as readonly unknown[]).map((each) => [canonicalJson(each), each]))
      return [{ parts: [], shape: { ...anyShape, excluded } }]
    }
    case 'allOf':
      return (value as readonly Schema[]).map((part) => ({ parts: [no(part)] }))
    case 'anyOf':
      return [{ parts: (value as readonly Schema[]).map(no) }]
    case 'oneOf':
      return [{ parts: (value as readonly Schema[]).map(no) }] // two that hold would also do
    case 'not':
      return [{ parts: [yes(value as Schema)] }]
    case 'if':
      return [
        ...(schema.then === undefined ? [] : [{ parts: [yes(value as Schema), no(schema.then as Schema)] }]),
        ...(schema.else === undefined ? [] : [{ parts: [no(value as Schema), no(schema.else as Schema)] }]),
      ]
    case 'minLength':
      return (value as number) === 0 ? [] : [string({ max: (value as number) - 1 })]
    case 'maxLength':
      return [string({ min: (value as number) + 1 })]
    case 'pattern':
      return [string({ tests: [{ kind: 'pattern', text: value as string, isNegated: true, at: '' }] })]
    case 'minimum':
      return [number({ max: value as number, isMaxExclusive: schema.exclusiveMinimum !== true })]
    case 'maximum':
      return [number({ min: value as number, isMinExclusive: schema.exclusiveMaximum !== true })]
    case 'exclusiveMinimum':
      return typeof value === 'boolean' ? [] : [number({ max: value as number })]
    case 'exclusiveMaximum':
      return typeof value === 'boolean' ? [] : [number({ min: value as number })]
    case 'minItems':
      return (value as number) === 0 ? [] : [array({ max: (value as number) - 1 })]
    case 'maxItems':
      return [array({ min: (value as number) + 1 })]
    case 'items':
      if (Array.isArray(value) || schema.prefixItems !== undefined) return undefined
      return [array({ contains: [{ item: no(value as Schema), min: 1, max: Number.POSITIVE_INFINITY, at: '' }] })]
    case 'contains':
      if (schema.minContains !== undefined || schema.maxContains !== undefined) return undefined
      return [array({ layers: [{ first: [], rest: { not: value }, scopes: [] }] })]
    case 'required':
      return (value as readonly string[]).map((name) => object({ forbidden: new Set([name]) }))
    case 'properties':
      return Object.entries(value as Readonly<Record<string, Schema>>).map(([name, part]) => ({
        ...object({ required: new Set([name]), also: [{ name, value: no(part) }] }),
        onProperty: name,
      }))
    case 'minProperties':
      return (value as number) === 0 ? [] : [object({ max: (value as number) - 1 })]
    case 'maxProperties':
      return [object({ min: (value as number) + 1 })]
    case 'dependentRequired':
      return Object.entries(value as Readonly<Record<string, readonly string[]>>).flatMap(([name, others]) =>
        others.map((other) => object({ required: new Set([name]), forbidden: new Set([other]) })),
      )
    case 'dependentSchemas':
      return Object.entries(value as Readonly<Record<string, Schema>>).map(([name, part]) => ({
        ...object({ required: new Set([name]) }),
        parts: [no(part)],
      }))
    case 'additionalProperties':
      return value === true || (isObject(value) && Object.keys(value).length === 0) ? [] : undefined
    default:
      return undefined
  }
}
