/**
 * A schema as a document: its depth and size, the places of its parts, and the targets of
 * references. All of it is found without recursion, so a schema may be any JSON value.
 */
import { isObject, isSchema, type Schema } from './keyword-table.ts'
import { SchemaError, TooMuch } from './problem.ts'

export type DocumentLimits = {
  /**
   * Nesting of objects and lists. It bounds the recursion of JSON.stringify and of this converter.
   */
  readonly depth: number
  /** Total number of objects and lists. */
  readonly nodes: number
}

type Place = { readonly parent: object | undefined; readonly key: string }

/** The maximum length of a chain of references that lead straight to each other. */
const maxReferences = 10_000

export class SchemaDocument {
  readonly #root: unknown
  readonly #places = new Map<object, Place>()
  readonly #byName = new Map<string, Schema>()
  /** The base URIs of embedded schemas, by their objects. */
  readonly #bases = new Map<object, string>()

  /** @throws TooMuch when the schema is larger than the limits. */
  constructor(root: unknown, limits: DocumentLimits) {
    this.#root = root
    if (typeof root !== 'object' || root === null) return
    let level: object[] = [root]
    this.#places.set(root, { parent: undefined, key: '' })
    for (let depth = 1; level.length > 0; depth++) {
      if (depth > limits.depth) throw new TooMuch('', `it is nested more than ${limits.depth} levels deep`)
      const next: object[] = []
      for (const value of level) {
        this.#addNames(value)
        for (const [key, child] of Object.entries(value)) {
          if (typeof child !== 'object' || child === null || this.#places.has(child)) continue
          this.#places.set(child, { parent: value, key })
          next.push(child)
        }
      }
      if (this.#places.size > limits.nodes) {
        throw new TooMuch('', `it has more than ${limits.nodes} objects and lists`)
      }
      level = next
    }
  }

  get root(): unknown {
    return this.#root
  }

  /** The place of an object of the schema, as a JSON pointer after `#`. */
  pointerOf(value: unknown): string {
    if (typeof value !== 'object' || value === null) return ''
    const tokens: string[] = []
    for (let place = this.#places.get(value); place?.parent !== undefined; place = this.#places.get(place.parent)) {
      tokens.push(escapeToken(place.key))
    }
    return ['#', ...tokens.reverse()].join('/')
  }

  /** Gives a schema that was derived from another the same place. */
  inherit<T extends object>(made: T, from: object): T {
    const place = this.#places.get(from)
    if (place !== undefined) this.#places.set(made, place)
    return made
  }

  /** The schema itself or, if it consists only of a reference, the target of that. */
  resolve(schema: Schema, isBare: (schema: Schema) => string | undefined): Schema {
    let target = schema
    for (let n = 0, ref = isBare(target); ref !== undefined; ref = isBare(target)) {
      const next = this.lookUp(ref, target)
      if (next === schema || ++n > maxReferences) {
        throw new SchemaError(this.pointerOf(schema), `${JSON.stringify(ref)} refers only to itself`)
      }
      target = next
    }
    return target
  }

  /** @throws SchemaError when the reference does not lead to a schema of this document. */
  lookUp(ref: string, from: Schema): Schema {
    const at = `${this.pointerOf(from)}/$ref`
    const found = this.#find(ref, from)
    if (!isSchema(found)) {
      const isHere = ref.startsWith('#')
      throw new SchemaError(
        at,
        isHere
          ? `there is no schema at ${JSON.stringify(ref)}`
          : `${JSON.stringify(ref)} is not in this schema; references to other documents are not followed`,
      )
    }
    return found
  }

  #find(ref: string, from: Schema): unknown {
    const base = this.#baseOf(from)
    if (ref === '#') return this.#holderOf(base) ?? this.#root
    if (ref.startsWith('#/')) {
      return follow(this.#holderOf(base) ?? this.#root, ref) ?? follow(this.#root, ref)
    }
    const named = this.#byName.get(ref) ?? this.#byName.get(resolveUri(ref, base))
    if (named !== undefined) return named
    const [uri = '', fragment] = resolveUri(ref, base).split('#')
    const holder = this.#byName.get(uri) ?? this.#byName.get(ref.split('#')[0]!)
    return holder === undefined || fragment === undefined ? holder : follow(holder, `#${fragment}`)
  }

  #addNames(value: object): void {
    if (!isObject(value)) return
    const id = value.$id ?? value.id
    if (typeof id === 'string') {
      const uri = resolveUri(id, this.#baseOf(value)).replace(/#$/, '')
      if (uri !== '' && !this.#byName.has(uri)) this.#byName.set(uri, value)
      if (!id.startsWith('#')) this.#bases.set(value, uri)
      else this.#byName.set(id, value)
    }
    for (const name of [value.$anchor, value.$dynamicAnchor]) {
      if (typeof name !== 'string') continue
      const base = this.#baseOf(value)
      if (!this.#byName.has(`${base}#${name}`)) this.#byName.set(`${base}#${name}`, value)
      if (!this.#byName.has(`#${name}`)) this.#byName.set(`#${name}`, value)
    }
  }

  #baseOf(value: Schema | object): string {
    if (typeof value !== 'object' || this.#bases.size === 0) return ''
    for (let at: object | undefined = value; at !== undefined; at = this.#places.get(at)?.parent) {
      const base = this.#bases.get(at)
      if (base !== undefined) return base
    }
    return ''
  }

  #holderOf(base: string): Schema | undefined {
    return base === '' ? undefined : this.#byName.get(base)
  }
}

function follow(root: unknown, ref: string): unknown {
  let value = root
  for (const token of ref.split('/').slice(1)) {
    const key = decoded(token).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token)
  } catch {
    return token
  }
}

/** Resolves a URI reference against a base; returns it unchanged where that fails. */
function resolveUri(ref: string, base: string): string {
  if (base === '') return ref
  if (ref.startsWith('#')) return `${base}${ref}`
  const root = 'schema:/'
  try {
    const absolute = new URL(ref, new URL(base, root)).href
    return absolute.startsWith(root) && !base.startsWith(root) ? absolute.slice(root.length) : absolute
  } catch {
    return ref
  }
}

function escapeToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
