// JSON → the values of a template.
import {
  Callable,
  Dict,
  DictView,
  Fixed,
  Float,
  Lazy,
  Markup,
  Namespace,
  Range,
  Tuple,
  Undefined,
  type Value,
} from './values.ts'

/** Converts the input of a template: JSON, possibly with values of the engine inside. */
export function toValue(data: unknown): Value {
  if (data === null || typeof data === 'string' || typeof data === 'boolean') return data
  if (typeof data === 'number') return numberValue(data)
  if (typeof data !== 'object') return new Undefined('the value is undefined')
  if (Array.isArray(data)) return data.map(toValue)
  if (isValue(data)) return data
  const dict = new Dict()
  for (const [key, value] of Object.entries(data)) if (value !== undefined) dict.set(key, toValue(value))
  return dict
}

function numberValue(data: number): Value {
  if (!Number.isInteger(data)) return new Float(data)
  if (Number.isSafeInteger(data)) return data === 0 ? 0 : data
  return Math.abs(data) < 1e22 ? BigInt(data) : new Float(data)
}

const ownClasses = [Float, Markup, Undefined, Tuple, Dict, DictView, Lazy, Range, Callable, Namespace, Fixed] as const

function isValue(data: object): data is Value & object {
  return ownClasses.some((own) => data instanceof own)
}
