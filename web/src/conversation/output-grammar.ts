// The grammar of an output format, by the module that the server publishes for every page. Loaded when JSON is asked for.
import { schemaToGrammar } from '../../lib/json-schema-to-grammar.ts'
import type { Output } from '../settings/settings.ts'

/** The grammar of the schema; without one, of any JSON object. @throws SchemaError or SyntaxError. */
export function outputGrammar({ schema, order }: Output): string {
  const names = order.split(',').map((name) => name.trim())
  const parsed = schema.trim() === '' ? { type: 'object' } : JSON.parse(schema)
  return schemaToGrammar(parsed, { propOrder: names.filter((name) => name !== '') })
}
