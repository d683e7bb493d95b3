// The names that the properties of an object may have: named ones, and classes of others that are
// treated alike.
import type { Context } from './context.ts'
import type { Schema } from './keyword-table.ts'
import { TooMuch, Unsatisfiable } from './problem.ts'
import { anyString, type Literal, type ObjectShape, type Shape, type StringShape, typeBits } from './shape.ts'

/** Names that are treated alike, and the schemas of their values. */
export type KeyClass = {
  readonly key: StringShape
  /** Names outside the class. */
  readonly excluded: readonly string[]
  readonly literals: readonly Literal[]
}

/** The maximum number of patterns: each doubles the classes. */
const maxPatterns = 6

/**
 * @returns the names that can be written out, and whether others are allowed beside them.
 * @throws Unsatisfiable when the name of a required property is not allowed.
 */
export function namedKeys(
  shape: ObjectShape,
  context: Context,
  at: string,
): { readonly named: readonly string[]; readonly isOpen: boolean } {
  const names = new Set(shape.layers.flatMap(({ properties }) => Object.keys(properties)))
  for (const name of shape.required) names.add(name)
  for (const { name } of shape.also) names.add(name)
  const isDescribed = shape.layers.some(({ patterns, others }) => patterns.length > 0 || others !== undefined)
  const isOpen =
    isDescribed ||
    names.size === 0 ||
    shape.min > names.size ||
    shape.unevaluated.some(({ schema }) => schema !== false)
  if (shape.names.length === 0) return { named: [...names], isOpen }
  const allowed = stringShapes(shape.names, context)
  const isListed = allowed.every(({ values }) => values !== undefined)
  for (const { values } of allowed) for (const value of values?.values() ?? []) names.add(value as string)
  const isAllowed = (name: string) => shape.names.every((literal) => context.validator.isValid(name, literal))
  for (const name of names) {
    if (isAllowed(name)) continue
    names.delete(name)
    if (shape.required.has(name))
      throw new Unsatisfiable(at, `the name of the property ${JSON.stringify(name)} is not allowed`)
  }
  return { named: [...names], isOpen: !isListed }
}

/**
 * The names that are not written out, by the patterns they match.
 * @param isGeneric whether no single property is described.
 */
export function keyClasses(shape: ObjectShape, isGeneric: boolean, context: Context, at: string): readonly KeyClass[] {
  const bases =
    shape.names.length === 0
      ? [{ key: anyString, excluded: [] }]
      : stringShapes(shape.names, context).flatMap(({ values, string, excluded }) =>
          values === undefined ? [{ key: string, excluded: [...excluded.values()].filter(isString) }] : [],
        )
  const patterns = new Map(shape.layers.flatMap((layer) => layer.patterns.map((each) => [each.pattern, each.at])))
  if (patterns.size > maxPatterns) {
    throw new TooMuch(at, `names cannot be distinguished by more than ${maxPatterns} patterns`)
  }
  const all = [...patterns]
  const classes: KeyClass[] = []
  for (let bits = 2 ** all.length - 1; bits >= 0; bits--) {
    const isMet = (pattern: string) => (bits & (1 << all.findIndex(([each]) => each === pattern))) !== 0
    const literals = literalsOf(shape, isMet, isGeneric)
    if (literals === undefined) continue
    const tests = all.map(([text, place]) => ({ kind: 'pattern' as const, text, isNegated: !isMet(text), at: place }))
    for (const { key, excluded } of bases) {
      classes.push({ key: { ...key, tests: [...key.tests, ...tests] }, excluded, literals })
    }
  }
  return classes
}

/**
 * @returns undefined when such properties are not written: they are not described, or not allowed.
 */
function literalsOf(
  shape: ObjectShape,
  isMet: (pattern: string) => boolean,
  isGeneric: boolean,
): readonly Literal[] | undefined {
  const parts: Schema[] = []
  const evaluated = new Set<object>()
  let isDescribed = shape.names.length > 0 || shape.min > 0 || (isGeneric && shape.layers.every(isSilent))
  for (const { patterns, others, scopes } of shape.layers) {
    const met = patterns.filter(({ pattern }) => isMet(pattern)).map(({ schema }) => schema)
    if (met.length === 0 && others !== undefined) met.push(others)
    if (met.length === 0) continue
    isDescribed = true
    parts.push(...met)
    for (const scope of scopes) evaluated.add(scope)
  }
  for (const { scope, schema } of shape.unevaluated) {
    if (evaluated.has(scope)) continue
    parts.push(schema)
    isDescribed ||= schema !== false
  }
  if (!isDescribed || parts.includes(false)) return undefined
  return parts.map((schema) => ({ schema, isNegated: false }))
}

function isSilent({ patterns, others }: ObjectShape['layers'][number]): boolean {
  return patterns.length === 0 && others === undefined
}

function stringShapes(literals: readonly Literal[], { alternatives }: Context): readonly Shape[] {
  const { shapes } = alternatives.expand(literals)
  return shapes
    .filter(({ types }) => (types & typeBits.string) !== 0)
    .map((shape) => ({ ...shape, values: onlyStrings(shape.values) }))
}

function onlyStrings(values: Shape['values']): Shape['values'] {
  return values === undefined ? undefined : new Map([...values].filter(([, value]) => isString(value)))
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
