// Validates a value by a schema: for the values of an enum, and for names of properties.
import type { Alternatives } from './alternatives.ts'
import type { SchemaDocument } from './document.ts'
import { isObject, type Schema, type SchemaObject } from './keyword-table.ts'
import { TooMuch } from './problem.ts'
import { shapeOf } from './schema-shape.ts'
import { anyString, type Literal, type Shape, typeBitOf } from './shape.ts'
import type { Strings } from './strings.ts'
import { canonicalJson } from './values.ts'

/** The maximum number of schemas that apply to one value, one through another. */
const maxNesting = 300

export class Validator {
  readonly #document: SchemaDocument
  readonly #alternatives: Alternatives
  readonly #strings: Strings
  readonly #spend: (nSteps: number) => void
  readonly #shapes = new Map<SchemaObject, Shape>()
  #depth = 0

  constructor(document: SchemaDocument, alternatives: Alternatives, strings: Strings, spend: (nSteps: number) => void) {
    this.#document = document
    this.#alternatives = alternatives
    this.#strings = strings
    this.#spend = spend
  }

  /** @throws SchemaError for a pattern that is not supported. */
  isValid(value: unknown, { schema, isNegated }: Literal): boolean {
    return this.#validate(value, schema) !== isNegated
  }

  #validate(value: unknown, schema: Schema): boolean {
    if (typeof schema === 'boolean') return schema
    if (++this.#depth > maxNesting) throw new TooMuch(this.#document.pointerOf(schema), 'its values lead too deep')
    this.#spend(0.2)
    try {
      const own = this.#alternatives.clean(schema)
      if (value === null && own.nullable === true && own.type === undefined) return true
      return this.#matchesShape(value, own, schema) && this.#matchesParts(value, own, schema)
    } finally {
      this.#depth--
    }
  }

  #matchesShape(value: unknown, own: SchemaObject, schema: SchemaObject): boolean {
    let shape = this.#shapes.get(own)
    if (shape === undefined) {
      shape = shapeOf(own, (keyword) => this.#alternatives.pointerTo(schema, keyword), [])
      this.#shapes.set(own, shape)
    }
    const { types, values, number, string, array, object } = shape
    if ((types & typeBitOf(value)) === 0 || values?.has(canonicalJson(value)) === false) return false
    if (typeof value === 'number') {
      const { min, max, isMinExclusive, isMaxExclusive, multiples } = number
      if (min !== undefined && (isMinExclusive ? value <= min : value < min)) return false
      if (max !== undefined && (isMaxExclusive ? value >= max : value > max)) return false
      return multiples.every(({ of }) => Number.isInteger(Number((value / of).toPrecision(15))))
    }
    if (typeof value === 'string') return string === anyString || this.#strings.matches(string, value)
    if (Array.isArray(value)) {
      if (value.length < array.min || value.length > array.max) return false
      return array.uniqueAt === undefined || new Set(value.map(canonicalJson)).size === value.length
    }
    if (!isObject(value)) return true
    const n = Object.keys(value).length
    return n >= object.min && n <= object.max && [...object.required].every((name) => Object.hasOwn(value, name))
  }

  #matchesParts(value: unknown, own: SchemaObject, schema: SchemaObject): boolean {
    const holds = (part: unknown) => this.#validate(value, part as Schema)
    const list = (keyword: string) => (own[keyword] ?? []) as readonly Schema[]
    for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
      if (own[keyword] !== undefined && !holds(this.#document.lookUp(own[keyword] as string, schema))) return false
    }
    if (!list('allOf').every(holds)) return false
    if (own.anyOf !== undefined && !list('anyOf').some(holds)) return false
    if (own.oneOf !== undefined && list('oneOf').filter(holds).length !== 1) return false
    if (own.not !== undefined && holds(own.not)) return false
    if (own.if !== undefined && !holds((holds(own.if) ? own.then : own.else) ?? true)) return false
    if (Array.isArray(value)) return this.#itemsMatch(value, own)
    return !isObject(value) || this.#propertiesMatch(value, own, holds)
  }

  #itemsMatch(value: readonly unknown[], own: SchemaObject): boolean {
    const isTuple = Array.isArray(own.items)
    const first = ((isTuple ? own.items : own.prefixItems) ?? []) as readonly Schema[]
    const rest = ((isTuple ? own.additionalItems : own.items) ?? own.unevaluatedItems ?? true) as Schema
    if (!value.every((item, i) => this.#validate(item, i < first.length ? first[i]! : rest))) return false
    if (own.contains === undefined) return true
    const n = value.filter((item) => this.#validate(item, own.contains as Schema)).length
    return n >= ((own.minContains ?? 1) as number) && n <= ((own.maxContains ?? Number.POSITIVE_INFINITY) as number)
  }

  #propertiesMatch(value: SchemaObject, own: SchemaObject, holds: (part: unknown) => boolean): boolean {
    const properties = (own.properties ?? {}) as Readonly<Record<string, Schema>>
    const patterns = Object.entries((own.patternProperties ?? {}) as Readonly<Record<string, Schema>>)
    for (const [name, child] of Object.entries(value)) {
      const parts: Schema[] = Object.hasOwn(properties, name) ? [properties[name]!] : []
      for (const [text, part] of patterns) {
        const test = { kind: 'pattern', text, isNegated: false, at: '' } as const
        if (this.#strings.matches({ ...anyString, tests: [test] }, name)) parts.push(part)
      }
      if (parts.length === 0) parts.push((own.additionalProperties ?? own.unevaluatedProperties ?? true) as Schema)
      if (own.propertyNames !== undefined && !this.#validate(name, own.propertyNames as Schema)) return false
      if (!parts.every((part) => this.#validate(child, part))) return false
    }
    return ['dependentRequired', 'dependentSchemas', 'dependencies'].every((keyword) =>
      Object.entries((own[keyword] ?? {}) as Record<string, unknown>).every(([name, then]) => {
        if (!Object.hasOwn(value, name)) return true
        return Array.isArray(then) ? then.every((other) => Object.hasOwn(value, other as string)) : holds(then)
      }),
    )
  }
}
