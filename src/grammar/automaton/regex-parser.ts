/**
 * The `pattern` of a schema → a tree: ECMA-262 with the flag u, and Annex B's identity escapes,
 * which many schemas have (`\-`, `\_`). Lookbehinds and references to groups are refused: no
 * automaton of a reasonable size follows them.
 */
import { namedSets, notNewline, unicodeProperty } from './character-classes.ts'
import { type CodePoints, everyCodePoint, lastCodePoint, normalize, onePoint, subtract } from './code-points.ts'
import type { Regex } from './regex.ts'

/** Limits on a pattern. Both bound the recursion of everything that reads the tree. */
const maxChars = 10_000
const maxNesting = 200

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, '0': 0 }

/**
 * @throws Error whose message says, after the pattern itself, which part of it is not supported.
 */
export function parseRegex(pattern: string): Regex {
  if (pattern.length > maxChars) throw new Error(`has more than ${maxChars} characters`)
  return new Parser(Array.from(pattern)).whole()
}

class Parser {
  readonly #chars: readonly string[]
  #at = 0
  #depth = 0

  constructor(chars: readonly string[]) {
    this.#chars = chars
  }

  whole(): Regex {
    const regex = this.#alternatives()
    if (this.#at < this.#chars.length) this.#fail('an unmatched ")"')
    return regex
  }

  #alternatives(): Regex {
    if (++this.#depth > maxNesting) throw new Error(`has more than ${maxNesting} groups one in another`)
    const alternatives = [this.#sequence()]
    while (this.#take('|')) alternatives.push(this.#sequence())
    this.#depth--
    return alternatives.length === 1 ? alternatives[0]! : { kind: 'either', alternatives }
  }

  #sequence(): Regex {
    const items: Regex[] = []
    for (let next = this.#peek(); next !== '' && next !== '|' && next !== ')'; next = this.#peek()) {
      items.push(this.#quantified(this.#atom()))
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items }
  }

  #atom(): Regex {
    const next = this.#next()
    switch (next) {
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '.':
        return { kind: 'set', ranges: notNewline }
      case '[':
        return this.#class()
      case '(':
        return this.#group()
      case '\\':
        if (this.#peek() === 'b' || this.#peek() === 'B') return { kind: 'boundary', isNegated: this.#next() === 'B' }
        return { kind: 'set', ranges: this.#escape() }
      case '*':
      case '+':
      case '?':
        return this.#fail(`"${next}" with nothing to repeat`)
      default:
        return { kind: 'set', ranges: [onePoint(next.codePointAt(0)!)] }
    }
  }

  #group(): Regex {
    if (!this.#take('?')) return this.#closed()
    if (this.#take(':')) return this.#closed()
    if (this.#take('=')) return { kind: 'lookahead', item: this.#closed(), isNegated: false }
    if (this.#take('!')) return { kind: 'lookahead', item: this.#closed(), isNegated: true }
    if (!this.#take('<')) return this.#fail('flags in a group')
    if (this.#peek() === '=' || this.#peek() === '!') this.#fail('a lookbehind')
    while (this.#next() !== '>') {}
    return this.#closed()
  }

  #closed(): Regex {
    const regex = this.#alternatives()
    if (!this.#take(')')) this.#fail('an unmatched "("')
    return regex
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
      if (from.length > 1 || to.length > 1 || first.from !== first.to || last.from !== last.to) {
        ranges.push(...from, onePoint(0x2d), ...to) // [\w-.], by Annex B
        continue
      }
      if (first.from > last.to) this.#fail('a range whose ends are in the wrong order')
      ranges.push({ from: first.from, to: last.to })
    }
    return { kind: 'set', ranges: isNegated ? subtract(everyCodePoint, ranges) : normalize(ranges) }
  }

  #classItem(): readonly CodePoints[] {
    const next = this.#next()
    if (next !== '\\') return [onePoint(next.codePointAt(0)!)]
    if (this.#take('b')) return [onePoint(8)]
    if (this.#take('-')) return [onePoint(0x2d)]
    return this.#escape()
  }

  #escape(): readonly CodePoints[] {
    const next = this.#next()
    const known = namedSets[next]
    if (known !== undefined) return known
    if (next === 'p' || next === 'P') return this.#property(next === 'P')
    if (next === '0' && /\d/.test(this.#peek())) this.#fail('an octal escape')
    const control = controls[next]
    if (control !== undefined) return [onePoint(control)]
    if (next === 'x') return [onePoint(this.#hex(2))]
    if (next === 'u') return [onePoint(this.#unicode())]
    if (next === 'c') return [onePoint(this.#next().charCodeAt(0) % 32)]
    if (/[1-9k]/.test(next)) this.#fail('a reference to a group')
    if (/[A-Za-z]/.test(next)) this.#fail(`\\${next}`)
    return [onePoint(next.codePointAt(0)!)]
  }

  #property(isNegated: boolean): readonly CodePoints[] {
    const name = this.#take('{') ? this.#upTo('}') : ''
    const set = unicodeProperty(name)
    if (set === undefined) return this.#fail(`\\${isNegated ? 'P' : 'p'}{${name.slice(0, 40)}}`)
    return isNegated ? subtract(everyCodePoint, set) : set
  }

  #unicode(): number {
    if (this.#take('{')) {
      const text = this.#upTo('}')
      const codePoint = Number.parseInt(text, 16)
      if (!/^[0-9a-f]+$/i.test(text) || codePoint > lastCodePoint) this.#fail(`\\u{${text.slice(0, 40)}}`)
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

  #upTo(end: string): string {
    let text = ''
    for (let next = this.#next(); next !== end; next = this.#next()) text += next
    return text
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
