// Turns the keywords of one schema that restrict a value by themselves into a shape.
import { isObject, type Schema, type SchemaObject, type TypeName, typesSpokenOf } from './keyword-table.ts'
import {
  allTypes,
  anyArray,
  anyNumber,
  anyObject,
  anyShape,
  anyString,
  bitsOf,
  type Shape,
  type StringTest,
  typeBits,
} from './shape.ts'
import { canonicalJson } from './values.ts'

/**
 * @param pointerTo gives the place of a keyword of the schema.
 * @param scopes of unevaluated items and properties around the schema, itself included.
 */
export function shapeOf(
  schema: SchemaObject,
  pointerTo: (keyword: string) => string,
  scopes: readonly object[],
): Shape {
  const has = (...keywords: readonly string[]) => keywords.some((keyword) => schema[keyword] !== undefined)
  return {
    ...anyShape,
    types: typesOf(schema),
    isTyped: schema.type !== undefined,
    spokenOf: Object.keys(schema).reduce((bits, keyword) => {
      const type = Object.hasOwn(typesSpokenOf, keyword) ? typesSpokenOf[keyword] : undefined
      return type === undefined ? bits : bits | bitsOf(type)
    }, 0),
    values: valuesOf(schema),
    number: has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format')
      ? numberOf(schema, pointerTo)
      : anyNumber,
    string: has('minLength', 'maxLength', 'pattern', 'format', 'contentEncoding')
      ? {
          min: (schema.minLength as number | undefined) ?? 0,
          max: (schema.maxLength as number | undefined) ?? Number.POSITIVE_INFINITY,
          tests: testsOf(schema, pointerTo),
        }
      : anyString,
    array: arrayOf(schema, pointerTo, scopes),
    object: objectOf(schema, pointerTo, scopes),
  }
}

function typesOf({ type, nullable }: SchemaObject): number {
  if (type === undefined) return allTypes
  const bits = ([type].flat() as TypeName[]).reduce((all, name) => all | bitsOf(name), 0)
  return nullable === true ? bits | typeBits.null : bits
}

function valuesOf(schema: SchemaObject): ReadonlyMap<string, unknown> | undefined {
  const { enum: values } = schema
  const hasConst = Object.hasOwn(schema, 'const')
  if (values === undefined && !hasConst) return undefined
  const all = values === undefined ? [schema.const] : (values as readonly unknown[])
  const byText = new Map(all.map((value) => [canonicalJson(value), value]))
  if (values === undefined || !hasConst) return byText
  const text = canonicalJson(schema.const)
  return new Map(byText.has(text) ? [[text, schema.const]] : [])
}

/** Bounds as numbers; in draft 4 `exclusiveMinimum` says how to read `minimum`. */
function numberOf(schema: SchemaObject, pointerTo: (keyword: string) => string): Shape['number'] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const ofFormat = schema.format === 'int32' ? { min: -(2 ** 31), max: 2 ** 31 - 1 } : {}
  const least = tighter(minimum as number | undefined, ofFormat.min, Math.max)
  const most = tighter(maximum as number | undefined, ofFormat.max, Math.min)
  const min = edge(least, exclusiveMinimum as number | boolean | undefined, Math.max)
  const max = edge(most, exclusiveMaximum as number | boolean | undefined, Math.min)
  return {
    min: min.at,
    isMinExclusive: min.isExclusive,
    max: max.at,
    isMaxExclusive: max.isExclusive,
    multiples: multipleOf === undefined ? [] : [{ of: multipleOf as number, at: pointerTo('multipleOf') }],
  }
}

function tighter(
  a: number | undefined,
  b: number | undefined,
  choose: (a: number, b: number) => number,
): number | undefined {
  return a === undefined ? b : b === undefined ? a : choose(a, b)
}

function edge(
  inclusive: number | undefined,
  exclusive: number | boolean | undefined,
  choose: (a: number, b: number) => number,
): { at: number | undefined; isExclusive: boolean } {
  if (typeof exclusive !== 'number') return { at: inclusive, isExclusive: exclusive === true }
  const isExclusive = inclusive === undefined || choose(inclusive, exclusive) === exclusive
  return { at: isExclusive ? exclusive : inclusive, isExclusive }
}

function testsOf(schema: SchemaObject, pointerTo: (keyword: string) => string): StringTest[] {
  const tests: StringTest[] = []
  const add = (kind: StringTest['kind'], keyword: string) => {
    const text = schema[keyword]
    if (text !== undefined) tests.push({ kind, text: text as string, isNegated: false, at: pointerTo(keyword) })
  }
  add('pattern', 'pattern')
  add('format', 'format')
  add('format', 'contentEncoding')
  return tests
}

function arrayOf(
  schema: SchemaObject,
  pointerTo: (keyword: string) => string,
  scopes: readonly object[],
): Shape['array'] {
  const { items, prefixItems, additionalItems, contains, minContains, maxContains, unevaluatedItems } = schema
  const { minItems, maxItems, uniqueItems } = schema
  const all = [items, prefixItems, contains, minItems, maxItems, uniqueItems, additionalItems, unevaluatedItems]
  if (all.every((value) => value === undefined)) return anyArray
  const isTuple = Array.isArray(items)
  const first = ((isTuple ? items : prefixItems) ?? []) as readonly Schema[]
  const rest = (isTuple ? additionalItems : items) as Schema | undefined
  return {
    min: (minItems as number | undefined) ?? 0,
    max: (maxItems as number | undefined) ?? Number.POSITIVE_INFINITY,
    layers: first.length === 0 && rest === undefined ? [] : [{ first, rest, scopes }],
    contains:
      contains === undefined || (minContains === 0 && maxContains === undefined)
        ? []
        : [
            {
              item: { schema: contains as Schema, isNegated: false },
              min: (minContains as number | undefined) ?? 1,
              max: (maxContains as number | undefined) ?? Number.POSITIVE_INFINITY,
              at: pointerTo('contains'),
            },
          ],
    uniqueAt: uniqueItems === true ? pointerTo('uniqueItems') : undefined,
    unevaluated: unevaluatedItems === undefined ? [] : [{ scope: schema, schema: unevaluatedItems as Schema }],
  }
}

function objectOf(
  schema: SchemaObject,
  pointerTo: (keyword: string) => string,
  scopes: readonly object[],
): Shape['object'] {
  const { properties, patternProperties, additionalProperties, propertyNames, unevaluatedProperties } = schema
  const { required, minProperties, maxProperties } = schema
  const layer = [properties, patternProperties, additionalProperties]
  const all = [...layer, propertyNames, unevaluatedProperties, required, minProperties, maxProperties]
  if (all.every((value) => value === undefined)) return anyObject
  const patterns = isObject(patternProperties) ? Object.entries(patternProperties) : []
  return {
    min: (minProperties as number | undefined) ?? 0,
    max: (maxProperties as number | undefined) ?? Number.POSITIVE_INFINITY,
    layers: layer.every((value) => value === undefined)
      ? []
      : [
          {
            properties: (properties ?? {}) as Readonly<Record<string, Schema>>,
            patterns: patterns.map(([pattern, value]) => ({
              pattern,
              schema: value as Schema,
              at: pointerTo('patternProperties'),
            })),
            others: additionalProperties as Schema | undefined,
            scopes,
          },
        ],
    required: new Set(required as readonly string[] | undefined),
    forbidden: new Set(),
    also: [],
    names: propertyNames === undefined ? [] : [{ schema: propertyNames as Schema, isNegated: false }],
    unevaluated:
      unevaluatedProperties === undefined ? [] : [{ scope: schema, schema: unevaluatedProperties as Schema }],
    countsAt:
      minProperties === undefined && maxProperties === undefined
        ? ''
        : pointerTo(minProperties === undefined ? 'maxProperties' : 'minProperties'),
  }
}
