// Values → text, as Python's str() and repr() write them.
import type { Budget } from './budget.ts'
import { floatText } from './numbers.ts'
import {
  Callable,
  Dict,
  DictView,
  Fixed,
  Float,
  isList,
  Lazy,
  Markup,
  Namespace,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts'

export function str(value: Value, budget: Budget): string {
  if (typeof value === 'string') return value
  if (value instanceof Markup) return value.text
  if (value instanceof Undefined) return ''
  return repr(value, budget)
}

export function repr(value: Value, budget: Budget): string {
  budget.spend(1)
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return quote(value, budget)
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Markup) return `Markup(${quote(value.text, budget)})`
  if (value instanceof Undefined) return 'Undefined'
  if (isList(value)) return `[${list(value, budget)}]`
  if (value instanceof Tuple) return `(${list(value.items, budget)}${value.items.length === 1 ? ',' : ''})`
  if (value instanceof Dict) return dictText(value, budget)
  if (value instanceof DictView) return viewText(value, budget)
  if (value instanceof Range) {
    return `range(${value.start}, ${value.stop}${value.step === 1 ? '' : `, ${value.step}`})`
  }
  if (value instanceof Namespace) return `<Namespace ${dictText(Dict.of(value.attributes), budget)}>`
  if (value instanceof Fixed) return value.repr()
  if (value instanceof Callable) return value.name.startsWith('<') ? value.name : `<built-in method ${value.name}>`
  return value instanceof Lazy ? `<${value.typeName} object>` : `<${typeName(value)} object>`
}

function list(items: readonly Value[], budget: Budget): string {
  return joined(
    items.map((item) => repr(item, budget)),
    budget,
  )
}

function dictText(dict: Dict, budget: Budget): string {
  const pairs: string[] = []
  for (const [key, value] of dict.entries()) pairs.push(`${repr(key, budget)}: ${repr(value, budget)}`)
  return `{${joined(pairs, budget)}}`
}

function viewText({ dict, part }: DictView, budget: Budget): string {
  const items: Value[] =
    part === 'items'
      ? [...dict.entries()].map((pair) => new Tuple(pair))
      : part === 'keys'
        ? [...dict.keys()]
        : [...dict.values()]
  return `dict_${part}([${list(items, budget)}])`
}

function joined(parts: readonly string[], budget: Budget): string {
  budget.text(parts.reduce((length, part) => length + part.length + 2, 0))
  return parts.join(', ')
}

const special = /[\\\p{C}\p{Z}]/gu
const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', ' ': ' ' }

function quote(text: string, budget: Budget): string {
  budget.text(text.length)
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(special, (char) => named[char] ?? escapeChar(char.codePointAt(0)!))
  return mark + (mark === "'" ? escaped.replaceAll("'", "\\'") : escaped) + mark
}

function escapeChar(code: number): string {
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
