// Truth, equality, order and membership of values, and iteration over them.
import type { Budget } from './budget.ts'
import { typeError } from './errors.ts'
import type { CompareOperator } from './nodes.ts'
import { compareNumbers, numberOf } from './numbers.ts'
import { charsOf, compareTexts, lengthOf } from './text.ts'
import { Dict, DictView, Fixed, isList, Lazy, Range, Tuple, textOf, typeName, Undefined, type Value } from './values.ts'

export function isTruthy(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (value === null || value === '' || value instanceof Undefined) return false
  const number = numberOf(value)
  if (number !== undefined) return compareNumbers(number, 0) !== 0
  if (value instanceof Fixed) return true
  return sizeOf(value) !== 0
}

/** Python's len(); undefined for a value without a length. */
export function sizeOf(value: Value): number | undefined {
  const text = textOf(value)
  if (text !== undefined) return lengthOf(text)
  if (value instanceof Undefined) return 0
  if (isList(value)) return value.length
  if (value instanceof Tuple) return value.items.length
  if (value instanceof Dict) return value.size
  if (value instanceof DictView) return value.dict.size
  if (value instanceof Range) return value.length
  if (value instanceof Fixed) {
    const length = value.attribute('__len__')
    return typeof length === 'number' ? length : undefined
  }
  return undefined
}

export function isEqual(left: Value, right: Value, budget: Budget): boolean {
  budget.spend(1)
  if (left === right) return true
  const [number, otherNumber] = [numberOf(left), numberOf(right)]
  if (number !== undefined || otherNumber !== undefined) {
    return number !== undefined && otherNumber !== undefined && compareNumbers(number, otherNumber) === 0
  }
  const [text, otherText] = [textOf(left), textOf(right)]
  if (text !== undefined || otherText !== undefined) return text === otherText
  if (left instanceof Undefined) return right instanceof Undefined
  const [items, otherItems] = [itemsOf(left), itemsOf(right)]
  if (items !== undefined && otherItems !== undefined) {
    return (
      isList(left) === isList(right) &&
      items.length === otherItems.length &&
      items.every((item, i) => isEqual(item, otherItems[i]!, budget))
    )
  }
  if (left instanceof Dict && right instanceof Dict) return isEqualDict(left, right, budget)
  if (left instanceof Range && right instanceof Range) {
    return (
      left.length === right.length &&
      (left.length === 0 || (left.start === right.start && (left.length === 1 || left.step === right.step)))
    )
  }
  return false
}

function isEqualDict(left: Dict, right: Dict, budget: Budget): boolean {
  if (left.size !== right.size) return false
  for (const [key, value] of left.entries()) {
    if (!right.has(key) || !isEqual(value, right.get(key)!, budget)) return false
  }
  return true
}

/** The items of a list or tuple. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  return isList(value) ? value : value instanceof Tuple ? value.items : undefined
}

/**
 * Negative, 0 or positive; NaN for numbers without an order. @throws TemplateError for values
 * without an order.
 */
export function order(left: Value, right: Value, budget: Budget, operator: string = '<'): number {
  budget.spend(1)
  if (left instanceof Undefined) left.fail()
  if (right instanceof Undefined) right.fail()
  const [number, otherNumber] = [numberOf(left), numberOf(right)]
  if (number !== undefined && otherNumber !== undefined) return compareNumbers(number, otherNumber)
  const [text, otherText] = [textOf(left), textOf(right)]
  if (text !== undefined && otherText !== undefined) return compareTexts(text, otherText)
  const [items, otherItems] = [itemsOf(left), itemsOf(right)]
  if (items !== undefined && otherItems !== undefined && isList(left) === isList(right)) {
    for (let i = 0; i < items.length && i < otherItems.length; i++) {
      if (!isEqual(items[i]!, otherItems[i]!, budget)) return order(items[i]!, otherItems[i]!, budget, operator)
    }
    return items.length - otherItems.length
  }
  throw typeError(`'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`)
}

/** One comparison of a template. */
export function compare(operator: CompareOperator, left: Value, right: Value, budget: Budget): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right, budget)
    case '!=':
      return !isEqual(left, right, budget)
    case 'in':
      return contains(right, left, budget)
    case 'not in':
      return !contains(right, left, budget)
    case '<':
      return order(left, right, budget, operator) < 0
    case '<=':
      return order(left, right, budget, operator) <= 0
    case '>':
      return order(left, right, budget, operator) > 0
    case '>=':
      return order(left, right, budget, operator) >= 0
  }
}

export function contains(container: Value, value: Value, budget: Budget): boolean {
  const text = textOf(container)
  if (text !== undefined) {
    const part = textOf(value)
    if (part === undefined) throw typeError(`'in <string>' requires string as left operand, not ${typeName(value)}`)
    budget.text(text.length)
    return text.includes(part)
  }
  if (container instanceof Dict) return container.has(value)
  if (container instanceof DictView && container.part === 'keys') return container.dict.has(value)
  if (!isIterable(container)) throw typeError(`argument of type '${typeName(container)}' is not iterable`)
  for (const item of iterate(container)) if (isEqual(item, value, budget)) return true
  return false
}

export function isIterable(value: Value): boolean {
  return (
    textOf(value) !== undefined ||
    value instanceof Undefined ||
    isList(value) ||
    value instanceof Tuple ||
    value instanceof Dict ||
    value instanceof DictView ||
    value instanceof Range ||
    value instanceof Lazy
  )
}

/** @throws TemplateError for a value that cannot be iterated. */
export function iterate(value: Value): IterableIterator<Value> {
  const text = textOf(value)
  if (text !== undefined) return charsOf(text).values()
  if (isList(value)) return value.values()
  if (value instanceof Tuple) return value.items.values()
  if (value instanceof Dict) return value.keys()
  if (value instanceof DictView) return viewItems(value)
  if (value instanceof Range) return rangeItems(value)
  if (value instanceof Lazy) return lazyItems(value)
  if (value instanceof Undefined) return ([] as Value[]).values()
  throw typeError(`'${typeName(value)}' object is not iterable`)
}

/** All items, in a new list. */
export function listOf(value: Value, budget: Budget): Value[] {
  const items: Value[] = []
  for (const item of iterate(value)) {
    budget.spend(1)
    items.push(item)
  }
  return items
}

function* viewItems({ dict, part }: DictView): Generator<Value> {
  if (part === 'keys') yield* dict.keys()
  else if (part === 'values') yield* dict.values()
  else for (const pair of dict.entries()) yield new Tuple(pair)
}

function* rangeItems({ start, step, length }: Range): Generator<Value> {
  for (let i = 0; i < length; i++) yield start + i * step
}

/** The rest of a generator; it stays open when a loop leaves early. */
function* lazyItems({ iterator }: Lazy): Generator<Value> {
  for (let next = iterator.next(); !next.done; next = iterator.next()) yield next.value
}
