// JSON schema → a grammar that the engine takes.
import { parseGrammar } from '../../grammar/gbnf.ts'
import { SchemaError, type SchemaGrammar, schemaToGrammar } from '../../grammar/json-schema/json-schema.ts'

/**
 * @param onUnenforceable what a keyword leads to that no grammar can follow; relaxed, a schema is never refused.
 * @throws SchemaError naming the place in the schema that cannot be followed.
 */
export function checkedSchemaGrammar(schema: unknown, onUnenforceable: 'refuse' | 'relax' = 'refuse'): SchemaGrammar {
  const made = schemaToGrammar(schema, { onUnenforceable })
  const result = parseGrammar(made.grammar)
  if (result.ok) return made
  const reason = `its grammar is one that the engine cannot take: ${result.problem.message}`
  if (onUnenforceable === 'refuse') throw new SchemaError('', reason)
  const { grammar } = schemaToGrammar({ type: 'object' })
  return { grammar, ignored: [...made.ignored, { path: '#', keyword: '', reason }] }
}
