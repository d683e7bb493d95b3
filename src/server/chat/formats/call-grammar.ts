// The grammar of tool calls in a format: the texts allowed between its markers, by the schemas of
// the tools.
import { literal } from '../../../grammar/json-schema/gbnf-text.ts'
import { prefixRules } from '../../../grammar/prefix-rules.ts'
import { untilRules } from '../../../grammar/until.ts'
import { parameterTypes } from './parameter-types.ts'
import type { CallBody, KnownTool, ToolSyntax, Wrapper } from './tool-syntax.ts'

/**
 * JSON schema → GBNF with a rule `root`, one rule a line. Keywords that no grammar can enforce are
 * ignored.
 */
export type SchemaGrammar = (schema: unknown) => string

export type CallGrammarOptions = {
  readonly tools: readonly KnownTool[]
  readonly isParallel: boolean
  /**
   * The answer may begin with reasoning; `isOpen`: the prompt has begun it. Undefined: the grammar
   * begins with the calls.
   */
  readonly thought: (Wrapper & { readonly isOpen: boolean }) | undefined
  readonly schemaGrammar: SchemaGrammar
}

/** @returns GBNF with a rule `root`: optional reasoning, then one call or more. */
export function callGrammar(syntax: ToolSyntax, options: CallGrammarOptions): string {
  return new CallGrammar(syntax, options).build()
}

/**
 * Texts that begin calls, for a grammar that is inactive until then; empty if nothing marks the
 * beginning.
 */
export function callTriggers({ section, call }: ToolSyntax): readonly string[] {
  return [...new Set([section.start.trim(), call.start.trim()])].filter((start) => start !== '')
}

class CallGrammar {
  readonly #syntax: ToolSyntax
  readonly #options: CallGrammarOptions
  readonly #rules = new Map<string, string>()

  constructor(syntax: ToolSyntax, options: CallGrammarOptions) {
    this.#syntax = syntax
    this.#options = options
  }

  build(): string {
    const { section, call, separator, body } = this.#syntax
    const { tools, isParallel, thought } = this.#options
    const isInArray = body.kind === 'python' || (body.kind === 'json' && body.isArray)
    const one = this.#add('call', sequence([marker(call.start), 'call-body', marker(call.end)]))
    this.#add('call-body', tools.map((tool, i) => this.#call(body, tool, `tool-${i}`)).join(' | '))
    const between = isInArray ? '"," ws' : sequence([marker(separator), 'ws'])
    const calls = isParallel ? `${one} (${between} ${one})*` : one
    const all = isInArray ? `"[" ws ${calls} ws "]"` : calls
    this.#add('calls', sequence([marker(section.start), all, marker(section.end)]))
    this.#add('root', thought === undefined ? 'calls' : `${this.#thought(thought)} ws calls`)
    this.#add('ws', '[ \\t\\n]{0,8}')
    return [...this.#rules].map(([name, text]) => (text.includes('::=') ? text : `${name} ::= ${text}\n`)).join('')
  }

  #thought({ start, end, isOpen }: Wrapper & { isOpen: boolean }): string {
    this.#rules.set('thought', untilRules('thought', end.trim()))
    return isOpen ? 'thought' : `ws (${literal(start.trim())} thought)?`
  }

  #call(body: CallBody, tool: KnownTool, prefix: string): string {
    const name = literal(tool.name)
    switch (body.kind) {
      case 'json':
        return this.#jsonCall(body, tool, prefix)
      case 'named': {
        const before = body.idBefore === undefined ? '' : `id ${marker(body.idBefore.end)}`
        const after = body.idAfter === undefined ? '' : `${marker(body.idAfter.start)} id`
        if (before !== '' || after !== '') this.#add('id', '[A-Za-z0-9_-]{1,40}')
        const written = body.isNameInId ? `"functions." ${name} ":" [0-9]{1,3}` : name
        return sequence([before, written, after, marker(body.nameEnd), this.#json(tool.parameters, prefix)])
      }
      case 'tagged':
        return this.#taggedCall(body, tool, prefix)
      case 'elements':
        return sequence([
          name,
          marker(body.nameEnd),
          ...this.#members(tool, prefix, (key) => this.#element(body, key, prefix)),
        ])
      case 'python':
        this.#addLiterals()
        return `${name} "(" ${this.#list(tool, (key) => `${literal(key)} "=" py`)} ")"`
      case 'gemma':
        this.#addGemma()
        return `"call:" ${name} "{" ${this.#list(tool, (key) => `${literal(key)} ":" gemma`)} "}"`
    }
  }

  #jsonCall(body: Extract<CallBody, { kind: 'json' }>, tool: KnownTool, prefix: string): string {
    const args = this.#json(tool.parameters, prefix)
    const member = (key: string, value: string) => `${literal(JSON.stringify(key))} ws ":" ws ${value}`
    if (body.nameKey === undefined) return `"{" ws ${member(tool.name, args)} ws "}"`
    const members = [member(body.nameKey, literal(JSON.stringify(tool.name))), member(body.argumentsKey, args)]
    if (body.idKey !== undefined) {
      this.#add('id', '[A-Za-z0-9_-]{1,40}')
      const id = member(body.idKey.key, '"\\"" id "\\""')
      if (body.idKey.isFirst) members.unshift(id)
      else members.push(id)
    }
    return `"{" ws ${members.join(' ws "," ws ')} ws "}"`
  }

  #taggedCall(body: Extract<CallBody, { kind: 'tagged' }>, tool: KnownTool, prefix: string): string {
    const attributes = body.attributesEnd === '' ? '' : `[^<>]{0,40} ${literal(body.attributesEnd)}`
    const members = this.#members(tool, prefix, (key, schema, rule) => {
      const types = parameterTypes(tool.parameters, key)
      const isText = types.includes('string')
      const end = body.keyEnd.find((end) => end.isText === undefined || end.isText === isText) ?? body.keyEnd[0]!
      const pad = body.pad === '' ? '' : literal(body.pad)
      const valueEnd = literal(body.valueEnd.trim())
      const json = sequence([pad, this.#json(schema, `${rule}-json`), pad, valueEnd])
      const text = sequence([pad, this.#until(`${rule}-text`, body.valueEnd.trim())])
      const isEnum = typeof schema === 'object' && schema !== null && 'enum' in schema
      const values = isText && isEnum ? this.#words(schema, pad, valueEnd, text) : isText ? text : json
      return sequence([marker(body.keyStart), literal(key), literal(end.marker.trim()), values])
    })
    return sequence([literal(tool.name), marker(body.nameEnd), attributes, ...members])
  }

  /** One of the texts of an `enum`; free text if it has others. */
  #words(schema: object, pad: string, end: string, otherwise: string): string {
    const { enum: values } = schema as { enum: unknown }
    if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) return otherwise
    return sequence([pad, `(${values.map((value) => literal(value)).join(' | ')})`, pad, end])
  }

  #element(body: Extract<CallBody, { kind: 'elements' }>, key: string, prefix: string): string {
    const end = `${body.prefix}</${key}>`
    return `${literal(`${body.prefix}<${key}>`)} ${this.#until(`${prefix}-${key}`, end)}`
  }

  /** Parameters in the order of the schema, with optional ones as options. */
  #members(tool: KnownTool, prefix: string, write: (key: string, schema: unknown, rule: string) => string): string[] {
    return parametersOf(tool).map(({ key, schema, isRequired }, i) => {
      const name = this.#add(`${prefix}-${i}`, `${write(key, schema, `${prefix}-${i}`)} ws`)
      return isRequired ? name : `${name}?`
    })
  }

  /** Parameters separated by commas, in the order of the schema. */
  #list(tool: KnownTool, write: (key: string) => string): string {
    const parameters = parametersOf(tool)
    const required = parameters.filter(({ isRequired }) => isRequired).map(({ key }) => write(key))
    const others = parameters.filter(({ isRequired }) => !isRequired).map(({ key }) => `(${write(key)})`)
    const more = others.length === 0 ? '' : `(${others.join(' | ')})`
    if (required.length > 0) return required.join(' ws "," ws ') + (more === '' ? '' : ` (ws "," ws ${more})*`)
    return more === '' ? 'ws' : `(${more} (ws "," ws ${more})*)?`
  }

  #json(schema: unknown, prefix: string): string {
    const rules = prefixRules(this.#options.schemaGrammar(schema ?? { type: 'object' }), `${prefix}-`)
    this.#rules.set(`${prefix}-root`, rules)
    return `${prefix}-root`
  }

  #until(wish: string, end: string): string {
    const name = wish.replace(/[^A-Za-z0-9-]+/g, '-')
    this.#rules.set(name, untilRules(name, end))
    return name
  }

  #add(name: string, body: string): string {
    this.#rules.set(name, body)
    return name
  }

  #addLiterals(): void {
    this.#add('py', 'py-text | number | "True" | "False" | "None" | py-list | py-dict')
    this.#add('py-text', `"'" ([^'\\\\\\n] | "\\\\" [^\\n])* "'" | "\\"" ([^"\\\\\\n] | "\\\\" [^\\n])* "\\""`)
    this.#add('py-list', '"[" ws (py (ws "," ws py)*)? ws "]"')
    this.#add('py-dict', '"{" ws (py-text ws ":" ws py (ws "," ws py-text ws ":" ws py)*)? ws "}"')
    this.#add('number', number)
  }

  #addGemma(): void {
    this.#add('gemma', 'gemma-text | number | "true" | "false" | "null" | gemma-list | gemma-map')
    this.#rules.set('gemma-end', untilRules('gemma-end', '<|"|>'))
    this.#add('gemma-text', `${literal('<|"|>')} gemma-end`)
    this.#add('gemma-list', '"[" (gemma ("," gemma)*)? "]"')
    this.#add('gemma-map', '"{" ([^:{}<]+ ":" gemma ("," [^:{}<]+ ":" gemma)*)? "}"')
    this.#add('number', number)
  }
}

const number = '"-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?'

type Parameter = { readonly key: string; readonly schema: unknown; readonly isRequired: boolean }

function parametersOf({ parameters }: KnownTool): readonly Parameter[] {
  if (typeof parameters !== 'object' || parameters === null || !('properties' in parameters)) return []
  const { properties } = parameters
  const required = 'required' in parameters && Array.isArray(parameters.required) ? parameters.required : []
  if (typeof properties !== 'object' || properties === null) return []
  const root = '$defs' in parameters ? { $defs: parameters.$defs } : {}
  return Object.entries(properties).map(([key, schema]) => ({
    key,
    schema: typeof schema === 'object' && schema !== null ? { ...root, ...schema } : schema,
    isRequired: required.includes(key),
  }))
}

/** A marker as a literal; the blanks around it are optional, as in the parser. */
function marker(text: string): string {
  const inner = text.trim()
  if (inner === '') return ''
  return `${/^\s/.test(text) ? 'ws ' : ''}${literal(inner)}${/\s$/.test(text) ? ' ws' : ''}`
}

function sequence(parts: readonly string[]): string {
  const whole = parts.filter((part) => part.trim() !== '').join(' ')
  // one is enough, and each further one multiplies the parses that libllama follows
  return whole.replaceAll(/\bws(\s+ws\b)+/g, 'ws')
}
