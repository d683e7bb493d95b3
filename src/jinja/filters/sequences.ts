// Filters of lists, dicts and other iterables.
import { filterArgumentError, flag, indexArgument } from '../arguments.ts'
import { isEqual, isIterable, isTruthy, iterate, listOf, order, sizeOf } from '../compare.ts'
import { TemplateError, typeError } from '../errors.ts'
import { binary } from '../operators.ts'
import { str } from '../print.ts'
import { attributeOf } from '../subscript.ts'
import { charsOf } from '../text.ts'
import {
  Dict,
  Fixed,
  Group,
  hashOf,
  type KeywordArguments,
  Lazy,
  Markup,
  orElse,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from '../values.ts'
import { attributeGetter, type Engine, type Filter, filter, ignoreCase } from './filter.ts'

type Given = readonly (Value | undefined)[]

export const sequenceFilters: Readonly<Record<string, Filter>> = {
  attr: filter('attr', ['name'], (value, [name], { budget }) => {
    const text = textOf(name!)
    if (text === undefined) throw typeError('attribute name must be string')
    if (value instanceof Undefined) return value.fail()
    return value instanceof Dict && value.has(text) && !hasMethod(value, text, budget)
      ? new Undefined(`'dict object' has no attribute '${text}'`)
      : attributeOf(value, text, budget)
  }),
  batch: filter('batch', ['linecount', 'fill_with?'], (value, [size, fill = null], { budget }) =>
    lazily(batches(value, indexArgument(size!), fill, budget)),
  ),
  count: filter('length', [], length),
  dictsort: filter('dictsort', ['case_sensitive?', 'by?', 'reverse?'], sortDict),
  first: filter('first', [], (value) => {
    const { value: first, done } = iterate(value).next()
    return done ? new Undefined('No first item, sequence was empty.') : first
  }),
  groupby: filter('groupby', ['attribute', 'default?', 'case_sensitive?'], groupBy),
  items: filter('items', [], (value) => lazily(itemPairs(value))),
  join: filter('join', ['d?', 'attribute?'], join),
  last: filter('last', [], (value, _, { budget }) => {
    if (!isReversible(value)) throw typeError(`'${typeName(value)}' object is not reversible`)
    return orElse(listOf(value, budget).at(-1), () => new Undefined('No last item, sequence was empty.'))
  }),
  length: filter('length', [], length),
  list: filter('list', [], (value, _, { budget }) => listOf(value, budget)),
  map: (value, args, named, engine) => lazily(mapped(value, args, named, engine)),
  max: filter('max', ['case_sensitive?', 'attribute?'], (value, given, engine) => extreme(value, given, engine, 1)),
  min: filter('min', ['case_sensitive?', 'attribute?'], (value, given, engine) => extreme(value, given, engine, -1)),
  random: filter('random', [], (value, _, { budget }) => {
    const items = listOf(value, budget)
    const item = items[Math.floor(Math.random() * items.length)]
    return orElse(item, () => new Undefined('No random item, sequence was empty.'))
  }),
  reject: (value, args, named, engine) => lazily(chosen(value, args, named, engine, false, false)),
  rejectattr: (value, args, named, engine) => lazily(chosen(value, args, named, engine, true, false)),
  reverse: filter('reverse', [], (value, _, { budget }) => {
    const text = textOf(value)
    if (text !== undefined) {
      budget.text(text.length)
      const reversed = charsOf(text).reverse().join('')
      return value instanceof Markup ? new Markup(reversed) : reversed
    }
    if (!isIterable(value)) throw filterArgumentError('argument must be iterable')
    const items = listOf(value, budget).reverse()
    return value instanceof Undefined || value instanceof Lazy
      ? items
      : new Lazy(items.values(), `${typeName(value)}_reverseiterator`)
  }),
  select: (value, args, named, engine) => lazily(chosen(value, args, named, engine, false, true)),
  selectattr: (value, args, named, engine) => lazily(chosen(value, args, named, engine, true, true)),
  slice: filter('slice', ['slices', 'fill_with?'], (value, [slices, fill = null], { budget }) =>
    lazily(slicesOf(value, indexArgument(slices!), fill, budget)),
  ),
  sort: filter('sort', ['reverse?', 'case_sensitive?', 'attribute?'], sort),
  sum: filter('sum', ['attribute?', 'start?'], (value, [attribute, start = 0], { budget }) => {
    if (textOf(start) !== undefined) throw typeError("sum() can't sum strings [use ''.join(seq) instead]")
    const get = attributeGetter(attribute, budget)
    let total = start
    for (const item of iterate(value)) total = binary('+', total, get(item), budget)
    return total
  }),
  unique: filter('unique', ['case_sensitive?', 'attribute?'], (value, given, engine) =>
    lazily(uniques(value, given, engine)),
  ),
}

function lazily(items: Iterator<Value>): Lazy {
  return new Lazy(items)
}

function hasMethod(value: Value, name: string, budget: Engine['budget']): boolean {
  const found = attributeOf(value, name, budget)
  return !(value instanceof Dict) || found !== value.get(name)
}

function length(value: Value): Value {
  const size = sizeOf(value)
  if (size === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`)
  return size
}

function isReversible(value: Value): boolean {
  return isIterable(value) && !(value instanceof Lazy) && !(value instanceof Fixed)
}

function* batches(value: Value, size: number, fill: Value, budget: Engine['budget']): Generator<Value> {
  let batch: Value[] = []
  for (const item of iterate(value)) {
    budget.spend(1)
    if (batch.length === size) {
      yield batch
      batch = []
    }
    batch.push(item)
  }
  if (batch.length === 0) return
  if (fill !== null && batch.length < size) {
    budget.spend(size - batch.length)
    batch = [...batch, ...Array<Value>(size - batch.length).fill(fill)]
  }
  yield batch
}

function* slicesOf(value: Value, slices: number, fill: Value, budget: Engine['budget']): Generator<Value> {
  const items = listOf(value, budget)
  if (slices === 0) throw new TemplateError('ZeroDivisionError', 'integer division or modulo by zero')
  const size = Math.floor(items.length / slices)
  const nLonger = items.length - size * slices
  for (let i = 0, start = 0; i < slices; i++) {
    budget.spend(1)
    const end = start + size + (i < nLonger ? 1 : 0)
    const part = items.slice(start, end)
    yield fill !== null && i >= nLonger ? [...part, fill] : part
    start = end
  }
}

function* itemPairs(value: Value): Generator<Value> {
  if (value instanceof Undefined) return
  if (!(value instanceof Dict)) throw typeError('Can only get item pairs from a mapping.')
  for (const pair of value.entries()) yield new Tuple(pair)
}

function join(value: Value, [d = '', attribute]: Given, { budget }: Engine): Value {
  const sep = str(d, budget)
  const get = attributeGetter(attribute, budget)
  const parts: string[] = []
  let total = 0
  for (const item of iterate(value)) {
    const text = str(get(item), budget)
    total += text.length + sep.length
    budget.concat(total, 0)
    parts.push(text)
  }
  budget.text(total)
  return parts.join(sep)
}

/** Stable sort. @param compare as in Array.sort(). */
function sorted<T>(items: readonly T[], compare: (left: T, right: T) => number, isReversed: boolean): T[] {
  const copy = [...items]
  return copy.sort(isReversed ? (left, right) => compare(right, left) : compare)
}

function sort(value: Value, [reverse, caseSensitive, attribute]: Given, { budget }: Engine): Value {
  const isCased = flag(caseSensitive)
  const text = attribute === undefined ? undefined : textOf(attribute)
  const getters = (text === undefined ? [attribute] : text.split(',')).map((part) => attributeGetter(part, budget))
  const keyed = listOf(value, budget).map((item) => {
    const keys = getters.map((get) => get(item))
    return { item, key: isCased ? keys : keys.map(ignoreCase) }
  })
  return sorted(keyed, (a, b) => order(a.key, b.key, budget), flag(reverse)).map(({ item }) => item)
}

function sortDict(value: Value, [caseSensitive, by = 'key', reverse]: Given, { budget }: Engine): Value {
  if (by !== 'key' && by !== 'value') throw filterArgumentError('You can only sort by either "key" or "value"')
  if (value instanceof Undefined) return value.fail()
  if (!(value instanceof Dict))
    throw new TemplateError('AttributeError', `'${typeName(value)}' object has no attribute 'items'`)
  const isCased = flag(caseSensitive)
  const keyed = [...value.entries()].map((pair) => {
    const key = pair[by === 'key' ? 0 : 1]
    return { pair, key: isCased ? key : ignoreCase(key) }
  })
  budget.spend(keyed.length)
  return sorted(keyed, (a, b) => order(a.key, b.key, budget), flag(reverse)).map(({ pair }) => new Tuple(pair))
}

function groupBy(value: Value, [attribute, fallback, caseSensitive]: Given, { budget }: Engine): Value {
  const get = attributeGetter(attribute, budget, fallback)
  const keyOf = (item: Value) => (flag(caseSensitive) ? get(item) : ignoreCase(get(item)))
  const keyed = listOf(value, budget).map((item) => ({ item, key: keyOf(item) }))
  const groups: { key: Value; items: Value[] }[] = []
  for (const { item, key } of sorted(keyed, (a, b) => order(a.key, b.key, budget), false)) {
    const last = groups.at(-1)
    if (last !== undefined && isEqual(last.key, key, budget)) last.items.push(item)
    else groups.push({ key, items: [item] })
  }
  return groups.map(({ key, items }) => new Group([flag(caseSensitive) ? key : get(items[0]!), items]))
}

function* uniques(value: Value, [caseSensitive, attribute]: Given, { budget }: Engine): Generator<Value> {
  const get = attributeGetter(attribute, budget)
  const seen = new Set<unknown>()
  for (const item of iterate(value)) {
    budget.spend(1)
    const key = hashOf(flag(caseSensitive) ? get(item) : ignoreCase(get(item)))
    if (seen.has(key)) continue
    seen.add(key)
    yield item
  }
}

function extreme(value: Value, [caseSensitive, attribute]: Given, { budget }: Engine, direction: 1 | -1): Value {
  const get = attributeGetter(attribute, budget)
  const keyOf = (item: Value) => (flag(caseSensitive) ? get(item) : ignoreCase(get(item)))
  let best: { item: Value; key: Value } | undefined
  for (const item of iterate(value)) {
    const key = keyOf(item)
    const operator = direction > 0 ? '>' : '<'
    if (best === undefined || order(key, best.key, budget, operator) * direction > 0) best = { item, key }
  }
  return orElse(best?.item, () => new Undefined('No aggregated item, sequence was empty.'))
}

function* mapped(value: Value, args: readonly Value[], named: KeywordArguments, engine: Engine): Generator<Value> {
  if (!isTruthy(value)) return
  const apply = mapping(args, named, engine)
  for (const item of iterate(value)) {
    engine.budget.spend(1)
    yield apply(item)
  }
}

function mapping(args: readonly Value[], named: KeywordArguments, engine: Engine): (item: Value) => Value {
  if (args.length === 0 && named.has('attribute')) {
    const unexpected = [...named.keys()].find((key) => key !== 'attribute' && key !== 'default')
    if (unexpected !== undefined) throw filterArgumentError(`Unexpected keyword argument '${unexpected}'`)
    return attributeGetter(named.get('attribute'), engine.budget, named.get('default'))
  }
  const [name, ...rest] = args
  if (name === undefined) throw filterArgumentError('map requires a filter argument')
  return (item) => engine.filter(str(name, engine.budget), item, rest, named)
}

/**
 * @param byAttribute whether the first argument names the attribute to test. @param wanted the
 *   answer that keeps an item.
 */
function* chosen(
  value: Value,
  args: readonly Value[],
  named: KeywordArguments,
  engine: Engine,
  byAttribute: boolean,
  wanted: boolean,
): Generator<Value> {
  if (!isTruthy(value)) return
  const [attribute] = args
  if (byAttribute && attribute === undefined) throw filterArgumentError('Missing parameter for attribute name')
  const get = byAttribute ? attributeGetter(attribute, engine.budget) : (item: Value) => item
  const [name, ...rest] = byAttribute ? args.slice(1) : args
  const test = name === undefined ? isTruthy : (item: Value) => engine.test(str(name, engine.budget), item, rest, named)
  for (const item of iterate(value)) {
    engine.budget.spend(1)
    if (test(get(item)) === wanted) yield item
  }
}
