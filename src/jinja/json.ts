// `tojson` as transformers has it: Python's json.dumps(), without escapes for HTML.
import { bind, flag } from './arguments.ts'
import type { Budget } from './budget.ts'
import { itemsOf, order } from './compare.ts'
import { toValue } from './convert.ts'
import { typeError, valueError } from './errors.ts'
import { floatText, integerOf } from './numbers.ts'
import { Dict, Float, isList, type KeywordArguments, Tuple, textOf, typeName, type Value } from './values.ts'

type Layout = {
  readonly isAscii: boolean
  /** One level; undefined: everything on one line. */
  readonly indent: string | undefined
  readonly itemSeparator: string
  readonly keySeparator: string
  readonly sortsKeys: boolean
}

const parameters = ['ensure_ascii?', 'indent?', 'separators?', 'sort_keys?']

/** The filter. Source: transformers' chat_template_utils, whose `tojson` is plain json.dumps. */
export function toJson(value: Value, args: readonly Value[], named: KeywordArguments, budget: Budget): string {
  const [isAscii, indent, separators, sortsKeys] = bind('tojson', parameters, args, named)
  const step = indentOf(indent ?? null)
  const [item, key] = separatorsOf(separators ?? null) ?? [step === undefined ? ', ' : ',', ': ']
  const layout = {
    isAscii: flag(isAscii),
    indent: step,
    itemSeparator: item,
    keySeparator: key,
    sortsKeys: flag(sortsKeys),
  }
  const parts: string[] = []
  write(value, layout, '\n', parts, budget)
  return parts.join('')
}

function indentOf(indent: Value): string | undefined {
  if (indent === null) return undefined
  const text = textOf(indent)
  if (text !== undefined) return text
  const width = integerOf(indent)
  if (width === undefined) throw typeError(`can't multiply sequence by non-int of type '${typeName(indent)}'`)
  return ' '.repeat(Math.min(1000, Math.max(0, Number(width))))
}

function separatorsOf(separators: Value): readonly [string, string] | undefined {
  if (separators === null) return undefined
  const [item, key, ...more] = itemsOf(separators) ?? []
  if (item === undefined || key === undefined || more.length > 0) throw valueError('separators must be two texts')
  return [textOf(item) ?? '', textOf(key) ?? '']
}

function write(value: Value, layout: Layout, newline: string, parts: string[], budget: Budget): void {
  budget.spend(1)
  if (isList(value) || value instanceof Tuple) {
    const items = isList(value) ? value : value.items
    const writers = items.map((item) => (inner: string) => write(item, layout, inner, parts, budget))
    writeAll(writers, '[]', layout, newline, parts, budget)
  } else if (value instanceof Dict) {
    const entries = [...value.entries()]
    if (layout.sortsKeys) entries.sort(([a], [b]) => order(a, b, budget))
    const writers = entries.map(([key, member]) => (inner: string) => {
      parts.push(quote(keyText(key), layout, budget), layout.keySeparator)
      write(member, layout, inner, parts, budget)
    })
    writeAll(writers, '{}', layout, newline, parts, budget)
  } else {
    const text = textOf(value)
    parts.push(text === undefined ? scalar(value) : quote(text, layout, budget))
  }
}

/** @param newline the end of a line, with the indentation of the enclosing value. */
function writeAll(
  writers: readonly ((newline: string) => void)[],
  [open, close]: string,
  { indent, itemSeparator }: Layout,
  newline: string,
  parts: string[],
  budget: Budget,
): void {
  if (writers.length === 0) {
    parts.push(open! + close!)
    return
  }
  const inner = indent === undefined ? '' : newline + indent
  parts.push(open!)
  for (const [i, writeOne] of writers.entries()) {
    budget.text(inner.length)
    parts.push((i === 0 ? '' : itemSeparator) + inner)
    writeOne(inner)
  }
  parts.push(indent === undefined ? close! : newline + close!)
}

function scalar(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Float) return floatJson(value.value)
  throw typeError(`Object of type ${typeName(value)} is not JSON serializable`)
}

function floatJson(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? floatText(value) : value < 0 ? '-Infinity' : 'Infinity'
}

function keyText(key: Value): string {
  const text = textOf(key)
  if (text !== undefined) return text
  if (key instanceof Float || key === null || typeof key === 'boolean' || integerOf(key) !== undefined)
    return scalar(key)
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`)
}

function quote(text: string, { isAscii }: Layout, budget: Budget): string {
  budget.text(text.length)
  const quoted = JSON.stringify(text)
  if (!isAscii) return quoted
  return quoted.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** `from_json`: Python's json.loads(). @throws TemplateError */
export function fromJson(text: string, budget: Budget): Value {
  budget.text(text.length)
  try {
    return toValue(JSON.parse(text))
  } catch (error) {
    throw valueError(`cannot read JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
