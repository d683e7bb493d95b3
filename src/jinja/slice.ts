// value[start:stop:step]

import { clamp } from './arguments.ts'
import type { Budget } from './budget.ts'
import { typeError, valueError } from './errors.ts'
import { integerOf } from './numbers.ts'
import { charsOf, isBasic } from './text.ts'
import { Dict, isList, Markup, Range, Tuple, textOf, typeName, Undefined, type Value } from './values.ts'

export type Bounds = {
  readonly start: Value | undefined
  readonly stop: Value | undefined
  readonly step: Value | undefined
}

/** @throws TemplateError as Python does. */
export function slice(value: Value, bounds: Bounds, budget: Budget): Value {
  if (value instanceof Undefined) value.fail()
  const text = textOf(value)
  if (text !== undefined) {
    const part = sliceText(text, bounds, budget)
    return value instanceof Markup ? new Markup(part) : part
  }
  if (isList(value)) return pick(value, bounds, budget)
  if (value instanceof Tuple) return new Tuple(pick(value.items, bounds, budget))
  if (value instanceof Range) {
    const { start, step, length } = resolve(bounds, value.length)
    const first = value.start + start * value.step
    return new Range(first, first + length * step * value.step, step * value.step)
  }
  if (value instanceof Dict) throw typeError("unhashable type: 'slice'")
  throw typeError(`'${typeName(value)}' object is not subscriptable`)
}

function sliceText(text: string, bounds: Bounds, budget: Budget): string {
  budget.text(text.length)
  if (!isBasic(text)) return pick(charsOf(text), bounds, budget).join('')
  const { start, step, length } = resolve(bounds, text.length)
  if (step === 1) return text.slice(start, start + length)
  let part = ''
  for (let i = 0; i < length; i++) part += text[start + i * step]
  return part
}

function pick<T>(items: readonly T[], bounds: Bounds, budget: Budget): T[] {
  const { start, step, length } = resolve(bounds, items.length)
  budget.spend(length)
  if (step === 1) return items.slice(start, start + length)
  return Array.from({ length }, (_, i) => items[start + i * step]!)
}

/** The first index, the step, and the number of items. Source: PySlice_AdjustIndices of CPython. */
function resolve(bounds: Bounds, size: number): { start: number; step: number; length: number } {
  const step = indexOf(bounds.step) ?? 1
  if (step === 0) throw valueError('slice step cannot be zero')
  const adjust = (index: number | undefined, fallback: number) => {
    if (index === undefined) return fallback
    const fromStart = index < 0 ? index + size : index
    return Math.min(Math.max(fromStart, step < 0 ? -1 : 0), step < 0 ? size - 1 : size)
  }
  const start = adjust(indexOf(bounds.start), step < 0 ? size - 1 : 0)
  const stop = adjust(indexOf(bounds.stop), step < 0 ? -1 : size)
  return { start, step, length: Math.max(0, Math.ceil((stop - start) / step)) }
}

function indexOf(value: Value | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  const integer = integerOf(value)
  if (integer === undefined) throw typeError('slice indices must be integers or None or have an __index__ method')
  return clamp(integer)
}
