/**
 * GBNF text → syntax tree. It checks each item by itself: spelling, bounds, and terminals that no
 * character can match. References and recursion are checked later, when all rules are known.
 *
 * Stricter than libllama: NUL (its C string would end there), a lone surrogate (it would become
 * U+FFFD), a token id over 31 bits (it would wrap), and a terminal that nothing can match (the
 * generation would end up with no candidate).
 */
import { type GrammarLimits, maxRepetitions } from './limits.ts'
import { GrammarError, positionAt } from './problem.ts'
import type { CharRange, Element, Grammar, Item, Repetition, Rule, Sequence, TokenReference } from './syntax.ts'

/** @throws GrammarError at the first mistake. */
export function parseSyntax(source: string, limits: GrammarLimits): Grammar {
  if (Buffer.byteLength(source) > limits.sourceBytes) {
    throw new GrammarError(0, `grammar is over ${limits.sourceBytes} bytes`)
  }
  const foreign = source.search(/[\0\uD800-\uDFFF]/u)
  if (foreign >= 0) {
    const what = source[foreign] === '\0' ? 'a NUL character' : 'half a surrogate pair'
    throw new GrammarError(foreign, `grammar contains ${what}`)
  }
  return new Parser(source, limits.nestingDepth).grammar()
}

const nameChar = /[A-Za-z0-9-]/
const digit = /[0-9]/
const simpleEscapes: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' }
const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }
const maxCodePoint = 0x10ffff
const maxTokenId = 0x7fffffff
const maxUint64 = 0xffff_ffff_ffff_ffffn

class Parser {
  readonly #source: string
  readonly #maxDepth: number
  readonly #tokens: TokenReference[] = []
  #at = 0

  constructor(source: string, maxDepth: number) {
    this.#source = source
    this.#maxDepth = maxDepth
  }

  grammar(): Grammar {
    const rules: Rule[] = []
    this.#skipSpace(true)
    while (this.#peek() !== '') rules.push(this.#rule())
    return { rules, tokens: this.#tokens }
  }

  #rule(): Rule {
    const at = this.#at
    const name = this.#name()
    if (name === '') this.#fail(`expected a rule name, found ${this.#found()}`)
    this.#skipSpace(false)
    if (!this.#take('::=')) this.#fail(`expected "::=" after rule name "${name}"`)
    this.#skipSpace(true)
    const alternatives = this.#alternatives(0)
    if (!this.#take('\r\n') && !this.#take('\n') && !this.#take('\r') && this.#peek() !== '') {
      this.#fail(`expected a new line after rule "${name}", found ${this.#found()}`)
    }
    this.#skipSpace(true)
    return { name, at, alternatives }
  }

  /**
   * Inside parentheses (depth > 0) a new line is a space; outside it ends the rule, except after
   * `::=` and `|`.
   */
  #alternatives(depth: number): Sequence[] {
    const alternatives = [this.#sequence(depth)]
    while (this.#take('|')) {
      this.#skipSpace(true)
      alternatives.push(this.#sequence(depth))
    }
    return alternatives
  }

  #sequence(depth: number): Sequence {
    const items: Item[] = []
    for (;;) {
      const at = this.#at
      const element = this.#element(depth)
      if (element === undefined) {
        if (/[*+?{]/.test(this.#peek())) this.#fail(`expected something to repeat before "${this.#peek()}"`, at)
        return items
      }
      this.#skipSpace(depth > 0)
      const repetitions: Repetition[] = []
      for (let r = this.#repetition(depth); r !== undefined; r = this.#repetition(depth)) repetitions.push(r)
      items.push({ element, repetitions })
    }
  }

  #element(depth: number): Element | undefined {
    const at = this.#at
    if (this.#take('"')) return this.#literal(at)
    if (this.#take('[')) return this.#class(at)
    if (this.#take('.')) return { kind: 'any', at }
    if (this.#take('(')) return this.#group(at, depth + 1)
    if (this.#peek() === '<' || this.#peek() === '!') return this.#token(at)
    const name = this.#name()
    return name === '' ? undefined : { kind: 'reference', at, name }
  }

  #literal(at: number): Element {
    const codePoints: number[] = []
    while (!this.#take('"')) {
      if (this.#peek() === '') this.#fail('string is not closed: expected "\\""', at)
      const charAt = this.#at
      const codePoint = this.#char()
      if (codePoint === 0 || codePoint > maxCodePoint) {
        this.#fail(`no text contains the character ${this.#source.slice(charAt, this.#at)}`, charAt)
      }
      codePoints.push(codePoint)
    }
    return { kind: 'literal', at, codePoints }
  }

  #class(at: number): Element {
    const negated = this.#take('^')
    const ranges: CharRange[] = []
    while (!this.#take(']')) {
      if (this.#peek() === '') this.#fail('character class is not closed: expected "]"', at)
      const from = this.#char()
      const isRange = this.#peek() === '-' && this.#source[this.#at + 1] !== ']'
      if (isRange) this.#at++
      ranges.push({ from, to: isRange ? this.#char() : from })
    }
    if (ranges.length > 0 && !canMatch(ranges, negated)) {
      const isReversed = !negated && ranges.some((r) => r.from > r.to)
      const reason = isReversed ? ': its range is out of order' : ''
      this.#fail(`no character matches ${this.#source.slice(at, this.#at)}${reason}`, at)
    }
    return { kind: 'class', at, negated, ranges }
  }

  /**
   * One character of a string or class, as libllama reads it: a new line is a character like any
   * other.
   */
  #char(): number {
    const at = this.#at
    const codePoint = this.#source.codePointAt(at)
    if (codePoint === undefined) this.#fail('unexpected end of grammar')
    this.#at += codePoint > 0xffff ? 2 : 1
    if (codePoint !== 0x5c) return codePoint
    const escaped = this.#peek()
    this.#at += escaped.length
    const nDigits = hexDigits[escaped]
    if (nDigits !== undefined) {
      const digits = this.#source.slice(this.#at, this.#at + nDigits)
      if (digits.length < nDigits || /[^0-9A-Fa-f]/.test(digits)) {
        this.#fail(`expected ${nDigits} hexadecimal digits after "\\${escaped}"`, at)
      }
      this.#at += nDigits
      return Number.parseInt(digits, 16)
    }
    if (simpleEscapes[escaped] !== undefined) return simpleEscapes[escaped].charCodeAt(0)
    if (escaped === '' || !'\\"[]-'.includes(escaped)) {
      this.#fail(escaped === '' ? 'unexpected end of grammar after "\\"' : `unknown escape "\\${escaped}"`, at)
    }
    return escaped.charCodeAt(0)
  }

  #token(at: number): Element {
    const negated = this.#take('!')
    const start = this.#at
    if (!this.#take('<')) this.#fail('expected "<" after "!"')
    let token: TokenReference
    if (this.#take('[')) {
      const digits = this.#integer('a token id')
      if (!this.#take(']>')) this.#fail('expected "]>" after the token id')
      if (digits > maxTokenId) this.#fail(`token id ${digits} is over ${maxTokenId}`, at)
      token = { kind: 'id', at, id: Number(digits) }
    } else {
      const end = this.#source.indexOf('>', this.#at)
      if (end < 0) this.#fail('token is not closed: expected ">"', at)
      this.#at = end + 1
      token = { kind: 'text', at, text: this.#source.slice(start, this.#at) }
    }
    this.#tokens.push(token)
    return { kind: 'token', at, negated, token }
  }

  #group(at: number, depth: number): Element {
    if (depth > this.#maxDepth) this.#fail(`parentheses are nested more than ${this.#maxDepth} deep`, at)
    this.#skipSpace(true)
    const alternatives = this.#alternatives(depth)
    if (!this.#take(')')) {
      const { line, column } = positionAt(this.#source, at)
      this.#fail(`expected ")" to close the "(" at line ${line}, column ${column}, found ${this.#found()}`)
    }
    return { kind: 'group', at, alternatives }
  }

  #repetition(depth: number): Repetition | undefined {
    const at = this.#at
    let bounds: { min: number; max: number } | undefined
    if (this.#take('*')) bounds = { min: 0, max: Number.POSITIVE_INFINITY }
    else if (this.#take('+')) bounds = { min: 1, max: Number.POSITIVE_INFINITY }
    else if (this.#take('?')) bounds = { min: 0, max: 1 }
    else if (this.#take('{')) bounds = this.#bounds(at, depth)
    if (bounds === undefined) return undefined
    this.#skipSpace(depth > 0)
    return { at, ...bounds }
  }

  /**
   * `m}`, `m,}` or `m,n}`. libllama reads both numbers as 64 bits, and ignores a maximum over its
   * limit.
   */
  #bounds(at: number, depth: number): { min: number; max: number } {
    this.#skipSpace(depth > 0)
    const min = this.#integer('the number of repetitions')
    let max: bigint | undefined = min
    this.#skipSpace(depth > 0)
    if (this.#take(',')) {
      this.#skipSpace(depth > 0)
      max = digit.test(this.#peek()) ? this.#integer('the maximum of the repetition') : undefined
      this.#skipSpace(depth > 0)
    }
    if (!this.#take('}')) this.#fail(`expected "}" to close the repetition, found ${this.#found()}`)
    if (min > maxRepetitions) this.#fail(`${min} repetitions are over the limit of ${maxRepetitions}`, at)
    if (max !== undefined && max < min) this.#fail(`repetition minimum ${min} is over its maximum ${max}`, at)
    const isUnbounded = max === undefined || max > maxRepetitions
    return { min: Number(min), max: isUnbounded ? Number.POSITIVE_INFINITY : Number(max) }
  }

  #integer(what: string): bigint {
    const start = this.#at
    while (digit.test(this.#peek())) this.#at++
    if (this.#at === start) this.#fail(`expected ${what}, found ${this.#found()}`)
    const digits = this.#source.slice(start, this.#at).replace(/^0+(?=.)/, '')
    const value = digits.length > 20 ? undefined : BigInt(digits)
    if (value === undefined || value > maxUint64) this.#fail(`${what} is over 64 bits`, start)
    return value
  }

  #name(): string {
    const start = this.#at
    while (nameChar.test(this.#peek())) this.#at++
    return this.#source.slice(start, this.#at)
  }

  /** Spaces, tabs and comments; with `isNewlineSpace`, new lines too. */
  #skipSpace(isNewlineSpace: boolean): void {
    for (;;) {
      const c = this.#peek()
      if (c === '#') {
        while (!/^[\r\n]?$/.test(this.#peek())) this.#at++
      } else if (c === ' ' || c === '\t' || (isNewlineSpace && (c === '\r' || c === '\n'))) {
        this.#at++
      } else {
        return
      }
    }
  }

  /** The next code unit, or '' at the end. */
  #peek(): string {
    return this.#source[this.#at] ?? ''
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  /** Describes the text at the cursor, for a message. */
  #found(): string {
    const codePoint = this.#source.codePointAt(this.#at)
    if (codePoint === undefined) return 'the end of the grammar'
    const c = String.fromCodePoint(codePoint)
    return c === '\n' || c === '\r' ? 'a new line' : JSON.stringify(c)
  }

  #fail(message: string, at = this.#at): never {
    throw new GrammarError(at, message)
  }
}

/**
 * Whether the class matches some character of a text, U+0001 to U+10FFFF. In libllama a reversed
 * range matches no character.
 */
function canMatch(ranges: readonly CharRange[], negated: boolean): boolean {
  if (!negated) return ranges.some((r) => r.from <= r.to && r.to > 0 && r.from <= maxCodePoint)
  let next = 1
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    if (from > next) return true
    next = Math.max(next, to + 1)
  }
  return next <= maxCodePoint
}
