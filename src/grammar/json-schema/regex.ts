// The `pattern` of a schema: a regular expression of JavaScript, read into a tree, and the tree as GBNF inside a JSON string.
import { type CodePoints, either, literal, times } from './gbnf-text.ts'
import { jsonChars, normalize, subtract } from './json-text.ts'

export type Regex =
  | { readonly kind: 'set'; readonly ranges: readonly CodePoints[] }
  | { readonly kind: 'sequence'; readonly items: readonly Regex[] }
  | { readonly kind: 'either'; readonly alternatives: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly item: Regex; readonly min: number; readonly max: number }

const largest = 0x10ffff
const all: readonly CodePoints[] = [{ from: 0, to: largest }]
const one = (codePoint: number): CodePoints => ({ from: codePoint, to: codePoint })
const chars = (text: string): CodePoints[] => Array.from(text, (char) => one(char.codePointAt(0)!))

const digits: readonly CodePoints[] = [{ from: 0x30, to: 0x39 }]
const word = [...digits, { from: 0x41, to: 0x5a }, { from: 0x61, to: 0x7a }, one(0x5f)]
const space = [...chars(' \t\n\r\f\v\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff'), { from: 0x2000, to: 0x200a }]
const classes: Readonly<Record<string, readonly CodePoints[]>> = {
  d: digits,
  D: subtract(all, digits),
  w: word,
  W: subtract(all, word),
  s: space,
  S: subtract(all, space),
}
const notDot = chars('\n\r\u2028\u2029')
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, '0': 0 }

/** What may stand before and after a pattern that is not tied to the ends of the text. */
const anything: Regex = { kind: 'repeat', item: { kind: 'set', ranges: all }, min: 0, max: Number.POSITIVE_INFINITY }

/**
 * The texts in which the pattern is found.
 * @throws Error that says what of the pattern cannot be read.
 */
export function parseRegex(pattern: string): Regex {
  return new Parser(Array.from(pattern)).whole()
}

/** The fewest and the most characters of a text that matches. */
export function lengthOf(regex: Regex): { min: number; max: number } {
  switch (regex.kind) {
    case 'set':
      return { min: 1, max: 1 }
    case 'sequence': {
      const lengths = regex.items.map(lengthOf)
      return { min: sum(lengths.map(({ min }) => min)), max: sum(lengths.map(({ max }) => max)) }
    }
    case 'either': {
      const lengths = regex.alternatives.map(lengthOf)
      return { min: Math.min(...lengths.map(({ min }) => min)), max: Math.max(...lengths.map(({ max }) => max)) }
    }
    case 'repeat': {
      const { min, max } = lengthOf(regex.item)
      return { min: min * regex.min, max: max === 0 || regex.max === 0 ? 0 : max * regex.max }
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

/** @returns the expression of the inside of a JSON string; undefined when no text matches. */
export function regexToGbnf(regex: Regex): string | undefined {
  switch (regex.kind) {
    case 'set':
      return jsonChars(regex.ranges)
    case 'sequence': {
      const parts = joined(regex.items).map((item) => (typeof item === 'string' ? item : regexToGbnf(item)))
      if (parts.includes(undefined)) return undefined
      return parts.length === 0 ? '""' : parts.join(' ')
    }
    case 'either': {
      const parts = regex.alternatives.flatMap((alternative) => regexToGbnf(alternative) ?? [])
      return parts.length === 0 ? undefined : either(parts)
    }
    case 'repeat': {
      const item = regexToGbnf(regex.item)
      if (item === undefined) return regex.min === 0 ? '""' : undefined
      if (regex.max === 0 || item === '""') return '""'
      const isOne = regex.item.kind === 'set' || /^\([^()]*\)$/.test(item)
      return `${isOne ? item : `(${item})`}${times(regex.min, regex.max)}`
    }
  }
}

/** Single plain characters in a row as one literal. */
function joined(items: readonly Regex[]): (Regex | string)[] {
  const result: (Regex | string)[] = []
  let text = ''
  const flush = () => {
    if (text !== '') result.push(literal(JSON.stringify(text).slice(1, -1)))
    text = ''
  }
  for (const item of items) {
    const [range] = item.kind === 'set' && item.ranges.length === 1 ? item.ranges : []
    if (range !== undefined && range.from === range.to && !(range.from >= 0xd800 && range.from <= 0xdfff)) {
      text += String.fromCodePoint(range.from)
      continue
    }
    flush()
    result.push(item)
  }
  flush()
  return result
}

class Parser {
  readonly #chars: readonly string[]
  #at = 0

  constructor(chars: readonly string[]) {
    this.#chars = chars
  }

  /** `^` and `$` are read at the ends of the alternatives of the whole; elsewhere they are refused. */
  whole(): Regex {
    const alternatives = [this.#anchored()]
    while (this.#take('|')) alternatives.push(this.#anchored())
    if (this.#at < this.#chars.length) this.#fail('an unmatched ")"')
    return alternatives.length === 1 ? alternatives[0]! : { kind: 'either', alternatives }
  }

  #anchored(): Regex {
    const isStart = this.#take('^')
    const inner = this.#sequence()
    const isEnd = this.#take('$')
    return { kind: 'sequence', items: [...(isStart ? [] : [anything]), ...inner, ...(isEnd ? [] : [anything])] }
  }

  #sequence(): Regex[] {
    const items: Regex[] = []
    for (let next = this.#peek(); next !== '' && next !== '|' && next !== ')'; next = this.#peek()) {
      if (next === '$' && this.#isAtEnd(this.#at + 1)) break
      items.push(this.#quantified(this.#atom()))
    }
    return items
  }

  #isAtEnd(at: number): boolean {
    return at >= this.#chars.length || this.#chars[at] === '|'
  }

  #atom(): Regex {
    const next = this.#next()
    switch (next) {
      case '.':
        return { kind: 'set', ranges: subtract(all, notDot) }
      case '[':
        return this.#class()
      case '(':
        return this.#group()
      case '\\':
        return { kind: 'set', ranges: this.#escape() }
      case '^':
      case '$':
        return this.#fail(`"${next}" inside`)
      case '*':
      case '+':
      case '?':
        return this.#fail(`"${next}" with nothing to repeat`)
      default:
        return { kind: 'set', ranges: [one(next.codePointAt(0)!)] }
    }
  }

  #group(): Regex {
    if (this.#take('?')) {
      if (this.#take('<')) {
        if (this.#peek() === '=' || this.#peek() === '!') this.#fail('a lookbehind')
        while (this.#next() !== '>') {}
      } else if (!this.#take(':')) {
        this.#fail('a lookahead')
      }
    }
    const alternatives: Regex[] = []
    do {
      alternatives.push({ kind: 'sequence', items: this.#sequence() })
    } while (this.#take('|'))
    if (!this.#take(')')) this.#fail('an unmatched "("')
    return alternatives.length === 1 ? alternatives[0]! : { kind: 'either', alternatives }
  }

  #quantified(item: Regex): Regex {
    let min: number
    let max: number
    if (this.#take('*')) [min, max] = [0, Number.POSITIVE_INFINITY]
    else if (this.#take('+')) [min, max] = [1, Number.POSITIVE_INFINITY]
    else if (this.#take('?')) [min, max] = [0, 1]
    else {
      const braces = /^\{(\d+)(,?)(\d*)\}/.exec(this.#chars.slice(this.#at, this.#at + 24).join(''))
      if (braces === null) return item
      this.#at += braces[0].length
      min = Number(braces[1])
      max = braces[2] === '' ? min : braces[3] === '' ? Number.POSITIVE_INFINITY : Number(braces[3])
      if (max < min) this.#fail(`${braces[0]}, whose numbers are in the wrong order`)
    }
    this.#take('?') // lazy: the same texts match
    return { kind: 'repeat', item, min, max }
  }

  #class(): Regex {
    const isNegated = this.#take('^')
    const ranges: CodePoints[] = []
    while (!this.#take(']')) {
      const from = this.#classItem()
      const isRange = this.#peek() === '-' && this.#chars[this.#at + 1] !== ']' && this.#at + 1 < this.#chars.length
      if (!isRange) {
        ranges.push(...from)
        continue
      }
      this.#next()
      const to = this.#classItem()
      const [first, last] = [from[0]!, to[0]!]
      if (from.length > 1 || to.length > 1 || first.from !== first.to || last.from !== last.to)
        this.#fail('a range of a class')
      if (first.from > last.to) this.#fail('a range whose ends are in the wrong order')
      ranges.push({ from: first.from, to: last.to })
    }
    return { kind: 'set', ranges: isNegated ? subtract(all, ranges) : normalize(ranges) }
  }

  #classItem(): readonly CodePoints[] {
    const next = this.#next()
    if (next !== '\\') return [one(next.codePointAt(0)!)]
    if (this.#take('b')) return [one(8)]
    if (this.#take('-')) return [one(0x2d)]
    return this.#escape()
  }

  #escape(): readonly CodePoints[] {
    const next = this.#next()
    const known = classes[next]
    if (known !== undefined) return known
    if (next === '0' && /\d/.test(this.#peek())) this.#fail('an octal escape')
    const control = controls[next]
    if (control !== undefined) return [one(control)]
    if (next === 'x') return [one(this.#hex(2))]
    if (next === 'u') return [one(this.#unicode())]
    if (next === 'c') return [one(this.#next().charCodeAt(0) % 32)]
    if (/[1-9k]/.test(next)) this.#fail('a reference to a group')
    if (/[A-Za-z]/.test(next)) this.#fail(`\\${next}`)
    return [one(next.codePointAt(0)!)]
  }

  #unicode(): number {
    if (this.#take('{')) {
      let text = ''
      for (let next = this.#next(); next !== '}'; next = this.#next()) text += next
      const codePoint = Number.parseInt(text, 16)
      if (!/^[0-9a-f]+$/i.test(text) || codePoint > largest) this.#fail(`\\u{${text}}`)
      return codePoint
    }
    const high = this.#hex(4)
    const isPair = high >= 0xd800 && high <= 0xdbff && this.#peek() === '\\' && this.#chars[this.#at + 1] === 'u'
    if (!isPair) return high
    this.#at += 2
    return 0x10000 + ((high - 0xd800) << 10) + (this.#hex(4) - 0xdc00)
  }

  #hex(nDigits: number): number {
    const text = this.#chars.slice(this.#at, this.#at + nDigits).join('')
    if (text.length !== nDigits || !/^[0-9a-f]+$/i.test(text)) this.#fail('an escape without its digits')
    this.#at += nDigits
    return Number.parseInt(text, 16)
  }

  #peek(): string {
    return this.#chars[this.#at] ?? ''
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false
    this.#at++
    return true
  }

  #next(): string {
    const char = this.#chars[this.#at++]
    if (char === undefined) return this.#fail('an early end')
    return char
  }

  #fail(what: string): never {
    throw new Error(`has ${what}, which no grammar can follow here`)
  }
}
