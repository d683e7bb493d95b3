// The functions that every template can call.
import { bind, indexArgument, textArgument } from './arguments.ts'
import type { Budget } from './budget.ts'
import { TemplateError, typeError, UnsupportedError, valueError } from './errors.ts'
import { integerOf } from './numbers.ts'
import { str } from './print.ts'
import { strftime } from './strftime.ts'
import { makeDict } from './subscript.ts'
import { Callable, Fixed, Namespace, orElse, Range, typeName, type Value } from './values.ts'

/** Source: MAX_RANGE of Jinja2's sandbox. */
const maxRange = 100_000

/** @param now the time that `strftime_now` writes. */
export function makeGlobals(budget: Budget, now: () => Date): Map<string, Value> {
  const functions: Readonly<Record<string, Callable['call']>> = {
    range: (args, named) => range(args, named.size),
    dict: (args, named) => makeDict(args, named, budget),
    namespace: (args, named) => new Namespace(namesOf(makeDict(args, named, budget).entries())),
    cycler: (args) => new Cycler(args),
    joiner: (args, named) => joiner(orElse(bind('joiner', ['sep?'], args, named)[0], () => ', ')),
    lipsum: () => {
      throw new UnsupportedError('the function lipsum is not supported')
    },
    raise_exception: (args, named) => {
      const [message] = bind('raise_exception', ['message'], args, named)
      throw new TemplateError('TemplateError', str(message!, budget))
    },
    strftime_now: (args, named) => {
      const [format] = bind('strftime_now', ['format'], args, named)
      return strftime(now(), textArgument(format!, 'strftime() argument 1'))
    },
  }
  return new Map(Object.entries(functions).map(([name, call]) => [name, new Callable(name, call, 'function')]))
}

function range(args: readonly Value[], nNamed: number): Range {
  if (nNamed > 0) throw typeError('range() takes no keyword arguments')
  if (args.length === 0) throw typeError('range expected at least 1 argument, got 0')
  if (args.length > 3) throw typeError(`range expected at most 3 arguments, got ${args.length}`)
  for (const arg of args) {
    if (integerOf(arg) === undefined) throw typeError(`'${typeName(arg)}' object cannot be interpreted as an integer`)
  }
  const numbers = args.map(indexArgument)
  const [start, stop, step = 1] = numbers.length === 1 ? [0, numbers[0]!] : (numbers as [number, number, number?])
  if (step === 0) throw valueError('range() arg 3 must not be zero')
  const made = new Range(start, stop, step)
  if (made.length > maxRange) {
    const message = `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${maxRange}).`
    throw new TemplateError('OverflowError', message)
  }
  return made
}

function namesOf(entries: Iterable<readonly [Value, Value]>): Map<string, Value> {
  const names = new Map<string, Value>()
  for (const [key, value] of entries) if (typeof key === 'string') names.set(key, value)
  return names
}

function joiner(sep: Value): Callable {
  let isFirst = true
  return new Callable(
    'joiner',
    () => {
      const text = isFirst ? '' : sep
      isFirst = false
      return text
    },
    'Joiner',
  )
}

/** `cycler(…)`: values in turn, also across loops. */
class Cycler extends Fixed {
  readonly typeName = 'Cycler'
  readonly #items: readonly Value[]
  #pos = 0

  constructor(items: readonly Value[]) {
    super()
    if (items.length === 0) throw new TemplateError('RuntimeError', 'at least one item has to be provided')
    this.#items = items
  }

  attribute(name: string): Value | undefined {
    if (name === 'current') return this.#items[this.#pos]!
    if (name === 'next') return new Callable('next', () => this.#next())
    if (name === 'reset') return new Callable('reset', () => this.#reset())
    return name === 'pos' ? this.#pos : undefined
  }

  repr(): string {
    return '<jinja2.utils.Cycler object>'
  }

  #next(): Value {
    const item = this.#items[this.#pos]!
    this.#pos = (this.#pos + 1) % this.#items.length
    return item
  }

  #reset(): null {
    this.#pos = 0
    return null
  }
}
