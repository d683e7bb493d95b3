// + - * / // % ** of values.
import { clamp } from './arguments.ts'
import type { Budget } from './budget.ts'
import { itemsOf } from './compare.ts'
import { typeError } from './errors.ts'
import { formatPercent } from './format.ts'
import { escapeHtml } from './html.ts'
import type { BinaryOperator } from './nodes.ts'
import { calculate, integerOf, normalize, numberOf } from './numbers.ts'
import { Float, isList, Markup, Tuple, textOf, typeName, Undefined, type Value } from './values.ts'

/** @throws TemplateError as Python does. */
export function binary(operator: BinaryOperator, left: Value, right: Value, budget: Budget): Value {
  if (left instanceof Undefined) left.fail()
  const text = textOf(left)
  if (operator === '%' && text !== undefined) {
    const result = formatPercent(text, right, budget)
    return left instanceof Markup ? new Markup(result) : result
  }
  if (right instanceof Undefined) right.fail()
  const [number, otherNumber] = [numberOf(left), numberOf(right)]
  if (number !== undefined && otherNumber !== undefined) return calculate(operator, number, otherNumber)
  const result =
    operator === '+' ? add(left, right, budget) : operator === '*' ? multiply(left, right, budget) : undefined
  if (result !== undefined) return result
  const name = operator === '**' ? '** or pow()' : operator
  throw typeError(`unsupported operand type(s) for ${name}: '${typeName(left)}' and '${typeName(right)}'`)
}

function add(left: Value, right: Value, budget: Budget): Value | undefined {
  const [text, otherText] = [textOf(left), textOf(right)]
  if (text !== undefined && otherText !== undefined) return addTexts(left, text, right, otherText, budget)
  if (text !== undefined) throw typeError(`can only concatenate str (not "${typeName(right)}") to str`)
  const [items, otherItems] = [itemsOf(left), itemsOf(right)]
  if (items === undefined) return undefined
  if (otherItems === undefined || isList(left) !== isList(right)) {
    const type = isList(left) ? 'list' : 'tuple'
    throw typeError(`can only concatenate ${type} (not "${typeName(right)}") to ${type}`)
  }
  budget.spend(items.length + otherItems.length)
  const all = [...items, ...otherItems]
  return isList(left) ? all : new Tuple(all)
}

function addTexts(left: Value, text: string, right: Value, otherText: string, budget: Budget): Value {
  budget.concat(text.length, otherText.length)
  const isLeftMarkup = left instanceof Markup
  const isRightMarkup = right instanceof Markup
  if (!isLeftMarkup && !isRightMarkup) return text + otherText
  return new Markup((isLeftMarkup ? text : escapeHtml(text)) + (isRightMarkup ? otherText : escapeHtml(otherText)))
}

function multiply(left: Value, right: Value, budget: Budget): Value | undefined {
  const [sequence, times] = isSequence(left) ? [left, right] : [right, left]
  if (!isSequence(sequence)) return undefined
  const integer = integerOf(times)
  if (integer === undefined) throw typeError(`can't multiply sequence by non-int of type '${typeName(times)}'`)
  const count = Math.max(0, clamp(integer))
  const text = textOf(sequence)
  if (text !== undefined) {
    budget.text(text.length * count)
    const result = text.repeat(count)
    return sequence instanceof Markup ? new Markup(result) : result
  }
  const items = itemsOf(sequence)!
  budget.spend(items.length * count)
  const all = Array.from({ length: items.length * count }, (_, i) => items[i % items.length]!)
  return isList(sequence) ? all : new Tuple(all)
}

function isSequence(value: Value): boolean {
  return textOf(value) !== undefined || itemsOf(value) !== undefined
}

/** -value or +value. @throws TemplateError */
export function unary(operator: '+' | '-', value: Value): Value {
  if (value instanceof Undefined) value.fail()
  const number = numberOf(value)
  if (number === undefined) throw typeError(`bad operand type for unary ${operator}: '${typeName(value)}'`)
  if (operator === '+') return number
  if (number instanceof Float) return new Float(-number.value)
  return typeof number === 'bigint' ? normalize(-number) : number === 0 ? 0 : -number
}
