// JSON schema → GBNF, as much as a form needs: types, objects, arrays, enum, const, anyOf, oneOf, $ref inside the schema.
// A keyword that it does not know is an error: a grammar that lets more through than the schema says would lie.

/** The schema cannot become a grammar; the message says which part. */
export class SchemaProblem extends Error {}

type Schema = boolean | Readonly<Record<string, unknown>>

/** Keywords that say nothing of what is allowed. */
const remarks = new Set([
  '$schema',
  '$id',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
  'format',
])

const primitives: Readonly<Record<string, string>> = {
  ws: '[ \\n\\t]{0,20}',
  boolean: '"true" | "false"',
  null: '"null"',
  integer: '"-"? ("0" | [1-9] [0-9]{0,15})',
  number: '"-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})?',
  char: '[^"\\\\\\x00-\\x1F] | "\\\\" (["\\\\/bfnrt] | "u" [0-9a-fA-F]{4})',
  string: '"\\"" char* "\\""',
  value: 'object | array | string | number | boolean | null',
  object: '"{" ws (string ws ":" ws value (ws "," ws string ws ":" ws value)*)? ws "}"',
  array: '"[" ws (value (ws "," ws value)*)? ws "]"',
}

const needs: Readonly<Record<string, readonly string[]>> = {
  string: ['char'],
  value: ['object', 'array', 'string', 'number', 'boolean', 'null'],
  object: ['ws', 'string', 'value'],
  array: ['ws', 'value'],
}

/**
 * @param order names of properties that come first, in this order; the others follow as the schema has them.
 * @throws SchemaProblem.
 */
export function schemaToGrammar(schema: unknown, order: readonly string[] = []): string {
  return new Converter(schema, order).grammar()
}

/** Any JSON object at all. */
export const anyObject = { type: 'object' }

class Converter {
  readonly #root: unknown
  readonly #order: readonly string[]
  readonly #rules = new Map<string, string>()
  readonly #refs = new Map<string, string>()

  constructor(root: unknown, order: readonly string[]) {
    this.#root = root
    this.#order = order
  }

  grammar(): string {
    const root = this.#visit(this.#root, '')
    const rules = [`root ::= ${root}`, ...[...this.#rules].map(([name, body]) => `${name} ::= ${body}`)]
    return `${rules.join('\n')}\n`
  }

  /** @returns an expression that can stand in a sequence. */
  #visit(schema: unknown, path: string): string {
    const here = path === '' ? 'the schema' : path
    if (schema === true) return this.#primitive('value')
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
      throw new SchemaProblem(`${here} is not a schema`)
    const known = schema as Readonly<Record<string, unknown>>
    if (typeof known.$ref === 'string') return this.#ref(known.$ref, here, known)
    if ('const' in known) return this.#only(known, here, ['const', 'type'], () => literal(known.const))
    if (Array.isArray(known.enum)) {
      return this.#only(known, here, ['enum', 'type'], () => `(${(known.enum as unknown[]).map(literal).join(' | ')})`)
    }
    const choices = known.anyOf ?? known.oneOf
    if (Array.isArray(choices)) {
      const name = 'anyOf' in known ? 'anyOf' : 'oneOf'
      const visit = () => choices.map((choice, i) => this.#visit(choice, `${path}/${name}/${i}`)).join(' | ')
      return this.#only(known, here, [name], () => `(${visit()})`)
    }
    const type = known.type ?? (known.properties === undefined ? undefined : 'object')
    if (Array.isArray(type)) {
      return `(${type.map((one) => this.#typed(String(one), keywordsFor(String(one), known), path)).join(' | ')})`
    }
    if (type === undefined) return this.#only(known, here, [], () => this.#primitive('value'))
    return this.#typed(String(type), known, path)
  }

  #typed(type: string, schema: Readonly<Record<string, unknown>>, path: string): string {
    const here = path === '' ? 'the schema' : path
    switch (type) {
      case 'object':
        return this.#object(schema, path, here)
      case 'array':
        return this.#array(schema, path, here)
      case 'string':
        return this.#only(schema, here, ['type', 'minLength', 'maxLength'], () => this.#string(schema, here))
      case 'integer':
      case 'number':
      case 'boolean':
      case 'null':
        return this.#only(schema, here, ['type'], () => this.#primitive(type))
      default:
        throw new SchemaProblem(`${here}: there is no type "${type}"`)
    }
  }

  #object(schema: Readonly<Record<string, unknown>>, path: string, here: string): string {
    const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>
    const rank = (name: string) => (this.#order.includes(name) ? this.#order.indexOf(name) : this.#order.length)
    const names = Object.keys(properties).sort((a, b) => rank(a) - rank(b))
    return this.#only(schema, here, ['type', 'properties', 'required', 'additionalProperties'], () => {
      const extra = schema.additionalProperties
      const required = new Set((schema.required ?? []) as readonly string[])
      for (const name of required) {
        if (!names.includes(name)) throw new SchemaProblem(`${here}: "${name}" is required but no property`)
      }
      if (names.length === 0 && extra === undefined) return this.#primitive('object')
      if (names.length === 0 && extra !== false) return this.#dictionary(extra as Schema, path)
      if (typeof extra === 'object')
        throw new SchemaProblem(`${here}: "additionalProperties" beside "properties" is not possible here`)
      const ws = this.#primitive('ws')
      const pair = (name: string) => {
        const value = this.#rule(this.#visit(properties[name]!, `${path}/properties/${name}`), name)
        return `${quoted(JSON.stringify(name))} ${ws} ":" ${ws} ${value}`
      }
      const members = names.map((name) => ({ text: pair(name), isRequired: required.has(name) }))
      return `"{" ${ws} ${this.#members(members, ws)} ${ws} "}"`
    })
  }

  /** Members in their order, where those that are not required may be left out, with commas only between. */
  #members(members: readonly { text: string; isRequired: boolean }[], ws: string): string {
    const comma = `${ws} "," ${ws}`
    // after(i): what may follow once something was written; from(i): nothing was written yet
    const after = (i: number): string => {
      const member = members[i]
      if (member === undefined) return ''
      const one = `${comma} ${member.text}`
      return `${member.isRequired ? one : `(${one})?`} ${after(i + 1)}`
    }
    const from = (i: number): string => {
      const member = members[i]
      if (member === undefined) return ''
      const with_ = `${member.text} ${after(i + 1)}`
      if (member.isRequired) return with_
      const rest = from(i + 1)
      return rest.trim() === ''
        ? `(${with_})?`
        : `(${with_} | ${this.#rule(rest, 'rest')})${hasRequired(i + 1) ? '' : '?'}`
    }
    const hasRequired = (start: number) => members.slice(start).some(({ isRequired }) => isRequired)
    return from(0)
  }

  #dictionary(value: Schema, path: string): string {
    const ws = this.#primitive('ws')
    const pair = `${this.#primitive('string')} ${ws} ":" ${ws} ${this.#rule(this.#visit(value, `${path}/additionalProperties`), 'entry')}`
    return `"{" ${ws} (${pair} (${ws} "," ${ws} ${pair})*)? ${ws} "}"`
  }

  #array(schema: Readonly<Record<string, unknown>>, path: string, here: string): string {
    return this.#only(schema, here, ['type', 'items', 'minItems', 'maxItems'], () => {
      const { items, minItems = 0, maxItems } = schema as { items?: Schema; minItems?: number; maxItems?: number }
      if (items === undefined && minItems === 0 && maxItems === undefined) return this.#primitive('array')
      const ws = this.#primitive('ws')
      const item = this.#rule(this.#visit(items ?? true, `${path}/items`), 'item')
      if (maxItems === 0) return `"[" ${ws} "]"`
      const more = `{${Math.max(0, minItems - 1)},${maxItems === undefined ? '' : maxItems - 1}}`
      const some = `${item} (${ws} "," ${ws} ${item})${more}`
      return `"[" ${ws} ${minItems > 0 ? some : `(${some})?`} ${ws} "]"`
    })
  }

  #string({ minLength, maxLength }: { minLength?: number; maxLength?: number }, here: string): string {
    if (minLength === undefined && maxLength === undefined) return this.#primitive('string')
    if (maxLength !== undefined && maxLength < (minLength ?? 0))
      throw new SchemaProblem(`${here}: "maxLength" is less than "minLength"`)
    return `"\\"" ${this.#primitive('char')}{${minLength ?? 0},${maxLength ?? ''}} "\\""`
  }

  #ref(ref: string, here: string, schema: object): string {
    return this.#only(schema, here, ['$ref'], () => {
      const known = this.#refs.get(ref)
      if (known !== undefined) return known
      if (!ref.startsWith('#'))
        throw new SchemaProblem(`${here}: only references inside the schema can be followed, not "${ref}"`)
      const parts = ref
        .split('/')
        .slice(1)
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      const target = parts.reduce<unknown>(
        (value, part) => (value as Record<string, unknown> | undefined)?.[part],
        this.#root,
      )
      if (target === undefined) throw new SchemaProblem(`${here}: "${ref}" leads nowhere`)
      const name = this.#free(parts.at(-1) ?? 'self')
      this.#refs.set(ref, name)
      this.#rules.set(name, '""') // its place in the list; it may refer to itself
      this.#rules.set(name, this.#visit(target, ref))
      return name
    })
  }

  #only(schema: object, here: string, known: readonly string[], make: () => string): string {
    const extra = Object.keys(schema).find((key) => !known.includes(key) && !remarks.has(key))
    if (extra !== undefined) throw new SchemaProblem(`${here}: "${extra}" cannot be kept by a grammar here`)
    return make()
  }

  /** A name for an expression that is used more than once, or is long. */
  #rule(body: string, hint: string): string {
    if (/^[\w-]+$/.test(body)) return body
    const name = this.#free(hint)
    this.#rules.set(name, body)
    return name
  }

  #free(hint: string): string {
    const base = `${hint.replaceAll(/[^a-zA-Z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'part'}`
    const isTaken = (name: string) => this.#rules.has(name) || name in primitives || name === 'root'
    for (let i = 0; ; i++) {
      const name = i === 0 ? base : `${base}-${i}`
      if (!isTaken(name)) return name
    }
  }

  #primitive(name: string): string {
    if (!this.#rules.has(name)) {
      this.#rules.set(name, primitives[name]!)
      for (const needed of needs[name] ?? []) this.#primitive(needed)
    }
    return name
  }
}

/** Of several types each takes the keywords that are about it, and those that nobody knows. */
function keywordsFor(type: string, schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const others = Object.entries(keywords).flatMap(([name, words]) => (name === type ? [] : words))
  const kept = Object.entries(schema).filter(([key]) => !others.includes(key))
  return { ...Object.fromEntries(kept), type }
}

const keywords: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
}

function literal(value: unknown): string {
  return quoted(JSON.stringify(value))
}

/** A GBNF string literal. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
