/**
 * Turns schemas that must all hold into shapes; a value has one of them. Choices (`anyOf`, `oneOf`,
 * `if`, `dependentRequired`, a `not`) are multiplied out, a branch at a time, and unsatisfiable
 * branches are dropped at once. Without recursion: schemas may be nested and refer to each other
 * without restriction.
 */
import type { SchemaDocument } from './document.ts'
import { followedFormats } from './formats.ts'
import { followedKeywords, keywordFaults, type Schema, type SchemaObject } from './keyword-table.ts'
import { negation } from './negation.ts'
import type { Policy } from './policy.ts'
import { SchemaError, TooMuch, Unsatisfiable } from './problem.ts'
import { shapeOf } from './schema-shape.ts'
import { anyObject, anyShape, type Literal, meet, type Shape, typeBits } from './shape.ts'

/**
 * A schema still to be met, and the scopes of unevaluated items and properties in which it lies.
 */
export type Todo = Literal & { readonly scopes: readonly object[]; readonly cause?: Cause | undefined }

/** The schemas of one value that led to another, from the nearest on. */
type Cause = { readonly key: string; readonly cause: Cause | undefined }

/** Schemas and a shape that must all hold. */
export type Alternative = { readonly todo: readonly Todo[]; readonly shape?: Shape }

type Choice = {
  readonly schema: Schema
  readonly keyword: string
  readonly alternatives: readonly Alternative[]
  /** Whether a second alternative is forbidden. */
  readonly isExclusive: boolean
}

type Branch = {
  shape: Shape
  readonly todo: Todo[]
  readonly choices: Choice[]
  readonly seen: Set<string>
}

/** The shapes; `isChoice` when they came from a choice, so one of them may be left out. */
export type Shapes = { readonly shapes: readonly Shape[]; readonly isChoice: boolean }

const noScopes: readonly object[] = []

/**
 * Whether a schema that is to hold is what made it so itself: of its values none comes to an end.
 */
function isCausedBy({ cause }: Todo, key: string): boolean {
  for (let each = cause; each !== undefined; each = each.cause) if (each.key === key) return true
  return false
}

/**
 * The maximum number of alternatives of one choice, and of several that multiply: a larger grammar
 * is of no use.
 */
const maxAlternatives = 5_000
const maxMultiplied = 1_000

export class Alternatives {
  readonly #document: SchemaDocument
  readonly #policy: Policy
  readonly #spend: (nSteps: number) => void
  readonly #ids = new Map<object, number>()
  readonly #clean = new Map<SchemaObject, SchemaObject>()
  readonly #nonNull = new Map<SchemaObject, SchemaObject>()
  readonly #discriminators = new Map<Schema, Discriminators>()

  constructor(document: SchemaDocument, policy: Policy, spend: (nSteps: number) => void) {
    this.#document = document
    this.#policy = policy
    this.#spend = spend
  }

  /** A key of a set of literals: equal keys mean equal sets. */
  keyOf(literals: readonly Literal[]): string {
    const keys = literals.map((literal) => this.#literalKey(literal))
    return [...new Set(keys)].sort().join()
  }

  /** Resolves a schema that is only a reference to its target. */
  resolve(schema: Schema): Schema {
    return this.#document.resolve(schema, (each) => {
      if (typeof each === 'boolean' || each.$ref === undefined) return undefined
      const { $ref, ...others } = this.clean(each)
      return Object.keys(others).length === 0 ? ($ref as string) : undefined
    })
  }

  /**
   * The supported keywords of a schema. @throws SchemaError for a keyword with an invalid value.
   */
  clean(schema: SchemaObject): SchemaObject {
    const known = this.#clean.get(schema)
    if (known !== undefined) return known
    const result: Record<string, unknown> = {}
    for (const keyword of followedKeywords) if (Object.hasOwn(schema, keyword)) result[keyword] = schema[keyword]
    for (const { keyword, kind, message } of keywordFaults(schema)) {
      delete result[keyword]
      const at = this.pointerTo(schema, keyword)
      if (kind === 'unknown') this.#policy.ignore(this.#document.pointerOf(schema), keyword, message)
      else this.#policy.fail(at, message)
    }
    const { format, contentEncoding } = result
    if (typeof format === 'string' && !followedFormats.has(format)) {
      const path = this.#document.pointerOf(schema)
      this.#policy.ignore(path, 'format', `${JSON.stringify(format.slice(0, 40))} is not a format that is known`)
      delete result.format
    }
    if (contentEncoding !== 'base64') delete result.contentEncoding
    this.#clean.set(schema, result)
    return result
  }

  pointerTo(schema: Schema, keyword: string): string {
    return `${this.#document.pointerOf(schema)}/${keyword}`
  }

  /**
   * @throws SchemaError when every alternative contains something unsupported; TooMuch at a limit.
   */
  expand(literals: readonly Literal[]): Shapes {
    const done: Shape[] = []
    const faults: SchemaError[] = []
    let isChoice = false
    let limit = maxMultiplied
    const branches: Branch[] = [
      {
        shape: anyShape,
        todo: literals.map((literal) => ({ ...literal, scopes: noScopes })).reverse(),
        choices: [],
        seen: new Set(),
      },
    ]
    for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
      try {
        const forks = this.#step(branch)
        if (forks.length > limit && !isChoice) limit = maxAlternatives
        if (forks === 'done') done.push(branch.shape)
        else branches.push(...forks.reverse())
        isChoice ||= forks !== 'done' && forks.length > 1
      } catch (error) {
        const isFault = error instanceof SchemaError && !(error instanceof TooMuch) && isChoice
        if (!isFault) throw error
        if (!(error instanceof Unsatisfiable)) faults.push(error)
      }
      if (done.length + branches.length > limit) {
        const choice = branch.choices[0]
        const at = choice === undefined ? this.#document.pointerOf(literals[0]?.schema) : this.#placeOf(choice)
        throw new TooMuch(at, `its alternatives multiply to more than ${limit}`)
      }
    }
    if (done.length === 0 && faults.length > 0) throw faults[0]
    for (const fault of faults) this.#policy.leaveOut(fault)
    return { shapes: done, isChoice }
  }

  /**
   * Applies all simple keywords, then takes one choice apart. @returns the branches that replace
   * it; none when it is unsatisfiable.
   */
  #step(branch: Branch): Branch[] | 'done' {
    for (let next = branch.todo.pop(); next !== undefined; next = branch.todo.pop()) {
      const key = `${this.#literalKey(next)}/${next.scopes.map((scope) => this.#idOf(scope)).join()}`
      if (branch.seen.has(key)) {
        if (isCausedBy(next, key)) throw new SchemaError(this.#document.pointerOf(next.schema), 'recurs without an end')
        continue
      }
      branch.seen.add(key)
      this.#spend(1)
      const cause = { key, cause: next.cause }
      const isMet = next.isNegated ? this.#addNegated(branch, next) : this.#add(branch, next, cause)
      if (!isMet) return []
    }
    const choice = branch.choices.shift()
    if (choice === undefined) return 'done'
    const alternatives = choice.isExclusive ? this.#exclusive(choice) : choice.alternatives
    this.#spend(alternatives.length)
    return alternatives.flatMap(({ todo, shape }) => {
      const met = shape === undefined ? branch.shape : meet(branch.shape, shape)
      if (met === undefined) return []
      const inTurn = [...todo].reverse()
      if (alternatives.length === 1) {
        branch.shape = met
        branch.todo.push(...inTurn)
        return [branch]
      }
      return [{ shape: met, todo: inTurn, choices: [...branch.choices], seen: new Set(branch.seen) }]
    })
  }

  #add(branch: Branch, { schema, scopes: outer }: Todo, cause: Cause): boolean {
    if (typeof schema === 'boolean') return schema
    const own = this.clean(schema)
    if (own.nullable === true && own.type === undefined) {
      const alternatives = [
        { todo: [{ schema: this.#withoutNull(schema), isNegated: false, scopes: outer }] },
        onlyNull,
      ]
      branch.choices.push({ schema, keyword: 'nullable', alternatives, isExclusive: false })
      return true
    }
    const at = (keyword: string) => this.pointerTo(schema, keyword)
    const isScope = own.unevaluatedItems !== undefined || own.unevaluatedProperties !== undefined
    const scopes = isScope ? [...outer, own] : outer
    const met = meet(branch.shape, shapeOf(own, at, scopes))
    if (met === undefined) return false
    branch.shape = met
    const todo = (part: unknown, isNegated = false): Todo => ({ schema: part as Schema, isNegated, scopes, cause })
    const choose = (keyword: string, alternatives: readonly Alternative[], isExclusive = false) => {
      branch.choices.push({ schema, keyword, alternatives, isExclusive })
    }
    for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
      const ref = own[keyword]
      if (ref !== undefined) branch.todo.push(todo(this.#document.lookUp(ref as string, schema)))
    }
    if (own.not !== undefined) branch.todo.push(todo(own.not, true))
    for (const part of [...((own.allOf ?? []) as readonly Schema[])].reverse()) branch.todo.push(todo(part))
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      const parts = own[keyword] as readonly Schema[] | undefined
      if (parts === undefined) continue
      choose(
        keyword,
        parts.map((part) => ({ todo: [todo(part)] })),
        keyword === 'oneOf' && parts.length > 1,
      )
    }
    if (own.if !== undefined && (own.then !== undefined || own.else !== undefined)) {
      choose('if', [
        { todo: [todo(own.if), todo(own.then ?? true)] },
        { todo: [todo(own.if, true), todo(own.else ?? true)] },
      ])
    }
    for (const keyword of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
      for (const [name, then] of Object.entries((own[keyword] ?? {}) as Record<string, unknown>)) {
        if (Array.isArray(then) && then.length === 0) continue
        const required = [name, ...(Array.isArray(then) ? then : [])]
        choose(
          keyword,
          [
            { todo: [], shape: objectShape({ required: new Set(required) }) },
            { todo: [], shape: objectShape({ forbidden: new Set([name]) }) },
            { todo: [], shape: { ...anyShape, types: anyShape.types & ~typeBits.object } },
          ].map((alternative, i) =>
            i === 0 && !Array.isArray(then) ? { ...alternative, todo: [todo(then)] } : alternative,
          ),
        )
      }
    }
    return true
  }

  #addNegated(branch: Branch, { schema, scopes }: Todo): boolean {
    if (typeof schema === 'boolean') return !schema
    const own = this.clean(schema)
    const at = (keyword: string) => this.pointerTo(schema, keyword)
    const types = shapeOf({ type: own.type, nullable: own.nullable }, at, scopes).types
    if ((branch.shape.types & types) === 0) return true
    if (own.nullable === true && own.type === undefined) {
      const met = meet(branch.shape, { ...anyShape, excluded: new Map([['null', null]]) })
      if (met === undefined) return false
      branch.shape = met
    }
    const refs = ['$ref', '$dynamicRef', '$recursiveRef'].flatMap((keyword) =>
      own[keyword] === undefined ? [] : [this.#document.lookUp(own[keyword] as string, schema)],
    )
    const { alternatives, missing } = negation(own, refs)
    const isNamed = (name: string) =>
      branch.shape.object.layers.some(({ properties }) => Object.hasOwn(properties, name))
    // a property that no schema describes is not written just to violate another schema
    const useful = alternatives.filter(({ onProperty }) => onProperty === undefined || isNamed(onProperty))
    const chosen = useful.length > 0 ? useful : alternatives
    if (chosen.length === 0 && missing !== undefined) {
      this.#policy.fail(at(missing), 'no grammar can follow the opposite of this keyword')
      return true
    }
    const bare = chosen.map(
      ({ parts, shape }): Alternative => ({
        todo: parts.map((part) => ({ ...part, scopes: noScopes })),
        ...(shape === undefined ? {} : { shape }),
      }),
    )
    branch.choices.push({ schema, keyword: 'not', alternatives: bare, isExclusive: false })
    return chosen.length > 0
  }

  /** Each alternative excluding the others, unless they obviously have nothing in common. */
  #exclusive(choice: Choice): readonly Alternative[] {
    const { alternatives } = choice
    const known = alternatives.map(({ todo }) => this.#discriminatorsOf(todo[0]!.schema))
    return alternatives.map((alternative, i) => {
      const others = alternatives.filter((_, j) => {
        if (j === i) return false
        this.#spend(0.1)
        return !areDisjoint(known[i]!, known[j]!)
      })
      if (others.length > maxNegated)
        throw new TooMuch(this.#placeOf(choice), `more than ${maxNegated} of its schemas may hold together`)
      return { todo: [...alternative.todo, ...others.map(({ todo }) => ({ ...todo[0]!, isNegated: true }))] }
    })
  }

  #discriminatorsOf(schema: Schema): Discriminators {
    const known = this.#discriminators.get(schema)
    if (known !== undefined) return known
    let result: Discriminators = []
    try {
      result = this.expand([{ schema, isNegated: false }]).shapes.map((shape) => this.#discriminatorOf(shape))
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      result = [{ types: anyShape.types, values: undefined, properties: new Map() }]
    }
    this.#discriminators.set(schema, result)
    return result
  }

  #discriminatorOf({ types, values, object }: Shape): Discriminators[number] {
    const properties = new Map<string, { readonly types: number; readonly values: ReadonlySet<string> | undefined }>()
    for (const name of object.required) {
      const parts = object.layers.flatMap(({ properties: own }) => (Object.hasOwn(own, name) ? [own[name]!] : []))
      let met: Shape | undefined = anyShape
      for (const part of parts) {
        const target = this.resolve(part)
        if (typeof target === 'boolean' || met === undefined) continue
        met = meet(
          met,
          shapeOf(this.clean(target), () => '', noScopes),
        )
      }
      const texts = met?.values === undefined ? undefined : new Set(met.values.keys())
      properties.set(name, { types: met?.types ?? 0, values: texts })
    }
    return { types, values: values === undefined ? undefined : new Set(values.keys()), properties }
  }

  #placeOf({ schema, keyword }: Choice): string {
    return this.pointerTo(schema, keyword)
  }

  /** OpenAPI 3.0 also writes `nullable` beside a reference. */
  #withoutNull(schema: SchemaObject): SchemaObject {
    const known = this.#nonNull.get(schema)
    if (known !== undefined) return known
    const { nullable, ...rest } = this.clean(schema)
    const made = this.#document.inherit(rest, schema)
    this.#nonNull.set(schema, made)
    return made
  }

  #literalKey({ schema, isNegated }: Literal): string {
    return `${isNegated ? '-' : ''}${typeof schema === 'boolean' ? schema : this.#idOf(schema)}`
  }

  #idOf(value: object): number {
    const known = this.#ids.get(value)
    if (known !== undefined) return known
    this.#ids.set(value, this.#ids.size)
    return this.#ids.size - 1
  }
}

/**
 * For each shape of a schema, the features that distinguish it: types, values, and those of its
 * required properties.
 */
type Discriminators = readonly {
  readonly types: number
  readonly values: ReadonlySet<string> | undefined
  readonly properties: ReadonlyMap<string, { readonly types: number; readonly values: ReadonlySet<string> | undefined }>
}[]

const onlyNull: Alternative = { todo: [], shape: { ...anyShape, types: typeBits.null, isTyped: true } }

/** The maximum number of schemas of a `oneOf` that are kept apart by their opposites. */
const maxNegated = 64

function areDisjoint(a: Discriminators, b: Discriminators): boolean {
  return a.every((x) =>
    b.every((y) => {
      const common = x.types & y.types
      if (common === 0 || haveNoneInCommon(x.values, y.values)) return true
      if (common !== typeBits.object) return false
      return [...x.properties].some(([name, mine]) => {
        const other = y.properties.get(name)
        return other !== undefined && ((mine.types & other.types) === 0 || haveNoneInCommon(mine.values, other.values))
      })
    }),
  )
}

function haveNoneInCommon(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): boolean {
  return a !== undefined && b !== undefined && ![...a].some((text) => b.has(text))
}

function objectShape(part: Partial<Shape['object']>): Shape {
  return { ...anyShape, types: typeBits.object, object: { ...anyObject, ...part } }
}
