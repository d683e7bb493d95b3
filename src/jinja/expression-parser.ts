// Tokens → expressions, with the precedence of Jinja2's parser.
import { TemplateSyntaxError } from './errors.ts'
import type { Token, TokenType } from './lexer.ts'
import type { Arguments, BinaryOperator, Call, CompareOperator, Expression, Filter, Target } from './nodes.ts'

const noArguments: Arguments = { positional: [], named: [], rest: undefined, restNamed: undefined }
const literals: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])

const tokenNames: Readonly<Partial<Record<TokenType, string>>> = {
  data: 'template data / text',
  variable_begin: 'begin of print statement',
  variable_end: 'end of print statement',
  block_begin: 'begin of statement block',
  block_end: 'end of statement block',
  eof: 'end of template',
}

export class ExpressionParser {
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  protected get current(): Token {
    return this.#tokens[this.#next]!
  }

  protected look(): Token {
    return this.#tokens[Math.min(this.#next + 1, this.#tokens.length - 1)]!
  }

  protected take(): Token {
    const token = this.current
    if (token.type !== 'eof') this.#next += 1
    return token
  }

  protected is(type: TokenType, text?: string): boolean {
    return this.current.type === type && (text === undefined || this.current.text === text)
  }

  protected isOperator(text: string): boolean {
    return this.is('operator', text)
  }

  protected skipIf(type: TokenType, text?: string): boolean {
    const matches = this.is(type, text)
    if (matches) this.take()
    return matches
  }

  protected expect(type: TokenType, text?: string): Token {
    if (this.is(type, text)) return this.take()
    const wanted = text ?? tokenNames[type] ?? type
    if (this.is('eof')) this.fail(`unexpected end of template, expected '${wanted}'.`)
    return this.fail(`expected token '${wanted}', got '${describe(this.current)}'`)
  }

  protected fail(message: string, line = this.current.line): never {
    throw new TemplateSyntaxError(message, line)
  }

  protected expression(withConditional = true): Expression {
    return withConditional ? this.#conditional() : this.#or()
  }

  /** An expression, or several with commas. @param isEnd ends a tuple after a comma. */
  protected tuple({ withConditional = true, inParentheses = false, isEnd = never } = {}): Expression {
    const items: Expression[] = []
    let hasComma = false
    for (;;) {
      if (items.length > 0) this.expect('operator', ',')
      if (this.is('variable_end') || this.is('block_end') || this.isOperator(')') || isEnd()) break
      items.push(this.expression(withConditional))
      if (!this.isOperator(',')) break
      hasComma = true
    }
    if (hasComma || (items.length === 0 && inParentheses)) return { type: 'tuple', items }
    return items[0] ?? this.fail(`Expected an expression, got '${describe(this.current)}'`)
  }

  /** The target of an assignment. @param withMembers whether `name.attribute` is allowed. */
  protected target(withMembers = false, isEnd = never): Target {
    const items: Target[] = []
    let hasComma = false
    for (;;) {
      if (items.length > 0) this.expect('operator', ',')
      if (this.is('variable_end') || this.is('block_end') || this.isOperator(')') || isEnd()) break
      items.push(this.#primaryTarget(withMembers))
      if (!this.isOperator(',')) break
      hasComma = true
    }
    if (hasComma) return { type: 'tuple', items }
    return items[0] ?? this.fail(`Expected an expression, got '${describe(this.current)}'`)
  }

  #primaryTarget(withMembers: boolean): Target {
    if (this.skipIf('operator', '(')) {
      const inner = this.isOperator(')') ? ({ type: 'tuple', items: [] } as const) : this.target()
      this.expect('operator', ')')
      return inner
    }
    if (!this.is('name')) return this.fail(`can't assign to '${describe(this.current)}'`)
    const name = this.targetName()
    if (!withMembers || !this.skipIf('operator', '.')) return { type: 'name', name }
    return { type: 'member', name, attribute: this.expect('name').text }
  }

  protected targetName(): string {
    const { text, line } = this.expect('name')
    if (literals.has(text)) this.fail("can't assign to 'const'", line)
    return text
  }

  #conditional(): Expression {
    let { line } = this.current
    let then = this.#or()
    while (this.skipIf('name', 'if')) {
      const condition = this.#or()
      const otherwise = this.skipIf('name', 'else') ? this.#conditional() : undefined
      then = { type: 'if-else', condition, then, otherwise, line }
      line = this.current.line
    }
    return then
  }

  #or(): Expression {
    let left = this.#and()
    while (this.skipIf('name', 'or')) left = { type: 'or', left, right: this.#and() }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.skipIf('name', 'and')) left = { type: 'and', left, right: this.#not() }
    return left
  }

  #not(): Expression {
    return this.skipIf('name', 'not') ? { type: 'not', operand: this.#not() } : this.#compare()
  }

  #compare(): Expression {
    const first = this.#sum()
    const rest: (readonly [CompareOperator, Expression])[] = []
    for (let operator = this.#compareOperator(); operator !== undefined; operator = this.#compareOperator()) {
      rest.push([operator, this.#sum()])
    }
    return rest.length === 0 ? first : { type: 'compare', first, rest }
  }

  #compareOperator(): CompareOperator | undefined {
    const { type, text } = this.current
    if (type === 'operator' && /^(?:[=!]=|[<>]=?)$/.test(text)) return this.take().text as CompareOperator
    if (this.skipIf('name', 'in')) return 'in'
    const { type: nextType, text: nextText } = this.look()
    if (!this.is('name', 'not') || nextType !== 'name' || nextText !== 'in') return undefined
    this.take()
    this.take()
    return 'not in'
  }

  #sum(): Expression {
    return this.#binary(/^[+-]$/, () => this.#concat())
  }

  #concat(): Expression {
    const items = [this.#product()]
    while (this.skipIf('operator', '~')) items.push(this.#product())
    return items.length === 1 ? items[0]! : { type: 'concat', items }
  }

  #product(): Expression {
    return this.#binary(/^(?:\*|\/\/?|%)$/, () => this.#power())
  }

  #power(): Expression {
    return this.#binary(/^\*\*$/, () => this.#unary())
  }

  #binary(operators: RegExp, operand: () => Expression): Expression {
    let left = operand()
    while (this.is('operator') && operators.test(this.current.text)) {
      const operator = this.take().text as BinaryOperator
      left = { type: 'binary', operator, left, right: operand() }
    }
    return left
  }

  #unary(withFilters = true): Expression {
    let node: Expression
    if (this.isOperator('-') || this.isOperator('+')) {
      const operator = this.take().text as '+' | '-'
      node = { type: 'unary', operator, operand: this.#unary(false) }
    } else {
      node = this.#primary()
    }
    node = this.#postfix(node)
    return withFilters ? this.#filtersAndTests(node) : node
  }

  #primary(): Expression {
    const token = this.take()
    const { type, text } = token
    if (type === 'name') {
      const literal = literals.get(text)
      return literal === undefined ? { type: 'name', name: text } : { type: 'constant', value: literal }
    }
    if (type === 'string') {
      let value = text
      while (this.is('string')) value += this.take().text
      return { type: 'constant', value }
    }
    if (type === 'integer') return { type: 'constant', value: readInteger(text) }
    if (type === 'float') return { type: 'constant', value: { float: Number(text) } }
    if (type === 'operator' && text === '(') {
      const node = this.tuple({ inParentheses: true })
      this.expect('operator', ')')
      return node
    }
    if (type === 'operator' && text === '[') return { type: 'list', items: this.#items(']', () => this.expression()) }
    if (type === 'operator' && text === '{') return { type: 'dict', items: this.#items('}', () => this.#pair()) }
    return this.fail(`unexpected '${describe(token)}'`, token.line)
  }

  #pair(): readonly [Expression, Expression] {
    const key = this.expression()
    this.expect('operator', ':')
    return [key, this.expression()]
  }

  /** Items separated by commas up to `end`; a trailing comma is allowed. */
  #items<T>(end: string, item: () => T): T[] {
    const items: T[] = []
    while (!this.isOperator(end)) {
      if (items.length > 0) this.expect('operator', ',')
      if (this.isOperator(end)) break
      items.push(item())
    }
    this.take()
    return items
  }

  #postfix(node: Expression): Expression {
    let result = node
    for (;;) {
      if (this.isOperator('(')) result = this.#call(result)
      else if (this.isOperator('.') || this.isOperator('[')) result = this.#subscript(result)
      else return result
    }
  }

  #filtersAndTests(node: Expression): Expression {
    let result = node
    for (;;) {
      if (this.isOperator('|')) result = this.filters(result)!
      else if (this.is('name', 'is')) result = this.#test(result)
      else if (this.isOperator('(')) result = this.#call(result)
      else return result
    }
  }

  #subscript(object: Expression): Expression {
    if (this.take().text === '.') {
      const { type, text, line } = this.take()
      if (type === 'name') return { type: 'attribute', object, name: text }
      if (type !== 'integer') this.fail('expected name or number', line)
      return { type: 'item', object, index: { type: 'constant', value: readInteger(text) } }
    }
    const parts: (Expression | Slice)[] = this.#items(']', () => this.#index())
    const [part] = parts
    if (parts.length === 1 && Array.isArray(part)) {
      const [start, stop, step] = part as Slice
      return { type: 'slice', object, start, stop, step }
    }
    if (parts.length === 1) return { type: 'item', object, index: part as Expression }
    if (parts.some(Array.isArray)) this.fail('slices of several dimensions are not supported')
    return { type: 'item', object, index: { type: 'tuple', items: parts as Expression[] } }
  }

  #index(): Expression | Slice {
    const part = () =>
      this.isOperator(':') || this.isOperator(']') || this.isOperator(',') ? undefined : this.expression()
    const start = part()
    if (!this.skipIf('operator', ':')) return start ?? this.fail(`unexpected '${describe(this.current)}'`)
    const stop = part()
    return [start, stop, this.skipIf('operator', ':') ? part() : undefined]
  }

  #call(callee: Expression): Call {
    return { type: 'call', callee, args: this.#arguments() }
  }

  #arguments(): Arguments {
    const { line } = this.expect('operator', '(')
    const positional: Expression[] = []
    const named: (readonly [string, Expression])[] = []
    let rest: Expression | undefined
    let restNamed: Expression | undefined
    const ensure = (isValid: boolean) => isValid || this.fail('invalid syntax for function call expression', line)
    for (let isFirst = true; !this.isOperator(')'); isFirst = false) {
      if (!isFirst) this.expect('operator', ',')
      if (this.isOperator(')')) break
      const { type, text } = this.look()
      if (this.skipIf('operator', '*')) {
        ensure(rest === undefined && restNamed === undefined)
        rest = this.expression()
      } else if (this.skipIf('operator', '**')) {
        ensure(restNamed === undefined)
        restNamed = this.expression()
      } else if (this.is('name') && type === 'operator' && text === '=') {
        ensure(restNamed === undefined)
        const name = this.take().text
        this.take()
        named.push([name, this.expression()])
      } else {
        ensure(rest === undefined && restNamed === undefined && named.length === 0)
        positional.push(this.expression())
      }
    }
    this.take()
    return { positional, named, rest, restNamed }
  }

  /** Any number of filters: `| name(…) | name`. @param startsInline the first has no `|`. */
  protected filters(operand: Expression | undefined, startsInline = false): Filter | undefined {
    let node = operand
    for (let isInline = startsInline; isInline || this.isOperator('|'); isInline = false) {
      if (!isInline) this.take()
      const { line } = this.current
      const name = this.#dottedName()
      const args = this.isOperator('(') ? this.#arguments() : noArguments
      node = { type: 'filter', operand: node, name, args, line }
    }
    return node as Filter | undefined
  }

  #test(operand: Expression): Expression {
    const { line } = this.take()
    const isNegated = this.skipIf('name', 'not')
    const name = this.#dottedName()
    let args = noArguments
    if (this.isOperator('(')) args = this.#arguments()
    else if (this.#startsArgument()) {
      if (this.is('name', 'is')) this.fail('You cannot chain multiple tests with is')
      args = { ...noArguments, positional: [this.#postfix(this.#primary())] }
    }
    const test = { type: 'test', operand, name, args, line } as const
    return isNegated ? { type: 'not', operand: test } : test
  }

  #startsArgument(): boolean {
    const { type, text } = this.current
    if (type === 'name') return !['else', 'or', 'and'].includes(text)
    if (type === 'operator') return text === '[' || text === '{'
    return type === 'string' || type === 'integer' || type === 'float'
  }

  #dottedName(): string {
    let name = this.expect('name').text
    while (this.skipIf('operator', '.')) name += `.${this.expect('name').text}`
    return name
  }
}

function never(): boolean {
  return false
}

type Slice = readonly [Expression | undefined, Expression | undefined, Expression | undefined]

function readInteger(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

function describe({ type, text }: Token): string {
  return tokenNames[type] ?? (type === 'name' || type === 'operator' ? text : type)
}
