// JSON Schema → GBNF in one call. Pure: no Node, it runs in a browser too.
import { type ConverterOptions, defaultSchemaLimits, SchemaConverter } from './converter.ts'
import { SchemaDocument } from './document.ts'
import type { Ignored } from './policy.ts'
import { SchemaError } from './problem.ts'

export { type ConverterOptions, defaultSchemaLimits, SchemaConverter, type SchemaLimits } from './converter.ts'
export type { Ignored } from './policy.ts'
export { SchemaError, Unsatisfiable } from './problem.ts'

export type SchemaGrammar = {
  readonly grammar: string
  /**
   * Keywords that the grammar does not enforce: unknown ones and, when relaxed, those that cannot
   * be enforced.
   */
  readonly ignored: readonly Ignored[]
}

export type SchemaGrammarOptions = Omit<ConverterOptions, 'prop_order'> & {
  /** Names of properties that come first, in this order. */
  readonly propOrder?: readonly string[]
}

/**
 * The grammar of a schema, in bounded time and memory.
 * @throws SchemaError naming the place in the schema; never when `onUnenforceable` is 'relax': then
 *   a schema that cannot be converted at all becomes any object.
 */
export function schemaToGrammar(schema: unknown, options: SchemaGrammarOptions = {}): SchemaGrammar {
  const { propOrder = [], ...others } = options
  const order = Object.fromEntries(propOrder.map((name, i) => [name, i]))
  const converter = new SchemaConverter({ ...others, prop_order: order })
  try {
    converter.visit(schema, '')
    return { grammar: converter.formatGrammar(), ignored: converter.ignored }
  } catch (error) {
    if (!(error instanceof SchemaError) || options.onUnenforceable !== 'relax') throw error
    const any = new SchemaConverter()
    any.visit({ type: 'object' }, '')
    const whole: Ignored = { path: '#', keyword: '', reason: error.message }
    return { grammar: any.formatGrammar(), ignored: [...converter.ignored, whole] }
  }
}

/**
 * Checks the size of a schema, quickly and without recursion, before it is copied or sent to be
 * compiled.
 * @throws SchemaError for a schema that is nested too deep or has too many parts.
 */
export function checkSchemaSize(schema: unknown): void {
  new SchemaDocument(schema, defaultSchemaLimits)
}
