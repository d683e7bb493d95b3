// Filters of texts.
import { filterArgumentError, flag, indexArgument, textArgument } from '../arguments.ts'
import { iterate, sizeOf } from '../compare.ts'
import { TemplateError, typeError, UnsupportedError, valueError } from '../errors.ts'
import { formatPercent } from '../format.ts'
import { escapeHtml, stripTags, urlQuote } from '../html.ts'
import { fixedText, numberOf, parseFloatText, toDouble } from '../numbers.ts'
import { repr, str } from '../print.ts'
import { capitalize, replace } from '../string-methods.ts'
import { lengthOf, offsetOf, splitLines, strip } from '../text.ts'
import { Dict, isList, Markup, Tuple, textOf, typeName, Undefined, type Value } from '../values.ts'
import { type Engine, type Filter, filter } from './filter.ts'
import { wrapLine } from './wrap.ts'

export const textFilters: Readonly<Record<string, Filter>> = {
  capitalize: ofText('capitalize', [], (text) => capitalize(text)),
  center: ofText('center', ['width?'], (text, [width = 80], { budget }) => {
    const size = indexArgument(width)
    budget.text(Math.max(0, size))
    const missing = Math.max(0, size - lengthOf(text))
    const left = Math.floor(missing / 2) + (missing & size & 1)
    return ' '.repeat(left) + text + ' '.repeat(missing - left)
  }),
  e: filter('escape', [], escaped),
  escape: filter('escape', [], escaped),
  filesizeformat: filter('filesizeformat', ['binary?'], (value, [binary]) => fileSize(value, flag(binary))),
  forceescape: filter('forceescape', [], (value, _, { budget }) => new Markup(escapeHtml(str(value, budget)))),
  format: (value, args, named, { budget }) => {
    if (args.length > 0 && named.size > 0) {
      throw filterArgumentError("can't handle positional and keyword arguments at the same time")
    }
    const values = named.size > 0 ? Dict.of(named) : new Tuple(args)
    return likeSource(value, formatPercent(str(value, budget), values, budget))
  },
  indent: filter('indent', ['width?', 'first?', 'blank?'], indent),
  lower: ofText('lower', [], (text) => text.toLowerCase()),
  pprint: filter('pprint', [], (value, _, { budget }) => {
    const text = repr(value, budget)
    if (text.length > 80) throw new UnsupportedError('the filter pprint is not supported for more than one line')
    return text
  }),
  replace: filter('replace', ['old', 'new', 'count?'], (value, [old, by, count = null], { budget }) => {
    const times = count === null ? -1 : indexArgument(count)
    return replace(str(value, budget), str(old!, budget), str(by!, budget), times, budget)
  }),
  safe: filter('safe', [], (value, _, { budget }) => new Markup(str(value, budget))),
  string: filter('string', [], (value, _, { budget }) => (value instanceof Markup ? value : str(value, budget))),
  striptags: filter('striptags', [], (value, _, { budget }) => stripTags(paid(str(value, budget), budget))),
  title: ofText('title', [], (text) =>
    text
      .split(/([-\s({[<]+)/)
      .map((part) => capitalizeWord(part))
      .join(''),
  ),
  trim: ofText('trim', ['chars?'], (text, [chars = null]) =>
    chars === null ? strip(text) : strip(text, textArgument(chars, 'strip arg')),
  ),
  truncate: filter('truncate', ['length?', 'killwords?', 'end?', 'leeway?'], truncate),
  upper: ofText('upper', [], (text) => text.toUpperCase()),
  urlencode: filter('urlencode', [], urlEncode),
  urlize: filter('urlize', ['*'], () => {
    throw new UnsupportedError('the filter urlize is not supported')
  }),
  wordcount: ofText('wordcount', [], (text) => text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  wordwrap: filter('wordwrap', ['width?', 'break_long_words?', 'wrapstring?', 'break_on_hyphens?'], wordWrap),
  xmlattr: filter('xmlattr', ['autospace?'], xmlAttributes),
}

/** A filter that reads any value as a text; a text marked as escaped stays marked. */
function ofText(
  name: string,
  parameters: readonly string[],
  call: (text: string, args: readonly (Value | undefined)[], engine: Engine) => Value,
): Filter {
  return filter(name, parameters, (value, args, engine) => {
    return likeSource(value, call(paid(str(value, engine.budget), engine.budget), args, engine))
  })
}

function paid(text: string, budget: Engine['budget']): string {
  budget.text(text.length)
  return text
}

function likeSource(source: Value, result: Value): Value {
  return source instanceof Markup && typeof result === 'string' ? new Markup(result) : result
}

function escaped(value: Value, _: unknown, { budget }: Engine): Value {
  return value instanceof Markup ? value : new Markup(escapeHtml(paid(str(value, budget), budget)))
}

function noAttribute(value: Value, name: string): TemplateError {
  return new TemplateError('AttributeError', `'${typeName(value)}' object has no attribute '${name}'`)
}

function capitalizeWord(word: string): string {
  const first = word === '' ? '' : String.fromCodePoint(word.codePointAt(0)!)
  return first.toUpperCase() + word.slice(first.length).toLowerCase()
}

function fileSize(value: Value, isBinary: boolean): string {
  if (value instanceof Undefined) value.fail()
  const text = textOf(value)
  const number = numberOf(value)
  if (text === undefined && number === undefined) {
    throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`)
  }
  const bytes = text === undefined ? toDouble(number!) : parseFloatText(text)
  const base = isBinary ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`
  const prefixes = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']
  let i = 0
  while (i < prefixes.length - 1 && bytes >= base ** (i + 2)) i += 1
  const prefix = isBinary ? `${prefixes[i]!.toUpperCase()}iB` : `${prefixes[i]}B`
  return `${fixedText((base * bytes) / base ** (i + 2), 1)} ${prefix}`
}

function indent(value: Value, [width = 4, first, blank]: readonly (Value | undefined)[], { budget }: Engine): Value {
  const text = textOf(value)
  if (value instanceof Undefined) value.fail()
  if (text === undefined && isList(value)) throw noAttribute(value, 'splitlines')
  if (text === undefined) throw typeError(`unsupported operand type(s) for +=: '${typeName(value)}' and 'str'`)
  const own = textOf(width)
  const size = own === undefined ? Math.max(0, indexArgument(width)) : own.length
  const lines = splitLines(`${text}\n`)
  budget.text(text.length + lines.length * size)
  const indention = own ?? ' '.repeat(size)
  const rest = lines.slice(1).map((line) => (line === '' && !flag(blank) ? line : indention + line))
  const result = (flag(first) ? indention : '') + [lines[0] ?? '', ...rest].join('\n')
  return likeSource(value, result)
}

function truncate(value: Value, args: readonly (Value | undefined)[], { budget }: Engine): Value {
  const [length = 255, killwords, end = '...', leeway = null] = args
  const size = indexArgument(length)
  const tail = textArgument(end, 'end')
  const spare = leeway === null ? 5 : indexArgument(leeway)
  const fail = (message: string) => new TemplateError('AssertionError', message)
  if (size < lengthOf(tail)) throw fail(`expected length >= ${lengthOf(tail)}, got ${size}`)
  if (spare < 0) throw fail(`expected leeway >= 0, got ${spare}`)
  const text = textOf(value)
  const nValue = sizeOf(value)
  if (nValue === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`)
  if (nValue <= size + spare) return value
  if (text === undefined) throw typeError(`cannot truncate a value of type '${typeName(value)}'`)
  budget.text(text.length)
  const cut = text.slice(0, offsetOf(text, size - lengthOf(tail)))
  const lastBlank = cut.lastIndexOf(' ')
  return likeSource(value, (flag(killwords) || lastBlank < 0 ? cut : cut.slice(0, lastBlank)) + tail)
}

function urlEncode(value: Value, _: unknown, { budget }: Engine): Value {
  const text = textOf(value)
  if (text !== undefined || value === null || typeof value === 'boolean' || numberOf(value) !== undefined) {
    return urlQuote(paid(str(value, budget), budget), false)
  }
  const pairs = value instanceof Dict ? [...value.entries()] : [...iterate(value)].map((pair) => [...iterate(pair)])
  return pairs
    .map((pair) => {
      const [key, member] = pair
      if (pair.length !== 2) throw valueError(`not enough values to unpack (expected 2, got ${pair.length})`)
      return `${urlQuote(paid(str(key!, budget), budget), true)}=${urlQuote(paid(str(member!, budget), budget), true)}`
    })
    .join('&')
}

function wordWrap(value: Value, args: readonly (Value | undefined)[], { budget }: Engine): Value {
  const [width = 79, breaksWords, wrapString = null, breaksHyphens] = args
  if (value instanceof Undefined) value.fail()
  const text = textOf(value)
  if (text === undefined) throw noAttribute(value, 'splitlines')
  budget.text(text.length * 4)
  const size = indexArgument(width)
  if (size <= 0) throw valueError(`invalid width ${size} (must be > 0)`)
  const newline = wrapString === null ? '\n' : textArgument(wrapString, 'wrapstring')
  const lines = splitLines(text).map((line) => wrapLine(line, size, flag(breaksWords, true), flag(breaksHyphens, true)))
  const parts = lines.flatMap((parts) => (parts.length === 0 ? [''] : parts))
  budget.text(text.length + parts.length * newline.length)
  return parts.join(newline)
}

function xmlAttributes(value: Value, [autospace]: readonly (Value | undefined)[], { budget }: Engine): Value {
  if (value instanceof Undefined) value.fail()
  if (!(value instanceof Dict)) throw noAttribute(value, 'items')
  const items: string[] = []
  for (const [key, member] of value.entries()) {
    if (member === null || member instanceof Undefined) continue
    const name = textArgument(key, 'attribute name')
    if (/[\s/>=]/.test(name)) throw valueError(`Invalid character in attribute name: ${repr(key, budget)}`)
    items.push(`${escapeHtml(name)}="${str(escaped(member, [], { budget } as Engine), budget)}"`)
  }
  const text = items.join(' ')
  return flag(autospace, true) && text !== '' ? ` ${text}` : text
}
