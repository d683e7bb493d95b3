// Schemas that are already compiled: clients send the same few again and again.
import type { Constraint, OutputFormat } from './output-format.ts'

const maxEntries = 64
/** Of a schema as JSON, in characters; larger ones are compiled each time. */
const maxLength = 262_144

export class FormatCache {
  /** In order of use, the least recently used first. */
  readonly #constraints = new Map<string, Constraint>()

  find(format: OutputFormat | undefined): Constraint | undefined {
    const key = keyOf(format)
    if (key === undefined) return undefined
    const known = this.#constraints.get(key)
    if (known !== undefined) this.#use(key, known)
    return known
  }

  add(format: OutputFormat | undefined, constraint: Constraint): void {
    const key = keyOf(format)
    if (key === undefined) return
    this.#use(key, constraint)
    if (this.#constraints.size <= maxEntries) return
    const [oldest] = this.#constraints.keys()
    this.#constraints.delete(oldest!)
  }

  #use(key: string, constraint: Constraint): void {
    this.#constraints.delete(key)
    this.#constraints.set(key, constraint)
  }
}

/**
 * The order of the keys is that of the answer's, so it matters. If reasoning may come first, the
 * prompt matters, too.
 */
function keyOf(format: OutputFormat | undefined): string | undefined {
  if (format?.kind !== 'json-schema' || format.thought !== undefined) return undefined
  const key = JSON.stringify(format.schema)
  return key.length > maxLength ? undefined : key
}
