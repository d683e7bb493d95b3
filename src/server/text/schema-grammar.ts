// JSON schema → a grammar that the engine accepts.
import { canEnd } from '../../grammar/endings.ts'
import { parseGrammar } from '../../grammar/gbnf.ts'
import { SchemaError, type SchemaGrammar, schemaToGrammar } from '../../grammar/json-schema/json-schema.ts'

/**
 * @param onUnenforceable the treatment of a keyword that no grammar can enforce; when relaxed, a
 *   schema is never refused.
 * @throws SchemaError naming the place in the schema that cannot be enforced.
 */
export function checkedSchemaGrammar(schema: unknown, onUnenforceable: 'refuse' | 'relax' = 'refuse'): SchemaGrammar {
  const made = schemaToGrammar(schema, { onUnenforceable })
  const result = parseGrammar(made.grammar)
  if (result.ok && canEnd(result.grammar)) return made
  const reason = result.ok
    ? 'no value comes to an end: it refers to itself and leaves no other way'
    : `its grammar is one that the engine cannot take: ${result.problem.message}`
  if (onUnenforceable === 'refuse') throw new SchemaError('', reason)
  const { grammar } = schemaToGrammar({ type: 'object' })
  return { grammar, ignored: [...made.ignored, { path: '#', keyword: '', reason }] }
}
