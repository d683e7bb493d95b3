// value.name and value[key], which see data and a fixed list of methods: nothing else can be
// reached.
import { bind, indexArgument } from './arguments.ts'
import type { Budget } from './budget.ts'
import { isEqual, listOf } from './compare.ts'
import { TemplateError, typeError, UnsupportedError, valueError } from './errors.ts'
import { integerOf, isZero } from './numbers.ts'
import { repr } from './print.ts'
import { stringMethod } from './string-methods.ts'
import { charsOf, isBasic } from './text.ts'
import {
  Callable,
  Dict,
  DictView,
  Fixed,
  Float,
  Group,
  isList,
  type KeywordArguments,
  Markup,
  Namespace,
  orElse,
  Range,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

const pythonOnly =
  /^__(?:class|doc|dict|init|new|repr|str|eq|hash|module|subclasshook|reduce|getattribute|dir|sizeof|format)__$/

/** `object.name`: an attribute, then a member. */
export function attributeOf(object: Value, name: string, budget: Budget): Value {
  if (object instanceof Undefined) return pythonOnly.test(name) ? unsafe(object, name) : object.fail()
  const own = ownAttribute(object, name, budget)
  if (own !== undefined) return own
  return orElse(object instanceof Dict ? object.get(name) : undefined, () => missing(object, name, budget))
}

/** `object[key]`: a member, then an attribute. */
export function itemOf(object: Value, key: Value, budget: Budget): Value {
  if (object instanceof Undefined) return object.fail()
  const name = textOf(key)
  const member = memberOf(object, key)
  if (member !== undefined) return member
  const own = name === undefined ? undefined : ownAttribute(object, name, budget)
  return orElse(own, () => missing(object, key, budget))
}

function memberOf(object: Value, key: Value): Value | undefined {
  if (object instanceof Dict) return isList(key) || key instanceof Dict ? undefined : object.get(key)
  const index = integerOf(key)
  if (index === undefined || typeof index === 'bigint') return undefined
  const text = textOf(object)
  if (text !== undefined) {
    const chars = isBasic(text) ? text : charsOf(text)
    const char = chars[index < 0 ? index + chars.length : index]
    return object instanceof Markup && char !== undefined ? new Markup(char) : char
  }
  const items = isList(object) ? object : object instanceof Tuple ? object.items : undefined
  if (items !== undefined) return items[index < 0 ? index + items.length : index]
  if (!(object instanceof Range)) return undefined
  const at = index < 0 ? index + object.length : index
  return at >= 0 && at < object.length ? object.start + at * object.step : undefined
}

function ownAttribute(object: Value, name: string, budget: Budget): Value | undefined {
  if (pythonOnly.test(name)) return unsafe(object, name)
  const text = textOf(object)
  if (text !== undefined) return textAttribute(object, text, name, budget)
  if (object instanceof Namespace) return object.attributes.get(name)
  if (object instanceof Callable) return name === 'name' ? object.macro : undefined
  if (object instanceof Fixed) return name.startsWith('_') ? undefined : object.attribute(name)
  if (object instanceof Dict) {
    const method = dictMethods.get(name)
    return method && new Callable(name, (args, named) => method(object, args, named, budget))
  }
  if (isList(object) || object instanceof Tuple) {
    const changing = isList(object) ? changingListMethods.get(name) : undefined
    if (changing !== undefined) {
      return new Callable(name, (args, named) => changing(object as Value[], args, named, budget))
    }
    if (object instanceof Group && name === 'grouper') return object.items[0]
    if (object instanceof Group && name === 'list') return object.items[1]
    const method = name === 'copy' && !isList(object) ? undefined : listMethods.get(name)
    const items = isList(object) ? object : object.items
    return method && new Callable(name, (args, named) => method(items, args, named, budget))
  }
  return numberAttribute(object, name)
}

function textAttribute(object: Value, text: string, name: string, budget: Budget): Value | undefined {
  const lookup = {
    attribute: (value: Value, key: string) => attributeOf(value, key, budget),
    item: (value: Value, key: Value) => itemOf(value, key, budget),
  }
  const method = stringMethod(text, name, { budget, lookup })
  if (method === undefined) return undefined
  if (!(object instanceof Markup)) return new Callable(name, method)
  return new Callable(name, (args, named) => {
    const result = method(args, named)
    return typeof result === 'string' ? new Markup(result) : result
  })
}

function numberAttribute(object: Value, name: string): Value | undefined {
  const integer = integerOf(object)
  if (integer === undefined && !(object instanceof Float)) return undefined
  if (name === 'real') return integer ?? object
  if (name === 'imag') return integer === undefined ? new Float(0) : 0
  if (integer === undefined && name === 'is_integer') {
    return new Callable(name, () => Number.isInteger((object as Float).value))
  }
  if (integer === undefined) return undefined
  if (name === 'numerator') return integer
  if (name === 'denominator') return 1
  if (name !== 'bit_length') return undefined
  return new Callable(name, () =>
    isZero(integer) ? 0 : (integer < 0 ? -BigInt(integer) : BigInt(integer)).toString(2).length,
  )
}

type DictMethod = (dict: Dict, args: readonly Value[], named: KeywordArguments, budget: Budget) => Value

const dictMethods: ReadonlyMap<string, DictMethod> = new Map(
  Object.entries<DictMethod>({
    get: (dict, args, named) => {
      if (named.size > 0) throw typeError('dict.get() takes no keyword arguments')
      const [key, fallback = null] = bind('get', ['key', 'default?'], args, named)
      return orElse(dict.get(key!), () => fallback)
    },
    items: (dict, args, named) => view(dict, 'items', args, named),
    keys: (dict, args, named) => view(dict, 'keys', args, named),
    values: (dict, args, named) => view(dict, 'values', args, named),
    copy: (dict, args, named) => {
      bind('copy', [], args, named)
      return Dict.of(dict.entries())
    },
    clear: (dict, args, named) => {
      bind('clear', [], args, named)
      for (const key of [...dict.keys()]) dict.delete(key)
      return null
    },
    pop: (dict, args, named, budget) => {
      const [key, fallback] = bind('pop', ['key', 'default?'], args, named)
      const value = dict.has(key!) ? dict.get(key!) : fallback
      if (value === undefined) throw new TemplateError('KeyError', repr(key!, budget))
      dict.delete(key!)
      return value
    },
    popitem: (dict, args, named) => {
      bind('popitem', [], args, named)
      const last = [...dict.entries()].at(-1)
      if (last === undefined) throw new TemplateError('KeyError', "'popitem(): dictionary is empty'")
      dict.delete(last[0])
      return new Tuple(last)
    },
    setdefault: (dict, args, named) => {
      const [key, fallback = null] = bind('setdefault', ['key', 'default?'], args, named)
      if (!dict.has(key!)) dict.set(key!, fallback)
      return dict.get(key!)!
    },
    update: (dict, args, named, budget) => {
      for (const [key, value] of makeDict(args, named, budget).entries()) dict.set(key, value)
      return null
    },
    fromkeys: () => {
      throw new UnsupportedError('the method fromkeys of dicts is not supported')
    },
  }),
)

function view(dict: Dict, part: 'items' | 'keys' | 'values', args: readonly Value[], named: KeywordArguments): Value {
  bind(part, [], args, named)
  return new DictView(dict, part)
}

type ListMethod = (items: readonly Value[], args: readonly Value[], named: KeywordArguments, budget: Budget) => Value

const listMethods: ReadonlyMap<string, ListMethod> = new Map(
  Object.entries<ListMethod>({
    copy: (items, args, named) => {
      bind('copy', [], args, named)
      return [...items]
    },
    count: (items, args, named, budget) => {
      const [value] = bind('count', ['value'], args, named)
      return items.filter((item) => isEqual(item, value!, budget)).length
    },
    index: (items, args, named, budget) => {
      const [value, start = 0, stop = items.length] = bind('index', ['value', 'start?', 'stop?'], args, named)
      const bound = (index: Value) => {
        const at = indexArgument(index)
        return at < 0 ? Math.max(0, at + items.length) : at
      }
      const at = items.findIndex((item, i) => i >= bound(start) && i < bound(stop) && isEqual(item, value!, budget))
      if (at < 0) throw valueError(`${repr(value!, budget)} is not in list`)
      return at
    },
  }),
)

type ChangingMethod = (items: Value[], args: readonly Value[], named: KeywordArguments, budget: Budget) => Value

/**
 * The methods that change a list. Jinja2's sandbox has them, that of transformers forbids them;
 * llama-server has them, and Kimi K2's templates need them for calls. All values belong to one
 * rendering.
 */
const changingListMethods: ReadonlyMap<string, ChangingMethod> = new Map(
  Object.entries<ChangingMethod>({
    append: (items, args, named, budget) => {
      const [value] = bind('append', ['object'], args, named)
      budget.spend(1)
      items.push(value!)
      return null
    },
    clear: (items, args, named) => {
      bind('clear', [], args, named)
      items.length = 0
      return null
    },
    extend: (items, args, named, budget) => {
      const [more] = bind('extend', ['iterable'], args, named)
      for (const item of listOf(more!, budget)) items.push(item)
      return null
    },
    insert: (items, args, named, budget) => {
      const [index, value] = bind('insert', ['index', 'object'], args, named)
      budget.spend(items.length)
      items.splice(indexArgument(index!), 0, value!)
      return null
    },
    pop: (items, args, named, budget) => {
      const [index = -1] = bind('pop', ['index?'], args, named)
      const at = indexArgument(index)
      const place = at < 0 ? at + items.length : at
      const value = items[place]
      if (value === undefined) {
        throw new TemplateError('IndexError', items.length === 0 ? 'pop from empty list' : 'pop index out of range')
      }
      budget.spend(items.length - place)
      items.splice(place, 1)
      return value
    },
    remove: (items, args, named, budget) => {
      const [value] = bind('remove', ['value'], args, named)
      const at = items.findIndex((item) => isEqual(item, value!, budget))
      if (at < 0) throw valueError('list.remove(x): x not in list')
      items.splice(at, 1)
      return null
    },
    reverse: (items, args, named, budget) => {
      bind('reverse', [], args, named)
      budget.spend(items.length)
      items.reverse()
      return null
    },
    sort: () => {
      throw new UnsupportedError('the method sort of lists is not supported: use the filter')
    },
  }),
)

function unsafe(object: Value, name: string): Undefined {
  return new Undefined(`access to attribute '${name}' of '${typeName(object)}' object is unsafe.`, 'SecurityError')
}

function missing(object: Value, key: Value, budget: Budget): Undefined {
  const owner = object === null ? 'None' : describe(object)
  const name = textOf(key)
  if (name === undefined) return new Undefined(`${owner} has no element ${repr(key, budget)}`)
  return new Undefined(`'${owner}' has no attribute '${name}'`)
}

function describe(object: Value): string {
  const name = typeName(object)
  if (object instanceof Namespace) return 'jinja2.utils.Namespace object'
  return object instanceof Fixed ? `jinja2.runtime.${name} object` : `${name} object`
}

/** Python's dict(…): a dict or pairs, then named members. */
export function makeDict(args: readonly Value[], named: KeywordArguments, budget: Budget): Dict {
  const [source] = args
  if (args.length > 1) throw typeError(`dict expected at most 1 argument, got ${args.length}`)
  const dict = new Dict()
  if (source instanceof Dict) for (const [key, value] of source.entries()) dict.set(key, value)
  else if (source !== undefined) {
    for (const [i, pair] of listOf(source, budget).entries()) {
      const items = listOf(pair, budget)
      if (items.length !== 2) {
        const message = `dictionary update sequence element #${i} has length ${items.length}; 2 is required`
        throw valueError(message)
      }
      dict.set(items[0]!, items[1]!)
    }
  }
  for (const [key, value] of named) dict.set(key, value)
  budget.spend(dict.size)
  return dict
}
