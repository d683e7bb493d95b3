// Turns the shape of an object into its grammar: named members in the order of the schema, then
// those with free names.
import type { Context } from './context.ts'
import { either, literal } from './gbnf-text.ts'
import type { Schema } from './keyword-table.ts'
import { type KeyClass, keyClasses, namedKeys } from './object-keys.ts'
import { Unsatisfiable } from './problem.ts'
import { type Count, type Member, row } from './sequences.ts'
import { anyObject, type Literal, type ObjectShape, type StringTest } from './shape.ts'

/** No model writes more members than this: a larger maximum has no effect. */
const maxMembers = 2_000

/**
 * @returns an expression.
 * @throws Unsatisfiable, SchemaError
 */
export function objectGrammar(shape: ObjectShape, context: Context, at: string): string {
  if (shape === anyObject) return 'object'
  const { named, isOpen } = namedKeys(shape, context, at)
  const members = inOrder(named, context.order).flatMap((name) => {
    const isRequired = shape.required.has(name)
    try {
      const value = context.item(mustMeet(shape, name, context, at), name)
      const body = `${literal(JSON.stringify(name))} space ":" space ${value}`
      return [{ item: context.rules.item(body, `${name}-member`), isRequired }]
    } catch (error) {
      if (!(error instanceof Unsatisfiable) || isRequired) throw error
      return []
    }
  })
  const classes = isOpen ? keyClasses(shape, named.length === 0, context, at) : []
  const others = (tests: readonly StringTest[]) =>
    otherMembers(classes, tests, [...named, ...shape.forbidden], context, at)
  const count: Count = { min: shape.min, max: shape.max > maxMembers ? Number.POSITIVE_INFINITY : shape.max }
  const more = others([])
  if (more === 'member' && members.length === 0 && count.min === 0 && count.max === Number.POSITIVE_INFINITY) {
    return 'object'
  }
  const nDistinct = count.min - members.filter(({ isRequired }) => isRequired).length
  const inner =
    more !== undefined && nDistinct > 1 && count.min > members.length
      ? distinctRow(members, others, more, { nDistinct, count }, context, shape.countsAt || at)
      : row(members, more, count, context.rules)
  if (inner === undefined) throw new Unsatisfiable(at, 'it cannot have that many properties')
  return `"{" space ${inner === '' || inner === '""' ? '' : `${inner} `}"}"`
}

/**
 * The schemas that the value of a property must meet. @throws Unsatisfiable when the property is
 * forbidden.
 */
function mustMeet(shape: ObjectShape, name: string, { strings }: Context, at: string): readonly Literal[] {
  const result: Literal[] = []
  const evaluated = new Set<object>()
  for (const { properties, patterns, others, scopes } of shape.layers) {
    const parts: Schema[] = Object.hasOwn(properties, name) ? [properties[name]!] : []
    for (const { pattern, schema, at: place } of patterns) {
      const test = { kind: 'pattern', text: pattern, isNegated: false, at: place } as const
      if (strings.matches({ min: 0, max: Number.POSITIVE_INFINITY, tests: [test] }, name)) parts.push(schema)
    }
    if (parts.length === 0 && others !== undefined) parts.push(others)
    if (parts.length > 0) for (const scope of scopes) evaluated.add(scope)
    for (const schema of parts) result.push({ schema, isNegated: false })
  }
  for (const { scope, schema } of shape.unevaluated) {
    if (!evaluated.has(scope)) result.push({ schema, isNegated: false })
  }
  for (const { name: other, value } of shape.also) if (other === name) result.push(value)
  if (shape.forbidden.has(name) || result.some(({ schema, isNegated }) => schema === isNegated)) {
    throw new Unsatisfiable(at, `the property ${JSON.stringify(name)} can have no value`)
  }
  return result
}

function inOrder(names: readonly string[], order: Readonly<Record<string, number>>): readonly string[] {
  const place = (name: string) => (Object.hasOwn(order, name) ? order[name]! : Number.POSITIVE_INFINITY)
  return [...names].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
}

/**
 * An item for members whose names are not in `taken`.
 * @param tests that the name must also meet.
 * @returns undefined when there are no such members.
 */
function otherMembers(
  classes: readonly KeyClass[],
  tests: readonly StringTest[],
  taken: readonly string[],
  { item, rules, strings }: Context,
  at: string,
): string | undefined {
  const items = classes.flatMap(({ key, excluded, literals }) => {
    try {
      const value = item(literals, 'other')
      const name = strings.grammar({ ...key, tests: [...key.tests, ...tests] }, [...taken, ...excluded], at)
      if (name === 'string' && value === 'value') return ['member']
      return [rules.item(`${name} space ":" space ${value}`, 'other-member')]
    } catch (error) {
      if (!(error instanceof Unsatisfiable)) throw error
      return []
    }
  })
  return items.length === 0 ? undefined : rules.item([...new Set(items)].join(' | '), 'other')
}

/**
 * Sets of last characters of a name: names with last characters of different sets are different.
 */
const lastChars: readonly string[] = ['[acegikmoqsuwyACEGIKMOQSUWY02468]$', '[bfjnrvzBFJNRVZ159]$']

/**
 * A reader counts two members of the same name once. So no two required members take their names
 * from the same set; they come in any order.
 */
function distinctRow(
  members: readonly Member[],
  others: (tests: readonly StringTest[]) => string | undefined,
  more: string,
  { nDistinct, count }: { readonly nDistinct: number; readonly count: Count },
  { rules, policy }: Context,
  at: string,
): string | undefined {
  if (nDistinct > lastChars.length + 1) {
    policy.fail(at, `no grammar can count ${count.min} properties whose names are free`)
    return row(members, more, { min: 0, max: count.max }, rules)
  }
  const test = (text: string, isNegated: boolean): StringTest => ({ kind: 'pattern', text, isNegated, at })
  const sets = Array.from({ length: nDistinct }, (_, i) =>
    others([
      ...lastChars.slice(0, Math.min(i, nDistinct - 1)).map((text) => test(text, true)),
      ...(i < nDistinct - 1 ? [test(lastChars[i]!, false)] : []),
    ]),
  )
  if (sets.includes(undefined)) {
    policy.fail(at, `no grammar can count ${count.min} properties with such names`)
    return row(members, more, { min: 0, max: count.max }, rules)
  }
  const rows = permutations(sets as string[]).flatMap((order) => {
    const all = [...members, ...order.map((item) => ({ item, isRequired: true }))]
    return row(all, more, { min: 0, max: count.max }, rules) ?? []
  })
  return rows.length === 0 ? undefined : either(rows)
}

function permutations<T>(values: readonly T[]): readonly (readonly T[])[] {
  if (values.length < 2) return [values]
  return values.flatMap((value, i) => permutations(values.toSpliced(i, 1)).map((rest) => [value, ...rest]))
}
