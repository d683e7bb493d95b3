// Arguments of a call → the parameters that a function declares.

import { isTruthy } from './compare.ts'
import { TemplateError, typeError } from './errors.ts'
import type { Integer } from './numbers.ts'
import { integerOf } from './numbers.ts'
import { type KeywordArguments, textOf, typeName, type Value } from './values.ts'

/**
 * Assigns arguments to parameters.
 * @param parameters names in order; one with `?` at its end is optional; those after `*` are
 *   keyword-only.
 * @returns as many values as there are parameters, undefined where one was left out.
 * @throws TemplateError as Python does.
 */
export function bind(
  name: string,
  parameters: readonly string[],
  args: readonly Value[],
  named: KeywordArguments,
): (Value | undefined)[] {
  const names = parameters.filter((parameter) => parameter !== '*')
  const nPositional = parameters.includes('*') ? parameters.indexOf('*') : names.length
  if (args.length > nPositional) {
    throw typeError(`${name}() takes at most ${nPositional} arguments (${args.length} given)`)
  }
  const values: (Value | undefined)[] = names.map((_, i) => args[i])
  for (const [key, value] of named) {
    const i = names.findIndex((parameter) => parameter.replace('?', '') === key)
    if (i < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`)
    if (values[i] !== undefined) throw typeError(`${name}() got multiple values for argument '${key}'`)
    values[i] = value
  }
  const missing = names.find((parameter, i) => values[i] === undefined && !parameter.endsWith('?'))
  if (missing !== undefined) throw typeError(`${name}() missing 1 required positional argument: '${missing}'`)
  return values
}

/** @throws TemplateError for a value that is not a text. */
export function textArgument(value: Value, name: string): string {
  const text = textOf(value)
  if (text === undefined) throw typeError(`${name} must be str, not ${typeName(value)}`)
  return text
}

/** An integer in the range of an index. @throws TemplateError for anything else. */
export function indexArgument(value: Value): number {
  const integer = integerOf(value)
  if (integer === undefined) throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`)
  return clamp(integer)
}

export function clamp(integer: Integer): number {
  if (typeof integer === 'number') return integer
  return integer > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER
}

/** A parameter that is true or false. */
export function flag(value: Value | undefined, fallback = false): boolean {
  return value === undefined ? fallback : isTruthy(value)
}

export function filterArgumentError(message: string): TemplateError {
  return new TemplateError('FilterArgumentError', message)
}
