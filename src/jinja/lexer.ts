// A template's source → tokens, with trim_blocks and lstrip_blocks as transformers sets them.
import { TemplateSyntaxError } from './errors.ts'
import { skipWhitespace, stripRight } from './text.ts'

export type TokenType =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'eof'

/**
 * `text` is the token as the parser reads it: strings are unescaped, numbers have no underscores.
 */
export type Token = { readonly type: TokenType; readonly text: string; readonly line: number }

const float = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy
const integer = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy
const identifier = /[\p{ID_Continue}_]+/uy
const quoted = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y
const operator = /\/\/|\*\*|==|!=|>=|<=|[+\-/*%~[\](){}><=.:|,;]/y
const rawBegin = /\{%[-+]?\s*raw\s*(?:(-)%\}|%\})/y
const rawEnd = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** @throws TemplateSyntaxError */
export function tokenize(source: string): Token[] {
  return new Lexer(source).run()
}

class Lexer {
  readonly #source: string
  readonly #tokens: Token[] = []
  #pos = 0
  #line = 1

  constructor(source: string) {
    this.#source = source.replace(/\r\n|\r/g, '\n').replace(/\n$/, '')
  }

  run(): Token[] {
    const begin = /\{[%{#]/g
    while (this.#pos < this.#source.length) {
      begin.lastIndex = this.#pos
      const at = begin.exec(this.#source)?.index ?? this.#source.length
      if (at === this.#source.length) {
        this.#data(at, '', false)
        break
      }
      const mark = this.#source[at + 1]!
      const sign = /[-+]/.exec(this.#source[at + 2] ?? '')?.[0] ?? ''
      this.#data(at, sign, mark !== '{')
      if (mark === '#') this.#comment(at)
      else if (mark === '%' && this.#match(rawBegin)) this.#raw()
      else this.#tag(mark === '%' ? 'block' : 'variable', sign)
    }
    this.#push('eof', '')
    return this.#tokens
  }

  /** Takes the text up to `end`, minus the blanks that the tag there strips. */
  #data(end: number, sign: string, mayStripLine: boolean): void {
    const text = this.#source.slice(this.#pos, end)
    const shown = this.#stripped(text, sign, mayStripLine)
    if (shown !== '') this.#push('data', shown)
    this.#advance(end)
  }

  #stripped(text: string, sign: string, mayStripLine: boolean): string {
    if (sign === '-') return stripRight(text)
    if (sign === '+' || !mayStripLine) return text
    const lineStart = text.lastIndexOf('\n') + 1
    const startsLine = lineStart > 0 || this.#pos === 0 || this.#source[this.#pos - 1] === '\n'
    return startsLine && skipWhitespace(text, lineStart) === text.length ? text.slice(0, lineStart) : text
  }

  #comment(at: number): void {
    const end = this.#source.indexOf('#}', at + 2)
    if (end < 0) {
      this.#failUnlessAtEnd('Missing end of comment tag', at + 2)
      return
    }
    const sign = end > at + 2 ? this.#source[end - 1]! : ''
    this.#advance(end + 2)
    this.#afterBlock(sign)
  }

  /** A tag at the very end of a template need not be closed, as in Jinja2. */
  #failUnlessAtEnd(message: string, pos: number): void {
    if (pos < this.#source.length) throw new TemplateSyntaxError(message, this.#line)
    this.#advance(pos)
  }

  /** After `{% raw %}`: everything up to `{% endraw %}` is data. */
  #raw(): void {
    rawBegin.lastIndex = this.#pos
    const begin = rawBegin.exec(this.#source)!
    this.#advance(rawBegin.lastIndex)
    if (begin[1] === '-') this.#advance(skipWhitespace(this.#source, this.#pos))
    rawEnd.lastIndex = this.#pos
    const end = rawEnd.exec(this.#source)
    if (end === null) {
      this.#failUnlessAtEnd('Missing end of raw directive', this.#pos)
      return
    }
    this.#data(end.index, end[1]!, true)
    this.#advance(end.index + end[0].length)
    this.#afterBlock(end[2]!)
  }

  #tag(kind: 'block' | 'variable', sign: string): void {
    this.#push(`${kind}_begin`, '')
    this.#advance(this.#pos + 2 + sign.length)
    const end = kind === 'block' ? '%}' : '}}'
    const open: string[] = []
    for (;;) {
      const next = this.#source[this.#pos]
      const hasSign = next === '-' || (next === '+' && kind === 'block')
      if (open.length === 0 && this.#source.startsWith(end, this.#pos + (hasSign ? 1 : 0))) {
        this.#push(`${kind}_end`, '')
        this.#advance(this.#pos + (hasSign ? 3 : 2))
        const isTight = hasSign && next === '-'
        if (kind === 'block') this.#afterBlock(hasSign ? next! : '')
        else if (isTight) this.#advance(skipWhitespace(this.#source, this.#pos))
        return
      }
      if (next === undefined) return
      this.#token(open)
    }
  }

  /** After the end of a block or comment: trim_blocks takes one newline, `-` all blanks. */
  #afterBlock(sign: string): void {
    if (sign === '-') this.#advance(skipWhitespace(this.#source, this.#pos))
    else if (sign !== '+' && this.#source[this.#pos] === '\n') this.#advance(this.#pos + 1)
  }

  #token(open: string[]): void {
    const blanks = skipWhitespace(this.#source, this.#pos)
    if (blanks > this.#pos) {
      this.#advance(blanks)
      return
    }
    const type = this.#match(float)
      ? 'float'
      : this.#match(integer)
        ? 'integer'
        : this.#match(identifier)
          ? 'name'
          : this.#match(quoted)
            ? 'string'
            : this.#match(operator)
              ? 'operator'
              : undefined
    if (type === undefined) {
      const char = String.fromCodePoint(this.#source.codePointAt(this.#pos)!)
      throw new TemplateSyntaxError(`unexpected char '${char}' at ${this.#pos}`, this.#line)
    }
    const pattern = { float, integer, name: identifier, string: quoted, operator }[type]
    const text = this.#source.slice(this.#pos, pattern.lastIndex)
    if (type === 'operator') this.#balance(text, open)
    if (type === 'name' && !/^[\p{ID_Start}_]/u.test(text)) {
      throw new TemplateSyntaxError('Invalid character in identifier', this.#line)
    }
    const value = type === 'string' ? unescapeText(text.slice(1, -1), this.#line) : text
    this.#push(type, type === 'float' || type === 'integer' ? value.replaceAll('_', '') : value)
    this.#advance(pattern.lastIndex)
  }

  #balance(text: string, open: string[]): void {
    if (closing[text] !== undefined) open.push(closing[text])
    if (!/[)\]}]/.test(text)) return
    const expected = open.pop()
    if (expected === undefined) throw new TemplateSyntaxError(`unexpected '${text}'`, this.#line)
    if (expected !== text) throw new TemplateSyntaxError(`unexpected '${text}', expected '${expected}'`, this.#line)
  }

  /** Whether a sticky pattern matches here; its lastIndex is then the end of the match. */
  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#pos
    return pattern.test(this.#source)
  }

  #push(type: TokenType, text: string): void {
    this.#tokens.push({ type, text, line: this.#line })
  }

  #advance(end: number): void {
    for (let at = this.#pos; at < end; at++) if (this.#source[at] === '\n') this.#line += 1
    this.#pos = end
  }
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** Python's `unicode_escape`. */
function unescapeText(text: string, line: number): string {
  if (!text.includes('\\')) return text
  const sequence = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/gu
  return text.replace(sequence, (all, x?: string, u?: string, long?: string, octal?: string, single?: string) => {
    const hex = x ?? u ?? long
    const code =
      hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : undefined
    if (code !== undefined) {
      if (code > 0x10ffff) throw new TemplateSyntaxError('illegal Unicode character', line)
      return String.fromCodePoint(code)
    }
    if (/[xuUN]/.test(single!)) throw new TemplateSyntaxError(`cannot read the escape \\${single} in a string`, line)
    return escapes[single!] ?? all
  })
}
