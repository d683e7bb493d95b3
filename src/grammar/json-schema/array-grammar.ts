// Turns the shape of an array into its grammar: first the items with a place of their own, then
// those that are alike.
import type { Context } from './context.ts'
import { literal, repeated } from './gbnf-text.ts'
import type { Schema } from './keyword-table.ts'
import { TooMuch, Unsatisfiable } from './problem.ts'
import { type Count, row } from './sequences.ts'
import { type ArrayShape, anyArray, type Contains, type Literal } from './shape.ts'

/**
 * No model writes more items than this: a larger maximum has no effect, and a larger minimum is
 * refused.
 */
const maxItems = 10_000

/** Up to so many values are written in every order; more are written in the order of the schema. */
const maxShuffled = 5

/** The maximum number of rules of one array that counts its items. */
const maxStates = 4_000

/**
 * @returns an expression.
 * @throws Unsatisfiable, SchemaError
 */
export function arrayGrammar(shape: ArrayShape, context: Context, at: string): string {
  if (shape === anyArray) return 'array'
  if (shape.min > maxItems) {
    context.policy.fail(`${at}/minItems`, `${shape.min} is more than the ${maxItems} items that a grammar may ask for`)
  }
  const count = {
    min: Math.min(shape.min, maxItems),
    max: shape.max > maxItems ? Number.POSITIVE_INFINITY : shape.max,
  }
  const nFirst = Math.min(count.max, Math.max(0, ...shape.layers.map(({ first }) => first.length)))
  const inner =
    shape.contains.length > 0
      ? containing(shape, count, nFirst, context, at)
      : shape.uniqueAt !== undefined && count.max > 1
        ? unique(shape, count, nFirst, context, at)
        : plain(shape, count, nFirst, context, at)
  return `"[" space ${inner === '' ? '' : `${inner} `}"]"`
}

/** The schemas that the item at a place must meet; undefined where there are none. */
function literalsAt(shape: ArrayShape, i: number): readonly Literal[] | undefined {
  const parts: Schema[] = []
  const evaluated = new Set<object>()
  for (const { first, rest, scopes } of shape.layers) {
    const part = i < first.length ? first[i]! : rest
    if (part === undefined) continue
    parts.push(part)
    for (const scope of scopes) evaluated.add(scope)
  }
  for (const { scope, schema } of shape.unevaluated) if (!evaluated.has(scope)) parts.push(schema)
  return parts.length === 0 ? undefined : parts.map((schema) => ({ schema, isNegated: false }))
}

function plain(shape: ArrayShape, { min, max }: Count, nFirst: number, context: Context, at: string): string {
  const first: string[] = []
  for (let i = 0; i < nFirst; i++) {
    try {
      first.push(context.item(literalsAt(shape, i) ?? [], `item-${i}`))
    } catch (error) {
      if (!(error instanceof Unsatisfiable) || i < min) throw error
      max = i
      break
    }
  }
  let more: string | undefined
  const literals = literalsAt(shape, Number.MAX_SAFE_INTEGER)
  if (max > first.length && (literals !== undefined || first.length === 0 || min > first.length)) {
    try {
      more = context.item(literals ?? [], 'item')
    } catch (error) {
      if (!(error instanceof Unsatisfiable) || min > first.length) throw error
    }
  }
  if (min > first.length && more === undefined) throw new Unsatisfiable(at, 'it cannot have that many items')
  const members = first.map((item) => ({ item, isRequired: true }))
  const least = Math.max(0, min - first.length)
  const most = more === undefined ? 0 : max - first.length
  const add = (body: string) => context.rules.item(body, 'items')
  if (members.length > 0) {
    const start = members.map(({ item }) => `${item} space`).join(' "," space ')
    const rest = most === 0 ? '' : repeated(`("," space ${more} space)`, least, most, add)
    return `${start} ${rest}`.trimEnd()
  }
  if (most === 0) return ''
  const rest = repeated(`("," space ${more} space)`, Math.max(0, least - 1), most - 1, add)
  const all = `${more} space ${rest === '""' ? '' : rest}`.trimEnd()
  return least === 0 ? `(${all})?` : all
}

/**
 * Different items: all orders of a few values, one order of more; for anything else no grammar can
 * require that they differ.
 */
function unique(shape: ArrayShape, count: Count, nFirst: number, context: Context, at: string): string {
  const literals = literalsAt(shape, 0) ?? []
  const values = nFirst > 0 ? undefined : finiteValues(literals, context)
  if (values === undefined) {
    context.policy.fail(shape.uniqueAt!, 'no grammar can compare the items of an array, unless they are of an enum')
    return plain(shape, count, nFirst, context, at)
  }
  if (values.length < count.min) throw new Unsatisfiable(at, `only ${values.length} different items are valid`)
  const items = values.map((value) => literal(JSON.stringify(value)))
  if (values.length > maxShuffled) {
    const members = items.map((item) => ({ item, isRequired: false }))
    return row(members, undefined, count, context.rules) ?? ''
  }
  const known = new Map<number, string>()
  const after = (used: number, n: number): string => {
    const name = known.get(used)
    if (name !== undefined) return name
    const alternatives = n >= count.min ? ['""'] : []
    for (const [i, item] of items.entries()) {
      if ((used & (1 << i)) !== 0 || n >= count.max) continue
      const rest = after(used | (1 << i), n + 1)
      alternatives.push(`${n > 0 ? '"," space ' : ''}${item} space ${rest === '""' ? '' : rest}`.trimEnd())
    }
    const rule = context.rules.item(alternatives.join(' | '), 'others')
    known.set(used, rule)
    return rule
  }
  return after(0, 0)
}

function finiteValues(literals: readonly Literal[], context: Context): readonly unknown[] | undefined {
  const { shapes } = context.alternatives.expand(literals)
  const all = new Map<string, unknown>()
  for (const { values, types } of shapes) {
    const own = values ?? valuesOfTypes(types)
    if (own === undefined) return undefined
    for (const [text, value] of own) all.set(text, value)
  }
  return [...all.values()].filter((value) => literals.every((literal) => context.validator.isValid(value, literal)))
}

/** The values of null and booleans. */
function valuesOfTypes(types: number): ReadonlyMap<string, unknown> | undefined {
  if ((types & ~3) !== 0) return undefined
  const all: (readonly [string, unknown])[] = [
    ...((types & 1) === 0 ? [] : [['null', null] as const]),
    ...((types & 2) === 0
      ? []
      : ([
          ['true', true],
          ['false', false],
        ] as const)),
  ]
  return new Map(all)
}

/**
 * Items with a minimum number that meets a further schema: rules count the items so far, and those
 * that meet it.
 */
function containing(shape: ArrayShape, { min, max }: Count, nFirst: number, context: Context, at: string): string {
  const [wanted, ...others] = shape.contains as readonly [Contains, ...Contains[]]
  if (others.length > 0) context.policy.fail(others[0]!.at, 'no grammar can follow two of this keyword')
  if (shape.uniqueAt !== undefined) context.policy.fail(shape.uniqueAt, 'no grammar can follow this beside contains')
  const hasMax = wanted.max !== Number.POSITIVE_INFINITY
  const lastPlace = max === Number.POSITIVE_INFINITY ? Math.max(nFirst, min, 1) : max
  const lastFound = hasMax ? wanted.max : wanted.min
  if ((lastPlace + 1) * (lastFound + 1) > maxStates) {
    throw new TooMuch(wanted.at, `counting its items takes more than ${maxStates} rules`)
  }
  const tryItem = (literals: readonly Literal[]): string | undefined => {
    try {
      return context.item(literals, 'item')
    } catch (error) {
      if (!(error instanceof Unsatisfiable)) throw error
      return undefined
    }
  }
  const known = new Map<number, string | undefined>()
  const from = (place: number, found: number): string | undefined => {
    const key = place * (lastFound + 1) + found
    if (known.has(key)) return known.get(key)
    const name = context.rules.reserve('contains')
    known.set(key, name)
    const alternatives: string[] = place >= min && found >= wanted.min ? ['""'] : []
    const loops: string[] = []
    const add = (literals: readonly Literal[], nFound: number) => {
      const item = tryItem(literals)
      if (item === undefined) return
      const next = Math.min(place + 1, lastPlace)
      const isLoop = next === place && nFound === found
      const rest = isLoop ? name : from(next, nFound)
      if (rest !== undefined)
        (isLoop ? loops : alternatives).push(`${place > 0 ? '"," space ' : ''}${item} space ${rest}`)
    }
    if (place < max) {
      const literals = literalsAt(shape, place) ?? []
      if (found < lastFound) add([...literals, wanted.item], found + 1)
      if (hasMax) add([...literals, { ...wanted.item, isNegated: !wanted.item.isNegated }], found)
      else add(literals, found)
    }
    // a way around that never ends is not an alternative
    if (alternatives.length === 0) known.set(key, undefined)
    context.rules.set(name, [...alternatives, ...loops].join(' | ') || '""')
    return alternatives.length === 0 ? undefined : name
  }
  const start = from(0, 0)
  if (start === undefined) throw new Unsatisfiable(at, 'no array can contain the required items')
  return start
}
