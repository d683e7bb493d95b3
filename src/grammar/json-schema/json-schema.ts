// JSON Schema → GBNF in one call. Pure: no Node, it runs in a browser too.
import { SchemaConverter } from './converter.ts'

export { type ConverterOptions, SchemaConverter } from './converter.ts'
export { SchemaError, Unsatisfiable } from './problem.ts'

/** @param propOrder names of properties that come first, in this order. @throws SchemaError naming the place in the schema. */
export function schemaToGrammar(schema: unknown, { propOrder = [] }: { propOrder?: readonly string[] } = {}): string {
  const converter = new SchemaConverter({ prop_order: Object.fromEntries(propOrder.map((name, i) => [name, i])) })
  converter.visit(schema, '')
  return converter.formatGrammar()
}
