// Source → statements. Refuses templates that need other templates.
import { TemplateSyntaxError, UnsupportedError } from './errors.ts'
import { ExpressionParser } from './expression-parser.ts'
import { tokenize } from './lexer.ts'
import { namesIn } from './names.ts'
import type { Body, Expression, Parameter, Signature, Statement, Target } from './nodes.ts'

const otherTemplates = new Set(['include', 'import', 'from', 'extends'])

/** @throws TemplateSyntaxError, UnsupportedError */
export function parse(source: string): Body {
  return new Parser(tokenize(source)).template()
}

class Parser extends ExpressionParser {
  /** The tags that end the open blocks, innermost last. */
  readonly #ends: (readonly string[])[] = []
  readonly #openTags: string[] = []

  template(): Body {
    return this.#statements()
  }

  #statements(ends?: readonly string[]): Body {
    if (ends !== undefined) this.#ends.push(ends)
    const body: Statement[] = []
    while (!this.is('eof')) {
      const { type, text, line } = this.take()
      if (type === 'data') body.push({ type: 'text', text })
      else if (type === 'variable_begin') {
        body.push({ type: 'print', value: this.tuple(), line })
        this.expect('variable_end')
      } else {
        if (ends !== undefined && this.is('name') && ends.includes(this.current.text)) break
        this.#openTags.push(this.current.text)
        body.push(...this.#statement())
        this.#openTags.pop()
        this.expect('block_end')
      }
    }
    if (ends !== undefined && this.is('eof')) this.#failUnclosed()
    if (ends !== undefined) this.#ends.pop()
    return body
  }

  /** The body of a tag, up to one of `ends`, which is not consumed. */
  #body(...ends: readonly string[]): Body {
    this.skipIf('operator', ':')
    this.expect('block_end')
    return this.#statements(ends)
  }

  #bodyThrough(end: string): Body {
    const body = this.#body(end)
    this.take()
    return body
  }

  #statement(): Statement[] {
    if (!this.is('name')) this.fail('tag name expected')
    const { text: tag, line } = this.take()
    if (otherTemplates.has(tag)) {
      throw new UnsupportedError(`{% ${tag} %} is not supported: a chat template stands alone (line ${line})`)
    }
    switch (tag) {
      case 'print':
        return this.#print(line)
      case 'for':
        return [this.#for(line)]
      case 'if':
        return [this.#if(line)]
      case 'set':
        return [this.#set(line)]
      case 'with':
        return [this.#with(line)]
      case 'macro':
        return [this.#macro(line)]
      case 'call':
        return [this.#callBlock(line)]
      case 'filter':
        return [
          { type: 'filter-block', filter: this.filters(undefined, true)!, body: this.#bodyThrough('endfilter'), line },
        ]
      case 'generation':
        return [{ type: 'generation', body: this.#bodyThrough('endgeneration'), line }]
      case 'block':
        return [this.#block(line)]
      case 'autoescape':
        return [this.#autoescape(line)]
      case 'break':
      case 'continue':
        return [{ type: tag, line }]
      default:
        return this.#failUnknown(tag, line)
    }
  }

  #print(line: number): Statement[] {
    const values: Statement[] = []
    while (!this.is('block_end')) {
      if (values.length > 0) this.expect('operator', ',')
      values.push({ type: 'print', value: this.expression(), line })
    }
    return values
  }

  #for(line: number): Statement {
    const target = this.target(false, () => this.is('name', 'in'))
    if (namesOf(target).includes('loop')) this.fail("Can't assign to special loop variable in for-loop target", line)
    this.expect('name', 'in')
    const iterable = this.tuple({ withConditional: false, isEnd: () => this.is('name', 'recursive') })
    const condition = this.skipIf('name', 'if') ? this.expression() : undefined
    const isRecursive = this.skipIf('name', 'recursive')
    const body = this.#body('endfor', 'else')
    const otherwise = this.take().text === 'else' ? this.#bodyThrough('endfor') : []
    return { type: 'for', target, iterable, condition, isRecursive, body, otherwise, line }
  }

  #if(line: number): Statement {
    const branches: { condition: Expression; body: Body }[] = []
    let otherwise: Body = []
    for (let tag = 'elif'; tag === 'elif'; ) {
      const condition = this.tuple({ withConditional: false })
      branches.push({ condition, body: this.#body('elif', 'else', 'endif') })
      tag = this.take().text
      if (tag === 'else') otherwise = this.#bodyThrough('endif')
    }
    return { type: 'if', branches, otherwise, line }
  }

  #set(line: number): Statement {
    const target = this.target(true)
    if (this.skipIf('operator', '=')) return { type: 'set', target, value: this.tuple(), line }
    const filter = this.filters(undefined)
    return { type: 'set-block', target, filter, body: this.#bodyThrough('endset'), line }
  }

  #with(line: number): Statement {
    const targets: (readonly [Target, Expression])[] = []
    while (!this.is('block_end')) {
      if (targets.length > 0) this.expect('operator', ',')
      const target = this.target()
      this.expect('operator', '=')
      targets.push([target, this.expression()])
    }
    return { type: 'with', targets, body: this.#bodyThrough('endwith'), line }
  }

  #macro(line: number): Statement {
    const name = this.targetName()
    const parameters = this.#parameters()
    return { type: 'macro', name, signature: signatureOf(parameters, this.#bodyThrough('endmacro'), line), line }
  }

  #callBlock(line: number): Statement {
    const parameters = this.isOperator('(') ? this.#parameters() : []
    const call = this.expression()
    if (call.type !== 'call') return this.fail('expected call', line)
    return { type: 'call-block', call, signature: signatureOf(parameters, this.#bodyThrough('endcall'), line), line }
  }

  #parameters(): Parameter[] {
    const parameters: Parameter[] = []
    this.expect('operator', '(')
    while (!this.isOperator(')')) {
      if (parameters.length > 0) this.expect('operator', ',')
      const name = this.targetName()
      const fallback = this.skipIf('operator', '=') ? this.expression() : undefined
      if (fallback === undefined && parameters.at(-1)?.fallback !== undefined) {
        this.fail('non-default argument follows default argument')
      }
      parameters.push({ name, fallback })
    }
    this.take()
    return parameters
  }

  #block(line: number): Statement {
    const { text: name } = this.expect('name')
    const isScoped = this.skipIf('name', 'scoped')
    this.skipIf('name', 'required')
    const body = this.#bodyThrough('endblock')
    this.skipIf('name', name)
    return { type: 'block', isScoped, body, line }
  }

  #autoescape(line: number): Statement {
    const value = this.expression()
    if (value.type !== 'constant' || value.value !== false) {
      throw new UnsupportedError(`{% autoescape %} is not supported: a prompt is not HTML (line ${line})`)
    }
    return { type: 'with', targets: [], body: this.#bodyThrough('endautoescape'), line }
  }

  #failUnclosed(): never {
    return this.fail(`Unexpected end of template.${this.#lookingFor(this.#ends.at(-1), undefined)}`)
  }

  #failUnknown(tag: string, line: number): never {
    this.#openTags.pop()
    return this.fail(`Encountered unknown tag '${tag}'.${this.#lookingFor(this.#ends.at(-1), tag)}`, line)
  }

  #lookingFor(ends: readonly string[] | undefined, tag: string | undefined): string {
    if (ends === undefined) return ''
    const names = ends.map((end) => `'${end}'`).join(' or ')
    const isMisplaced = tag !== undefined && this.#ends.flat().includes(tag)
    const sought = isMisplaced
      ? ` You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${names}.`
      : ` Jinja was looking for the following tags: ${names}.`
    const open = this.#openTags.at(-1)
    return open === undefined ? sought : `${sought} The innermost block that needs to be closed is '${open}'.`
  }
}

function signatureOf(parameters: readonly Parameter[], body: Body, line: number): Signature {
  const reads = new Set(['caller', 'kwargs', 'varargs'].filter((name) => namesIn(body).has(name)))
  if (reads.has('caller') && parameters.some(({ name, fallback }) => name === 'caller' && fallback === undefined)) {
    throw new TemplateSyntaxError('the special "caller" argument must be omitted or be given a default', line)
  }
  return { parameters, body, reads }
}

function namesOf(target: Target): string[] {
  return target.type === 'tuple' ? target.items.flatMap(namesOf) : [target.name]
}
