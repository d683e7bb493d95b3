// The methods of Python's str that make sense for a prompt.
import { bind, clamp, indexArgument, textArgument } from './arguments.ts'
import type { Budget } from './budget.ts'
import { isTruthy, iterate } from './compare.ts'
import { typeError, UnsupportedError, valueError } from './errors.ts'
import { formatBraces, type Lookup } from './format.ts'
import {
  charsOf,
  indexOf,
  lengthOf,
  offsetOf,
  splitLines,
  splitWords,
  splitWordsRight,
  strip,
  stripLeft,
  stripRight,
} from './text.ts'
import { Dict, type KeywordArguments, Tuple, textOf, typeName, type Value } from './values.ts'

type Method = {
  readonly parameters: readonly string[]
  readonly call: (text: string, args: readonly (Value | undefined)[], budget: Budget) => Value
}

/** Methods that need the engine itself. */
type Tools = { readonly budget: Budget; readonly lookup: Lookup }

const notServed = new Set(['encode', 'maketrans', 'translate', 'isprintable', 'casefold'])

/** @returns undefined when a string has no such method. */
export function stringMethod(
  text: string,
  name: string,
  { budget, lookup }: Tools,
): ((args: readonly Value[], named: KeywordArguments) => Value) | undefined {
  if (name === 'format') return (args, named) => formatBraces(text, args, named, lookup, budget)
  if (name === 'format_map') return (args, named) => formatMap(text, args, named, lookup, budget)
  if (notServed.has(name)) {
    return () => {
      throw new UnsupportedError(`the method ${name} of strings is not supported`)
    }
  }
  const method = methods.get(name)
  if (method === undefined) return undefined
  return (args, named) => {
    budget.text(text.length)
    return method.call(text, bind(name, method.parameters, args, named), budget)
  }
}

const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries<Method>({
    capitalize: simple(capitalize),
    center: padding((text, missing, fill, width) => {
      const left = Math.floor(missing / 2) + (missing & width & 1)
      return fill.repeat(left) + text + fill.repeat(missing - left)
    }),
    count: {
      parameters: ['sub', 'start?', 'end?'],
      call: (text, [sub, start, end]) => {
        const part = textArgument(sub!, 'must be str argument')
        const window = windowOf(text, start, end)
        if (window === undefined) return 0
        return part === '' ? lengthOf(window.text) + 1 : window.text.split(part).length - 1
      },
    },
    endswith: affix((text, part) => text.endsWith(part), 'endswith'),
    expandtabs: {
      parameters: ['tabsize?'],
      call: (text, [size = 8], budget) => expandTabs(text, indexArgument(size), budget),
    },
    find: search((text, part) => text.indexOf(part)),
    index: search((text, part) => found(text.indexOf(part))),
    isalnum: simple((text) => /^[\p{L}\p{N}]+$/u.test(text)),
    isalpha: simple((text) => /^\p{L}+$/u.test(text)),
    isascii: simple((text) => /^[\x00-\x7f]*$/.test(text)),
    isdecimal: simple((text) => /^\p{Nd}+$/u.test(text)),
    isdigit: simple((text) => /^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐]+$/u.test(text)),
    isidentifier: simple((text) => /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(text)),
    islower: simple(isLower),
    isnumeric: simple((text) => /^[\p{N}一二三四五六七八九十百千万億兆零〇]+$/u.test(text)),
    isspace: simple((text) => text !== '' && strip(text) === ''),
    istitle: simple((text) => /[\p{Lu}\p{Lt}\p{Ll}]/u.test(text) && titled(text) === text),
    isupper: simple(isUpper),
    join: { parameters: ['iterable'], call: (text, [items], budget) => join(text, items!, budget) },
    ljust: padding((text, missing, fill) => text + fill.repeat(missing)),
    lower: simple((text) => text.toLowerCase()),
    lstrip: stripping(stripLeft),
    partition: {
      parameters: ['sep'],
      call: (text, [sep]) => partition(text, separator(sep!), text.indexOf(separator(sep!)), false),
    },
    removeprefix: {
      parameters: ['prefix'],
      call: (text, [prefix]) => {
        const part = textArgument(prefix!, 'removeprefix() argument')
        return text.startsWith(part) ? text.slice(part.length) : text
      },
    },
    removesuffix: {
      parameters: ['suffix'],
      call: (text, [suffix]) => {
        const part = textArgument(suffix!, 'removesuffix() argument')
        return part !== '' && text.endsWith(part) ? text.slice(0, -part.length) : text
      },
    },
    replace: {
      parameters: ['old', 'new', 'count?'],
      call: (text, [old, by, count = -1], budget) =>
        replace(
          text,
          textArgument(old!, 'replace() argument 1'),
          textArgument(by!, 'replace() argument 2'),
          indexArgument(count),
          budget,
        ),
    },
    rfind: search((text, part) => text.lastIndexOf(part)),
    rindex: search((text, part) => found(text.lastIndexOf(part))),
    rjust: padding((text, missing, fill) => fill.repeat(missing) + text),
    rpartition: {
      parameters: ['sep'],
      call: (text, [sep]) => partition(text, separator(sep!), text.lastIndexOf(separator(sep!)), true),
    },
    rsplit: splitting(splitRight, splitWordsRight),
    rstrip: stripping(stripRight),
    split: splitting(splitLeft, splitWords),
    splitlines: {
      parameters: ['keepends?'],
      call: (text, [keeps = false], budget) => spent(splitLines(text, isTruthy(keeps)), budget),
    },
    startswith: affix((text, part) => text.startsWith(part), 'startswith'),
    strip: stripping(strip),
    swapcase: simple((text) =>
      charsOf(text)
        .map((char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()))
        .join(''),
    ),
    title: simple(titled),
    upper: simple((text) => text.toUpperCase()),
    zfill: {
      parameters: ['width'],
      call: (text, [width], budget) => {
        const size = indexArgument(width!)
        budget.text(Math.max(0, size))
        const sign = /^[+-]/.exec(text)?.[0] ?? ''
        return sign + '0'.repeat(Math.max(0, size - lengthOf(text))) + text.slice(sign.length)
      },
    },
  }),
)

function simple(call: (text: string) => Value): Method {
  return { parameters: [], call }
}

function stripping(call: (text: string, chars?: string) => string): Method {
  return {
    parameters: ['chars?'],
    call: (text, [chars]) =>
      chars === undefined || chars === null ? call(text) : call(text, textArgument(chars, 'strip arg')),
  }
}

/** Methods that look for a part between two indices. @param find gives a UTF-16 offset, or -1. */
function search(find: (text: string, part: string) => number): Method {
  return {
    parameters: ['sub', 'start?', 'end?'],
    call: (text, [sub, start, end]) => {
      const part = textArgument(sub!, 'must be str argument')
      const window = windowOf(text, start, end)
      const at = window === undefined ? find('', '\0') : find(window.text, part)
      return at < 0 ? at : indexOf(text, window!.start + at)
    },
  }
}

/** The part of a text between two indices; undefined when it begins after the end. */
function windowOf(
  text: string,
  start: Value | undefined,
  end: Value | undefined,
): { readonly text: string; readonly start: number } | undefined {
  if ((start ?? null) === null && (end ?? null) === null) return { text, start: 0 }
  const length = lengthOf(text)
  const resolve = (index: Value | undefined, fallback: number) => {
    if (index === undefined || index === null) return fallback
    const at = clamp(indexArgument(index))
    return at < 0 ? Math.max(0, at + length) : at
  }
  const [from, to] = [resolve(start, 0), Math.min(length, resolve(end, length))]
  if (from > length || from > to) return undefined
  const [startOffset, endOffset] = [offsetOf(text, from), offsetOf(text, to)]
  return { text: text.slice(startOffset, endOffset), start: startOffset }
}

function affix(matches: (text: string, part: string) => boolean, name: string): Method {
  return {
    parameters: ['prefix', 'start?', 'end?'],
    call: (text, [prefix, start, end]) => {
      const window = windowOf(text, start, end)
      const parts = prefix instanceof Tuple ? prefix.items : [prefix!]
      return parts.some((part) => {
        const own = textOf(part)
        if (own === undefined) {
          throw typeError(`${name} first arg must be str or a tuple of str, not ${typeName(part)}`)
        }
        return window !== undefined && matches(window.text, own)
      })
    },
  }
}

function padding(call: (text: string, missing: number, fill: string, width: number) => string): Method {
  return {
    parameters: ['width', 'fillchar?'],
    call: (text, [width, fillchar = ' '], budget) => {
      const size = indexArgument(width!)
      const fill = textArgument(fillchar, 'The fill character')
      if (lengthOf(fill) !== 1) throw typeError('The fill character must be exactly one character long')
      const missing = size - lengthOf(text)
      budget.text(Math.max(0, size))
      return missing > 0 ? call(text, missing, fill, size) : text
    },
  }
}

function splitting(
  byText: (text: string, sep: string, max: number) => string[],
  byBlanks: (text: string, max: number) => string[],
): Method {
  return {
    parameters: ['sep?', 'maxsplit?'],
    call: (text, [sep = null, maxsplit = -1], budget) => {
      const max = indexArgument(maxsplit)
      return spent(sep === null ? byBlanks(text, max) : byText(text, separator(sep), max), budget)
    },
  }
}

function spent(parts: string[], budget: Budget): string[] {
  budget.spend(parts.length)
  return parts
}

function separator(value: Value): string {
  const text = textArgument(value, 'separator')
  if (text === '') throw valueError('empty separator')
  return text
}

function splitLeft(text: string, sep: string, max: number): string[] {
  if (max < 0) return text.split(sep)
  const parts: string[] = []
  let start = 0
  for (let at = text.indexOf(sep); at >= 0 && parts.length < max; at = text.indexOf(sep, start)) {
    parts.push(text.slice(start, at))
    start = at + sep.length
  }
  return [...parts, text.slice(start)]
}

function splitRight(text: string, sep: string, max: number): string[] {
  const parts: string[] = []
  let end = text.length
  while (max < 0 || parts.length < max) {
    const at = end < sep.length ? -1 : text.lastIndexOf(sep, end - sep.length)
    if (at < 0) break
    parts.push(text.slice(at + sep.length, end))
    end = at
  }
  parts.push(text.slice(0, end))
  return parts.reverse()
}

function partition(text: string, sep: string, at: number, isRight: boolean): Tuple {
  if (at < 0) return new Tuple(isRight ? ['', '', text] : [text, '', ''])
  return new Tuple([text.slice(0, at), sep, text.slice(at + sep.length)])
}

/** Python's text.replace(old, by, count). @param count negative: all. */
export function replace(text: string, old: string, by: string, count: number, budget: Budget): string {
  const parts = old === '' ? ['', ...charsOf(text), ''] : text.split(old)
  budget.text(text.length + (parts.length - 1) * by.length)
  if (count < 0 || count >= parts.length - 1) return parts.join(by)
  const head = parts.slice(0, count + 1).join(by)
  return old === ''
    ? count === 0
      ? text
      : head + parts.slice(count + 1).join('')
    : [head, ...parts.slice(count + 1)].join(old)
}

function join(sep: string, items: Value, budget: Budget): string {
  const parts: string[] = []
  let length = 0
  for (const item of iterate(items)) {
    const text = textOf(item)
    if (text === undefined) {
      throw typeError(`sequence item ${parts.length}: expected str instance, ${typeName(item)} found`)
    }
    length += text.length + sep.length
    budget.concat(length, 0)
    parts.push(text)
  }
  budget.text(length)
  return parts.join(sep)
}

export function capitalize(text: string): string {
  const first = text === '' ? '' : String.fromCodePoint(text.codePointAt(0)!)
  return titleCase(first) + text.slice(first.length).toLowerCase()
}

function titleCase(char: string): string {
  const upper = char.toUpperCase()
  const [first = '', ...rest] = charsOf(upper)
  return first + rest.join('').toLowerCase()
}

/** Each word, as defined by Python's str.title(), with a capital letter. */
function titled(text: string): string {
  return text.replace(/[\p{Lu}\p{Lt}\p{Ll}]+/gu, (word) => capitalize(word))
}

export function isLower(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text)
}

export function isUpper(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text)
}

function found(offset: number): number {
  if (offset < 0) throw valueError('substring not found')
  return offset
}

function expandTabs(text: string, size: number, budget: Budget): string {
  const parts: string[] = []
  let column = 0
  for (const char of charsOf(text)) {
    if (char === '\t') {
      const width = size > 0 ? size - (column % size) : 0
      budget.text(width)
      parts.push(' '.repeat(width))
      column += width
    } else {
      parts.push(char)
      column = char === '\n' || char === '\r' ? 0 : column + 1
    }
  }
  return parts.join('')
}

function formatMap(
  text: string,
  args: readonly Value[],
  named: KeywordArguments,
  lookup: Lookup,
  budget: Budget,
): string {
  if (named.size > 0) throw typeError('format_map() takes no keyword arguments')
  const [members] = args
  if (args.length !== 1) throw typeError(`format_map() takes exactly one argument (${args.length} given)`)
  if (!(members instanceof Dict)) throw typeError(`'${typeName(members!)}' object is not a mapping`)
  const byName = new Map<string, Value>()
  for (const [key, value] of members.entries()) if (typeof key === 'string') byName.set(key, value)
  return formatBraces(text, [], byName, lookup, budget)
}
