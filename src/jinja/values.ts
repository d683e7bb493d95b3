// The values of a template, as in Python. Lists are arrays, integers are numbers or bigints.
import { TemplateError, typeError } from './errors.ts'

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Markup
  | Undefined
  | Tuple
  | Dict
  | Lazy
  | NativeObject
  | readonly Value[]

export type KeywordArguments = ReadonlyMap<string, Value>
export const noKeywords: KeywordArguments = new Map()

/** A number that Python would call a float. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** A text marked as already escaped. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A missing value: prints as nothing, and fails in any other use. */
export class Undefined {
  readonly message: string
  readonly kind: string

  constructor(message: string, kind = 'UndefinedError') {
    this.message = message
    this.kind = kind
  }

  fail(): never {
    throw new TemplateError(this.kind, this.message)
  }
}

export class Tuple {
  readonly items: readonly Value[]

  constructor(items: readonly Value[]) {
    this.items = items
  }
}

/** One group of `groupby`. */
export class Group extends Tuple {}

/** Integers from `start`, `step` apart, before `stop`. */
export class Range {
  readonly start: number
  readonly stop: number
  readonly step: number
  readonly length: number

  constructor(start: number, stop: number, step: number) {
    this.start = start
    this.stop = stop
    this.step = step
    this.length = Math.max(0, Math.ceil((stop - start) / step))
  }
}

/** Values that are computed when first requested, once. */
export class Lazy {
  /** Python's name for it. */
  readonly typeName: string
  readonly iterator: Iterator<Value>

  constructor(iterator: Iterator<Value>, typeName = 'generator') {
    this.iterator = iterator
    this.typeName = typeName
  }
}

/** A function or macro that a template can call. */
export class Callable {
  readonly name: string
  readonly call: (args: readonly Value[], named: KeywordArguments) => Value
  readonly typeName: string
  /** The name of a macro. */
  readonly macro: string | undefined

  constructor(
    name: string,
    call: (args: readonly Value[], named: KeywordArguments) => Value,
    typeName = 'builtin_function_or_method',
    macro?: string,
  ) {
    this.name = name
    this.call = call
    this.typeName = typeName
    this.macro = macro
  }
}

/** `namespace(…)`: the only thing whose attributes a template can set. */
export class Namespace {
  readonly attributes: Map<string, Value>

  constructor(attributes: Map<string, Value>) {
    this.attributes = attributes
  }
}

/** An object with fixed attributes, such as `loop`. */
export abstract class Fixed {
  abstract readonly typeName: string
  abstract attribute(name: string): Value | undefined
  abstract repr(): string
}

export type NativeObject = Range | Callable | Namespace | Fixed | DictView

type Key = string | number | bigint | null | object

/** A dict: its keys keep their order, and 1, 1.0 and true are the same key. */
export class Dict {
  readonly #values = new Map<Key, Value>()
  /** The keys that are not their own hash. */
  #keys: Map<Key, Value> | undefined

  static of(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict()
    for (const [key, value] of entries) dict.set(key, value)
    return dict
  }

  get size(): number {
    return this.#values.size
  }

  /** @throws TemplateError for a key that cannot be one. */
  get(key: Value): Value | undefined {
    return this.#values.get(hashOf(key))
  }

  has(key: Value): boolean {
    return this.#values.has(hashOf(key))
  }

  set(key: Value, value: Value): void {
    const hash = hashOf(key)
    if (hash !== key && !this.#values.has(hash)) {
      this.#keys ??= new Map()
      this.#keys.set(hash, key)
    }
    this.#values.set(hash, value)
  }

  /** @returns whether the key was there. */
  delete(key: Value): boolean {
    const hash = hashOf(key)
    this.#keys?.delete(hash)
    return this.#values.delete(hash)
  }

  *keys(): Generator<Value> {
    for (const hash of this.#values.keys()) yield this.#keyOf(hash)
  }

  values(): IterableIterator<Value> {
    return this.#values.values()
  }

  *entries(): Generator<readonly [Value, Value]> {
    for (const [hash, value] of this.#values) yield [this.#keyOf(hash), value]
  }

  #keyOf(hash: Key): Value {
    const key = this.#keys?.get(hash)
    return key === undefined ? (hash as string | number | null) : key
  }
}

/** `items()`, `keys()` or `values()` of a dict. */
export class DictView {
  readonly dict: Dict
  readonly part: 'items' | 'keys' | 'values'

  constructor(dict: Dict, part: 'items' | 'keys' | 'values') {
    this.dict = dict
    this.part = part
  }
}

/** The key that stands for a value in a Map: equal values have equal keys. */
export function hashOf(value: Value): Key {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return value
  if (value instanceof Float) return value.value === 0 ? 0 : value.value
  if (value instanceof Markup) return value.text
  if (value instanceof Tuple) return `\0(${value.items.map((item) => partOfHash(hashOf(item))).join('\0')})`
  if (Array.isArray(value) || value instanceof Dict) throw typeError(`unhashable type: '${typeName(value)}'`)
  if (value instanceof Undefined) return Undefined
  return value as object
}

const ids = new WeakMap<object, number>()
let lastId = 0

function partOfHash(hash: Key): string {
  if (typeof hash !== 'object' && typeof hash !== 'function') return `${typeof hash}${String(hash)}`
  if (hash === null) return 'None'
  let id = ids.get(hash)
  if (id === undefined) {
    id = ++lastId
    ids.set(hash, id)
  }
  return `#${id}`
}

/** The name of a value's class in Python. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || typeof value === 'bigint') return 'int'
  if (typeof value === 'string') return 'str'
  if (value instanceof Float) return 'float'
  if (value instanceof Markup) return 'Markup'
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Group) return '_GroupTuple'
  if (value instanceof Tuple) return 'tuple'
  if (value instanceof Dict) return 'dict'
  if (value instanceof DictView) return `dict_${value.part}`
  if (value instanceof Range) return 'range'
  if (value instanceof Namespace) return 'Namespace'
  if (value instanceof Lazy || value instanceof Callable || value instanceof Fixed) return value.typeName
  return 'list'
}

/** The value, or another one when it is undefined. (`??` would also replace None.) */
export function orElse(value: Value | undefined, make: () => Value): Value {
  return value === undefined ? make() : value
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** The text of a string, escaped or not; undefined for anything else. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Markup ? value.text : undefined
}
