/**
 * JSON Schema → GBNF. Every text that the grammar accepts is valid by the schema; a known keyword
 * that no grammar can enforce is an error that names its place, or is skipped and reported, as the
 * caller chooses. Not every valid text is accepted: properties that are not named are written only
 * if the schema describes them. Source of the API: SchemaConverter of llama.cpp's
 * json-schema-to-grammar.mjs. Pure: no Node, it runs in a browser too.
 */
import { Alternatives } from './alternatives.ts'
import { arrayGrammar } from './array-grammar.ts'
import type { Context } from './context.ts'
import { SchemaDocument } from './document.ts'
import { prefixTree, ruleName } from './gbnf-text.ts'
import { isSchema, type Schema } from './keyword-table.ts'
import { numberGrammar } from './number-grammar.ts'
import { objectGrammar } from './object-grammar.ts'
import { type Ignored, Policy } from './policy.ts'
import { SchemaError, TooMuch, Unsatisfiable } from './problem.ts'
import { Rules } from './rules.ts'
import { type Literal, numberBits, type Shape, typeBits } from './shape.ts'
import { Strings } from './strings.ts'
import { Validator } from './validator.ts'

export type SchemaLimits = {
  /** Nesting of objects and lists. */
  readonly depth: number
  /** Total number of objects and lists. */
  readonly nodes: number
  /** Schemas visited, alternatives tried, values checked: some microseconds each. */
  readonly steps: number
  readonly rules: number
  /** Characters of the grammar. */
  readonly chars: number
}

export const defaultSchemaLimits: SchemaLimits = {
  depth: 1_000,
  nodes: 200_000,
  steps: 200_000,
  rules: 20_000,
  chars: 240 * 1024,
}

export type ConverterOptions = {
  /** Names of properties with their ranks: those listed here come first, in this order. */
  readonly prop_order?: Readonly<Record<string, number>>
  /**
   * A known keyword that no grammar can enforce is an error, or is skipped and listed in `ignored`.
   */
  readonly onUnenforceable?: 'refuse' | 'relax'
  readonly limits?: Partial<SchemaLimits>
}

/** Nesting of items before the rest is deferred: it bounds the recursion. */
const maxNesting = 60

export class SchemaConverter {
  readonly #rules: Rules
  readonly #policy: Policy
  readonly #limits: SchemaLimits
  readonly #order: Readonly<Record<string, number>>
  #document: SchemaDocument | undefined
  #context: Context | undefined
  /**
   * Items by the schemas they are for; an item in progress gets a name only when one is requested.
   */
  readonly #items = new Map<string, string | Unsatisfiable>()
  readonly #open = new Map<string, { name: string | undefined }>()
  readonly #putOff: { readonly name: string; readonly literals: readonly Literal[]; readonly wish: string }[] = []
  #nSteps = 0

  constructor({ prop_order = {}, onUnenforceable = 'refuse', limits = {} }: ConverterOptions = {}) {
    this.#limits = { ...defaultSchemaLimits, ...limits }
    this.#rules = new Rules(this.#limits)
    this.#policy = new Policy(onUnenforceable)
    this.#order = prop_order
  }

  /** Keywords that the grammar does not enforce. */
  get ignored(): readonly Ignored[] {
    return this.#policy.ignored
  }

  /**
   * Here for users of llama.cpp's converter, where it fetches other documents. Only references
   * within the schema are supported, and `visit` resolves them.
   */
  async resolveRefs<T>(schema: T, _url?: string): Promise<T> {
    return schema
  }

  /**
   * Adds the rules for a schema.
   * @param name of its rule; empty for `root`.
   * @returns the actual name of the rule.
   * @throws SchemaError naming the place of a keyword that cannot be enforced.
   */
  visit(schema: unknown, name = ''): string {
    if (!isSchema(schema)) throw new SchemaError('', `${JSON.stringify(schema)} is not a schema`)
    const context = this.#contextOf(schema)
    const rule = name === '' ? 'root' : ruleName(name)
    this.#rules.set(rule, '')
    const literals = this.#literals([{ schema, isNegated: false }], context)
    const key = context.alternatives.keyOf(literals)
    this.#open.set(key, { name: rule })
    this.#rules.set(rule, literals === undefined ? 'value' : this.#body(literals, rule, context))
    this.#items.set(key, rule)
    this.#open.delete(key)
    for (let next = this.#putOff.pop(); next !== undefined; next = this.#putOff.pop()) {
      this.#rules.set(next.name, this.#body(next.literals, next.wish, context))
    }
    return rule
  }

  /** The grammar: the rules reachable from `root`, or all rules when there is no root. */
  formatGrammar(): string {
    return this.#rules.format()
  }

  #contextOf(schema: Schema): Context {
    if (this.#context !== undefined) return this.#context
    const spend = (nSteps: number) => {
      this.#nSteps += nSteps
      if (this.#nSteps > this.#limits.steps) throw new TooMuch('', `it takes more than ${this.#limits.steps} steps`)
    }
    const document = new SchemaDocument(schema, this.#limits)
    const alternatives = new Alternatives(document, this.#policy, spend)
    const strings = new Strings(this.#rules, this.#policy, spend)
    this.#document = document
    this.#context = {
      rules: this.#rules,
      policy: this.#policy,
      strings,
      alternatives,
      validator: new Validator(document, alternatives, strings, spend),
      order: this.#order,
      item: (literals, wish) => this.#item(literals, wish),
    }
    return this.#context
  }

  /**
   * An item for the values that are valid by all the schemas: the name of a rule, or a terminal.
   */
  #item(given: readonly Literal[], wish: string): string {
    const context = this.#context!
    const literals = this.#literals(given, context)
    if (literals.length === 0) return 'value'
    const key = context.alternatives.keyOf(literals)
    const known = this.#items.get(key)
    if (known instanceof Unsatisfiable) throw known
    if (known !== undefined) return known
    const open = this.#open.get(key)
    if (open !== undefined) {
      open.name ??= this.#rules.reserve(wish)
      return open.name
    }
    if (this.#open.size >= maxNesting) {
      const name = this.#rules.reserve(wish)
      this.#items.set(key, name)
      this.#putOff.push({ name, literals, wish })
      return name
    }
    const made: { name: string | undefined } = { name: undefined }
    this.#open.set(key, made)
    try {
      const body = this.#body(literals, wish, context)
      const item = made.name ?? this.#rules.item(body, wish)
      if (made.name !== undefined) this.#rules.set(made.name, body)
      this.#items.set(key, item)
      return item
    } catch (error) {
      if (error instanceof Unsatisfiable) this.#items.set(key, error)
      throw error
    } finally {
      this.#open.delete(key)
    }
  }

  /** Leaves out schemas without effect, and resolves those that are only references. */
  #literals(literals: readonly Literal[], { alternatives }: Context): readonly Literal[] {
    return literals
      .map(({ schema, isNegated }) => ({ schema: alternatives.resolve(schema), isNegated }))
      .filter(({ schema, isNegated }) => schema === isNegated || typeof schema === 'object')
  }

  #body(literals: readonly Literal[], wish: string, context: Context): string {
    const at = this.#document!.pointerOf(literals.find(({ schema }) => typeof schema === 'object')?.schema)
    const { shapes, isChoice } = context.alternatives.expand(literals)
    const bodies: string[] = []
    const faults: SchemaError[] = []
    const values = this.#values(shapes, literals, context)
    if (values.length > 0)
      bodies.push(
        values.length === 1 ? prefixTreeOf(values) : prefixTreeOf(values, (body) => this.#rules.item(body, 'values')),
      )
    for (const shape of shapes) {
      if (shape.values !== undefined) continue
      try {
        bodies.push(...this.#typed(shape, context, wish, at))
      } catch (error) {
        const isLeftOut = error instanceof Unsatisfiable || (error instanceof SchemaError && isChoice)
        if (!isLeftOut || error instanceof TooMuch) throw error
        faults.push(error)
      }
    }
    const unfollowed = faults.filter((fault) => !(fault instanceof Unsatisfiable))
    if (bodies.length === 0)
      throw unfollowed[0] ?? (faults.length === 1 ? faults[0] : new Unsatisfiable(at, 'nothing is valid here'))
    for (const fault of unfollowed) this.#policy.leaveOut(fault)
    return [...new Set(bodies)].join(' | ')
  }

  /**
   * The constants of all shapes that are valid by every schema, checked one by one against all
   * their keywords.
   */
  #values(shapes: readonly Shape[], literals: readonly Literal[], { validator }: Context): readonly unknown[] {
    const all = new Map<string, unknown>()
    for (const { values } of shapes) for (const [text, value] of values ?? []) all.set(text, value)
    return [...all.values()].filter((value) => literals.every((literal) => validator.isValid(value, literal)))
  }

  /** Expressions for the types of a shape. */
  #typed(shape: Shape, context: Context, wish: string, at: string): string[] {
    const spokenOf = shape.isTyped || shape.spokenOf === 0 ? shape.types : shape.types & shape.spokenOf
    const excluded = [...shape.excluded.values()]
    const isAny = !shape.isTyped && shape.spokenOf === 0 && excluded.length === 0
    if (isAny && shape.types === typeBits.object * 2 - 1 && isUnlimited(shape)) return ['value']
    const makers: (readonly [number, string, () => string])[] = [
      [typeBits.object, 'object', () => objectGrammar(shape.object, context, at)],
      [typeBits.array, 'array', () => arrayGrammar(shape.array, context, at)],
      [typeBits.string, 'string', () => context.strings.grammar(shape.string, excluded.filter(isString), at)],
      [numberBits, 'number', () => numberGrammar(spokenOf, shape.number, excluded.filter(isNumber), context, at)],
      [typeBits.boolean, 'boolean', () => booleans(excluded)],
      [typeBits.null, 'null', () => (excluded.includes(null) ? '' : 'null')],
    ]
    const bodies: string[] = []
    const faults: Unsatisfiable[] = []
    for (const [bits, type, make] of makers) {
      if ((spokenOf & bits) === 0) continue
      if (
        excluded.some(
          (value) =>
            typeof value === 'object' && value !== null && (Array.isArray(value) ? 'array' : 'object') === type,
        )
      ) {
        this.#policy.fail(`${at}/not`, `no grammar can follow the opposite of a constant that is an ${type}`)
      }
      try {
        const body = make()
        if (body !== '') bodies.push(body)
      } catch (error) {
        if (!(error instanceof Unsatisfiable)) throw error
        faults.push(error)
      }
    }
    if (bodies.length > 0) return bodies.length === 1 ? bodies : bodies.map((body) => this.#rules.item(body, wish))
    throw faults.length === 1 ? faults[0] : new Unsatisfiable(at, 'nothing is valid here')
  }
}

function prefixTreeOf(values: readonly unknown[], addRule: (body: string) => string = (body) => body): string {
  return prefixTree(
    values.map((value) => ({ text: JSON.stringify(value), tail: '' })),
    addRule,
  )
}

function isUnlimited({ object, array, string, number }: Shape): boolean {
  return (
    object.forbidden.size === 0 &&
    array.layers.length === 0 &&
    string.tests.length === 0 &&
    number.multiples.length === 0
  )
}

function booleans(excluded: readonly unknown[]): string {
  const left = [true, false].filter((value) => !excluded.includes(value))
  return left.length === 2 ? 'boolean' : left.map((value) => `"${value}"`).join(' | ')
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
