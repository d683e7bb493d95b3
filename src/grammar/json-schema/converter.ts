/**
 * JSON Schema → GBNF. What the grammar lets through is valid by the schema; a keyword that no grammar can follow is an
 * error that names its place, never passed over. Not everything that is valid is let through: properties that are
 * not named are not written unless `additionalProperties` says so, and of `oneOf` one alternative or more hold.
 * Source of the API: SchemaConverter of llama.cpp's json-schema-to-grammar.mjs. Pure: no Node, it runs in a browser too.
 */
import { formats, openFormats } from './formats.ts'
import { either, literal, repeated, ruleName } from './gbnf-text.ts'
import { intersect, isSame } from './intersect.ts'
import { charRule, spaceRule, stringOtherThan } from './json-text.ts'
import { integerWithin, numberWithin } from './numbers.ts'
import { SchemaError, Unsatisfiable } from './problem.ts'
import { lengthOf, parseRegex, type Regex, regexToGbnf } from './regex.ts'
import {
  checkKeywords,
  isSchema,
  lookUp,
  Pointers,
  type Schema,
  type SchemaObject,
  withoutAnnotations,
} from './schema.ts'

export type ConverterOptions = {
  /** Names of properties with their places: those that are here come first, in this order. */
  readonly prop_order?: Readonly<Record<string, number>>
}

/** What every grammar may use; only what is used is written. */
const primitives: Readonly<Record<string, string>> = {
  space: spaceRule,
  char: charRule,
  string: '"\\"" char* "\\""',
  boolean: '"true" | "false"',
  null: '"null"',
  integer: '"-"? ([0-9] | [1-9] [0-9]{1,15})',
  number: '"-"? ([0-9] | [1-9] [0-9]{1,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
  value: 'object | array | string | number | boolean | null',
  object: '"{" space (member space ("," space member space)*)? "}"',
  member: 'string space ":" space value',
  array: '"[" space (value space ("," space value space)*)? "]"',
}

/** `item` is the rule of a name and its value. */
type Member = { readonly item: string; readonly isRequired: boolean }

/** More rules than this make a grammar that nothing is served with. */
const mostRules = 20_000

export class SchemaConverter {
  readonly #order: Readonly<Record<string, number>>
  readonly #rules = new Map<string, string>()
  readonly #byBody = new Map<string, string>()
  /** Rules of schemas that may meet themselves again, by reference or by text. */
  readonly #names = new Map<string, string | Unsatisfiable>()
  #root: unknown
  #pointers = new Pointers(undefined)

  constructor(options: ConverterOptions = {}) {
    this.#order = options.prop_order ?? {}
  }

  /**
   * Here for users of llama.cpp's converter: there it fetches what other documents say. Here only references within the
   * schema are served, and `visit` finds them.
   */
  async resolveRefs<T>(schema: T, _url?: string): Promise<T> {
    return schema
  }

  /**
   * Adds the rules for a schema.
   * @param name of its rule; empty for `root`.
   * @returns the name that the rule has got.
   * @throws SchemaError naming the place of a keyword that cannot be followed.
   */
  visit(schema: unknown, name = ''): string {
    if (!isSchema(schema)) throw new SchemaError('', `${JSON.stringify(schema)} is not a schema`)
    if (this.#root === undefined) {
      this.#root = schema
      this.#pointers = new Pointers(schema)
    }
    const rule = name === '' ? 'root' : ruleName(name)
    this.#rules.set(rule, '')
    if (typeof schema === 'object') this.#names.set(this.#pointers.of(schema), rule)
    this.#rules.set(rule, this.#body(schema, rule))
    return rule
  }

  /** The grammar: the rules that `root` leads to, or all when there is no root. */
  formatGrammar(): string {
    const used = new Set<string>()
    const add = (name: string) => {
      const body = this.#rules.get(name) ?? primitives[name]
      if (body === undefined || used.has(name)) return
      used.add(name)
      const words =
        body.replaceAll(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]/g, ' ').match(/[A-Za-z][A-Za-z0-9-]*/g) ?? []
      for (const word of words) add(word)
    }
    for (const name of this.#rules.has('root') ? ['root'] : this.#rules.keys()) add(name)
    return [...used]
      .sort()
      .map((name) => `${name} ::= ${this.#rules.get(name) ?? primitives[name]}\n`)
      .join('')
  }

  /** An item that stands for the schema: the name of a rule, or a terminal. */
  #item(schema: Schema, wish: string): string {
    if (schema === true) return 'value'
    if (schema === false) throw new Unsatisfiable('', 'nothing is valid here')
    const key = this.#keyOf(schema)
    if (key === undefined) return this.#asItem(this.#body(schema, wish), wish)
    const known = this.#names.get(key)
    if (known instanceof Unsatisfiable) throw known
    if (known !== undefined) return known
    const name = this.#newRule(wish)
    this.#names.set(key, name)
    try {
      this.#rules.set(name, this.#body(schema, wish))
    } catch (error) {
      if (error instanceof Unsatisfiable) this.#names.set(key, error)
      throw error
    }
    return name
  }

  /** What a schema that leads elsewhere is known by; undefined for one that cannot meet itself. */
  #keyOf(schema: SchemaObject): string | undefined {
    const constraints = withoutAnnotations(schema)
    const keywords = Object.keys(constraints)
    if (keywords.length === 1 && keywords[0] === '$ref') return String(constraints.$ref)
    const text = JSON.stringify(constraints)
    return text.includes('"$ref"') ? text : undefined
  }

  #asItem(body: string, wish: string): string {
    if (/^[A-Za-z][A-Za-z0-9-]*$/.test(body) || /^"(?:[^"\\]|\\.)*"$/.test(body)) return body
    return this.#addRule(wish, body)
  }

  #addRule(wish: string, body: string): string {
    const known = this.#byBody.get(body)
    if (known !== undefined) return known
    const name = this.#newRule(wish)
    this.#rules.set(name, body)
    this.#byBody.set(body, name)
    return name
  }

  #newRule(wish: string): string {
    if (this.#rules.size >= mostRules) throw new SchemaError('', `it needs more than ${mostRules} rules of grammar`)
    const base = ruleName(wish)
    let name = base
    for (let n = 1; this.#rules.has(name) || primitives[name] !== undefined; n++) name = `${base}-${n}`
    this.#rules.set(name, '')
    return name
  }

  #body(schema: Schema, wish: string): string {
    const flat = this.#flatten(schema, [])
    if (flat === true) return 'value'
    if (flat === false) throw new Unsatisfiable(this.#at(schema), 'nothing is valid here')
    const { anyOf, oneOf, ...rest } = flat
    const alternatives = (anyOf ?? oneOf) as readonly Schema[] | undefined
    if (alternatives !== undefined) {
      const others = anyOf !== undefined && oneOf !== undefined ? { ...rest, oneOf } : rest
      return this.#union(alternatives, others, flat, wish)
    }
    if (flat.const !== undefined || flat.enum !== undefined) return this.#constants(flat)
    const types = typesOf(flat)
    if (types === undefined) return 'value'
    const bodies = this.#satisfiable(types, flat, (type) =>
      this.#typed(type, flat, types.length > 1 ? `${wish}-${type}` : wish),
    )
    return bodies.length === 1
      ? bodies[0]!
      : bodies.map((body, i) => this.#asItem(body, `${wish}-${types[i]}`)).join(' | ')
  }

  #union(alternatives: readonly Schema[], rest: SchemaObject, from: SchemaObject, wish: string): string {
    const hasRest = Object.keys(rest).length > 0
    const items = this.#satisfiable(alternatives.entries(), from, ([i, alternative]) => {
      const whole = hasRest ? this.#pointers.inherit({ allOf: [rest, alternative] }, from) : alternative
      return this.#item(whole, `${wish}-${i}`)
    })
    return [...new Set(items)].join(' | ')
  }

  /** What can be made of the choices; those that no text can meet are left out. */
  #satisfiable<T>(choices: Iterable<T>, from: SchemaObject, make: (choice: T) => string): string[] {
    const made: string[] = []
    const failures: Unsatisfiable[] = []
    for (const choice of choices) {
      try {
        made.push(make(choice))
      } catch (error) {
        if (!(error instanceof Unsatisfiable)) throw error
        failures.push(error)
      }
    }
    if (made.length === 0) {
      throw failures.length === 1 ? failures[0] : new Unsatisfiable(this.#at(from), 'nothing is valid here')
    }
    return made
  }

  /** A schema without `$ref` and `allOf`. */
  #flatten(schema: Schema, refs: readonly string[]): Schema {
    if (typeof schema === 'boolean') return schema
    const pointer = this.#pointers.of(schema)
    checkKeywords(schema, pointer)
    const { $ref, allOf, ...rest } = withoutAnnotations(schema)
    let flat: Schema = rest
    if (typeof $ref === 'string') {
      if (refs.includes($ref))
        throw new SchemaError(pointer, `${JSON.stringify($ref)} refers to itself and says nothing`)
      const target = this.#flatten(lookUp(this.#root, $ref, pointer), [...refs, $ref])
      flat = Object.keys(rest).length === 0 ? target : intersect(target, rest, pointer)
    }
    for (const part of (allOf ?? []) as readonly Schema[]) flat = intersect(flat, this.#flatten(part, refs), pointer)
    return typeof flat === 'boolean' ? flat : this.#pointers.inherit(flat === rest ? rest : { ...flat }, schema)
  }

  #constants(flat: SchemaObject): string {
    const { const: constant, enum: values, type, ...others } = flat
    const [extra] = Object.keys(others)
    if (extra !== undefined) {
      throw new SchemaError(`${this.#at(flat)}/${extra}`, 'no grammar can follow this keyword beside enum or const')
    }
    let all = values === undefined ? [constant] : (values as readonly unknown[])
    if (values !== undefined && constant !== undefined) all = all.filter((value) => isSame(value, constant))
    if (type !== undefined) all = all.filter((value) => [type].flat().some((name) => isOfType(value, name as string)))
    if (all.length === 0) throw new Unsatisfiable(this.#at(flat), 'none of its values is valid')
    return [...new Set(all.map((value) => literal(JSON.stringify(value))))].join(' | ')
  }

  #typed(type: string, flat: SchemaObject, wish: string): string {
    switch (type) {
      case 'object':
        return this.#object(flat, wish)
      case 'array':
        return this.#array(flat, wish)
      case 'string':
        return this.#string(flat, wish)
      case 'integer':
      case 'number':
        return this.#number(type, flat)
      default:
        return type
    }
  }

  #object(flat: SchemaObject, wish: string): string {
    const named = (flat.properties ?? {}) as Readonly<Record<string, Schema>>
    const required = (flat.required ?? []) as readonly string[]
    const others = flat.additionalProperties as Schema | undefined
    if (Object.keys(named).length === 0 && required.length === 0 && others === undefined) {
      this.#checkCounts(flat, 0, 'value')
      return 'object'
    }
    const members: Member[] = []
    for (const name of this.#inOrder([...new Set([...Object.keys(named), ...required])])) {
      const isRequired = required.includes(name)
      try {
        const value = this.#item(Object.hasOwn(named, name) ? named[name]! : (others ?? true), `${wish}-${name}`)
        const key = literal(JSON.stringify(name))
        members.push({ item: this.#addRule(`${wish}-${name}-member`, `${key} space ":" space ${value}`), isRequired })
      } catch (error) {
        if (!(error instanceof Unsatisfiable) || isRequired) throw error
      }
    }
    const additional = this.#additional(others, Object.keys(named).concat(required), wish)
    this.#checkCounts(flat, members.filter(({ isRequired }) => isRequired).length, additional, members.length)
    return `"{" space ${this.#members(members, additional, wish)} "}"`
  }

  /** A rule for one member with a name of its own; undefined where there is none. */
  #additional(others: Schema | undefined, names: readonly string[], wish: string): string | undefined {
    if (others === undefined || others === false) return undefined
    try {
      const value = this.#item(others, `${wish}-additional`)
      const key = names.length === 0 ? 'string' : `"\\"" ${stringOtherThan(names)} "\\""`
      return this.#addRule(`${wish}-additional-member`, `${key} space ":" space ${value}`)
    } catch (error) {
      if (!(error instanceof Unsatisfiable)) throw error
      return undefined
    }
  }

  /** The members with commas between them, each with the blank after it. */
  #members(members: readonly Member[], additional: string | undefined, wish: string): string {
    const others = additional === undefined ? '' : `("," space ${additional} space)*`
    const after = (i: number) => {
      const next = ({ item, isRequired }: Member) =>
        isRequired ? `"," space ${item} space` : `("," space ${item} space)?`
      return [...members.slice(i).map(next), others].join(' ').trimEnd()
    }
    const firstRequired = members.findIndex(({ isRequired }) => isRequired)
    const nFirst = firstRequired < 0 ? members.length : firstRequired
    // any of the optional ones may be the first, and so be without a comma
    const rests: string[] = [after(nFirst)]
    for (let i = nFirst - 1; i > 0; i--) {
      rests.unshift(this.#addRule(`${wish}-rest`, `("," space ${members[i]!.item} space)? ${rests[0]}`.trimEnd()))
    }
    const starts = members.slice(0, nFirst).map(({ item }, i) => `${item} space ${rests[i]}`.trimEnd())
    if (firstRequired >= 0) starts.push(`${members[nFirst]!.item} space ${after(nFirst + 1)}`.trimEnd())
    else if (additional !== undefined) starts.push(`${additional} space ${others}`)
    if (starts.length === 0) return ''
    return firstRequired >= 0 ? either(starts) : `(${starts.join(' | ')})?`
  }

  #inOrder(names: readonly string[]): readonly string[] {
    const place = (name: string) => (Object.hasOwn(this.#order, name) ? this.#order[name]! : Number.POSITIVE_INFINITY)
    return [...names].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
  }

  /** Counts of properties are served where they hold anyway. */
  #checkCounts(flat: SchemaObject, nRequired: number, additional: string | undefined, nNamed = nRequired): void {
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = flat as Record<string, number>
    const most = additional === undefined ? nNamed : Number.POSITIVE_INFINITY
    const keyword = minProperties > nRequired ? 'minProperties' : maxProperties < most ? 'maxProperties' : undefined
    if (keyword === undefined) return
    throw new SchemaError(`${this.#at(flat)}/${keyword}`, 'no grammar can count these properties')
  }

  #array(flat: SchemaObject, wish: string): string {
    const isTuple = Array.isArray(flat.items)
    const first = ((isTuple ? flat.items : flat.prefixItems) ?? []) as readonly Schema[]
    const others = (isTuple ? flat.additionalItems : flat.items) as Schema | undefined
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = flat as Record<string, number>
    if (minItems > maxItems) throw new Unsatisfiable(this.#at(flat), 'minItems is greater than maxItems')
    const items = first.slice(0, maxItems).map((item, i) => this.#item(item, `${wish}-${i}`))
    let more: string | undefined
    if (others !== undefined || first.length === 0 || minItems > items.length) {
      try {
        more = this.#item(others ?? true, `${wish}-item`)
      } catch (error) {
        if (!(error instanceof Unsatisfiable) || minItems > items.length) throw error
      }
    }
    const min = Math.max(0, minItems - items.length)
    const max = more === undefined ? 0 : maxItems - items.length
    const start = items.map((item) => `${item} space`).join(' "," space ')
    if (max === 0) return start === '' ? '"[" space "]"' : `"[" space ${start} "]"`
    const add = (body: string) => this.#addRule(`${wish}-items`, body)
    if (start !== '') return `"[" space ${start} ${repeated(`("," space ${more} space)`, min, max, add)} "]"`
    const all = `${more} space ${repeated(`("," space ${more} space)`, Math.max(0, min - 1), max - 1, add)}`
    return min === 0 ? `"[" space (${all})? "]"` : `"[" space ${all} "]"`
  }

  #string(flat: SchemaObject, wish: string): string {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = flat as Record<string, number>
    if (minLength > maxLength) throw new Unsatisfiable(this.#at(flat), 'minLength is greater than maxLength')
    const regex = this.#regex(flat)
    if (regex === undefined) {
      if (minLength === 0 && maxLength === Number.POSITIVE_INFINITY) return 'string'
      return `"\\"" ${repeated('char', minLength, maxLength, (body) => this.#addRule(`${wish}-chars`, body))} "\\""`
    }
    const length = lengthOf(regex)
    if (length.min < minLength || length.max > maxLength) {
      const keyword = length.min < minLength ? 'minLength' : 'maxLength'
      throw new SchemaError(
        `${this.#at(flat)}/${keyword}`,
        'no grammar can count the characters of a pattern or format',
      )
    }
    const inside = regexToGbnf(regex)
    if (inside === undefined) throw new Unsatisfiable(this.#at(flat), 'no text matches its pattern')
    return `"\\"" ${either(inside.includes('|') ? [`(${inside})`] : [inside])} "\\""`
  }

  #regex(flat: SchemaObject): Regex | undefined {
    const { pattern, format } = flat
    const at = this.#at(flat)
    const hasForm = typeof format === 'string' && !openFormats.includes(format)
    if (typeof pattern === 'string') {
      if (hasForm) throw new SchemaError(`${at}/format`, 'no grammar can follow this keyword beside a pattern')
      try {
        return parseRegex(pattern)
      } catch (error) {
        throw new SchemaError(`${at}/pattern`, `${JSON.stringify(pattern)} ${(error as Error).message}`)
      }
    }
    if (!hasForm) return undefined
    const known = Object.hasOwn(formats, format as string) ? formats[format as string] : undefined
    if (known === undefined) {
      throw new SchemaError(
        `${at}/format`,
        `${JSON.stringify(format)} is not one of ${Object.keys(formats).join(', ')}`,
      )
    }
    return parseRegex(known)
  }

  #number(type: 'integer' | 'number', flat: SchemaObject): string {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = flat as Record<
      string,
      number | undefined
    >
    if (multipleOf !== undefined && !(type === 'integer' && Number.isInteger(1 / multipleOf))) {
      throw new SchemaError(`${this.#at(flat)}/multipleOf`, 'no grammar can follow this keyword')
    }
    const isMinExclusive = exclusiveMinimum !== undefined && exclusiveMinimum >= (minimum ?? exclusiveMinimum)
    const isMaxExclusive = exclusiveMaximum !== undefined && exclusiveMaximum <= (maximum ?? exclusiveMaximum)
    const min = isMinExclusive ? exclusiveMinimum : minimum
    const max = isMaxExclusive ? exclusiveMaximum : maximum
    if (min === undefined && max === undefined) return type
    const bounds = { min, max, isMinExclusive, isMaxExclusive }
    const body = type === 'integer' ? integerWithin(bounds) : numberWithin(bounds)
    if (body === undefined) throw new Unsatisfiable(this.#at(flat), `no ${type} is within its bounds`)
    return body
  }

  #at(schema: Schema): string {
    return typeof schema === 'boolean' ? '' : this.#pointers.of(schema)
  }
}

/** The types that may be written; undefined: any. Without `type`, those that the other keywords speak of. */
function typesOf(flat: SchemaObject): readonly string[] | undefined {
  if (flat.type !== undefined) {
    const types = [...new Set([flat.type].flat() as string[])]
    return types.includes('number') ? types.filter((type) => type !== 'integer') : types
  }
  const spokenOf: Readonly<Record<string, readonly string[]>> = {
    object: [
      'properties',
      'required',
      'additionalProperties',
      'minProperties',
      'maxProperties',
      'unevaluatedProperties',
    ],
    array: ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems'],
    string: ['minLength', 'maxLength', 'pattern', 'format'],
    number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  }
  const types = Object.keys(spokenOf).filter((type) => spokenOf[type]!.some((keyword) => flat[keyword] !== undefined))
  return types.length === 0 ? undefined : types
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
