// The shape of a filter and of a test, and their input besides the value.
import { bind } from '../arguments.ts'
import type { Budget } from '../budget.ts'
import { itemOf } from '../subscript.ts'
import { type KeywordArguments, textOf, Undefined, type Value } from '../values.ts'

/** The parts of the engine that a filter may use. */
export type Engine = {
  readonly budget: Budget
  /** @throws TemplateError for a name that does not exist. */
  readonly filter: (name: string, value: Value, args: readonly Value[], named: KeywordArguments) => Value
  readonly test: (name: string, value: Value, args: readonly Value[], named: KeywordArguments) => boolean
}

export type Filter = (value: Value, args: readonly Value[], named: KeywordArguments, engine: Engine) => Value

/** A filter with parameters as `bind` reads them. */
export function filter(
  name: string,
  parameters: readonly string[],
  call: (value: Value, args: readonly (Value | undefined)[], engine: Engine) => Value,
): Filter {
  return (value, args, named, engine) => call(value, bind(name, parameters, args, named), engine)
}

/** Texts are compared case-insensitively, unless requested otherwise. */
export function ignoreCase(value: Value): Value {
  const text = textOf(value)
  return text === undefined ? value : text.toLowerCase()
}

/**
 * Reads `a.b.0` of an item.
 * @param attribute None or nothing: the item itself.
 * @param fallback replaces a missing value.
 */
export function attributeGetter(
  attribute: Value | undefined,
  budget: Budget,
  fallback?: Value,
): (item: Value) => Value {
  const parts = partsOf(attribute)
  return (item) => {
    let value = item
    for (const part of parts) {
      budget.spend(1)
      value = itemOf(value, part, budget)
      if (value instanceof Undefined && fallback !== undefined && fallback !== null) value = fallback
    }
    return value
  }
}

function partsOf(attribute: Value | undefined): Value[] {
  if (attribute === undefined || attribute === null) return []
  const text = textOf(attribute)
  return text === undefined ? [attribute] : text.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}
