// The form that an answer must have → the grammar that enforces it.
import { RequestError } from '../../base/errors.ts'
import { type GrammarProblem, parseGrammar, positionAt, type TokenReference } from '../../grammar/gbnf.ts'
import { SchemaError, schemaToGrammar } from '../../grammar/json-schema/json-schema.ts'
import type { Tokenizer } from './tokenizer.ts'

export type JsonSchema = Readonly<Record<string, unknown>> | boolean

/** What a request asks for; `field` is where, for errors. */
export type OutputFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json-schema'; readonly schema: JsonSchema; readonly field: string }
  | { readonly kind: 'grammar'; readonly source: string; readonly field: string }

/** What the sampler enforces. */
export type Constraint =
  | { readonly kind: 'none' }
  | { readonly kind: 'grammar'; readonly source: string }
  /** Asleep until one of the texts comes, with which it begins. */
  | { readonly kind: 'lazy-grammar'; readonly source: string; readonly triggers: readonly string[] }

/** @throws RequestError naming the place in the schema or in the grammar that cannot be followed. */
export function compileFormat(format: OutputFormat, tokenizer: Tokenizer): Constraint {
  switch (format.kind) {
    case 'text':
      return { kind: 'none' }
    case 'grammar':
      checkGrammar(format.source, format.field, tokenizer)
      return { kind: 'grammar', source: format.source }
    case 'json-schema':
      return { kind: 'grammar', source: grammarOfSchema(format.schema, format.field) }
  }
}

/** An empty schema is any object. */
function grammarOfSchema(schema: JsonSchema, field: string): string {
  const refuse = (message: string) =>
    new RequestError('invalid_request', `Cannot read "${field}": ${message}`, { param: field })
  const isEmpty = typeof schema === 'object' && Object.keys(schema).length === 0
  let source: string
  try {
    source = schemaToGrammar(isEmpty ? { type: 'object' } : schema)
  } catch (error) {
    if (error instanceof SchemaError) throw refuse(error.message)
    throw error
  }
  const result = parseGrammar(source)
  if (!result.ok) throw refuse(`its grammar is one that the engine cannot take: ${result.problem.message}`)
  return source
}

function checkGrammar(source: string, field: string, tokenizer: Tokenizer): void {
  const refuse = ({ line, column, message }: GrammarProblem) => {
    const where = `line ${line}, column ${column}`
    return new RequestError('invalid_request', `Cannot read "${field}": ${where}: ${message}`, { param: field })
  }
  const result = parseGrammar(source)
  if (!result.ok) throw refuse(result.problem)
  for (const reference of result.grammar.tokens) {
    const message = tokenProblem(reference, tokenizer)
    if (message !== undefined) throw refuse({ ...positionAt(source, reference.at), message })
  }
}

/** A token that a grammar names must be one of the vocabulary, and none that ends the text: libllama never lets one match. */
function tokenProblem(reference: TokenReference, { vocab }: Tokenizer): string | undefined {
  const ids = reference.kind === 'id' ? [reference.id] : vocab.tokenize(reference.text, false, true)
  const name = reference.kind === 'id' ? `token ${reference.id}` : reference.text
  const [id] = ids
  if (ids.length !== 1 || id === undefined || !vocab.has(id)) return `${name} is not one token of this model`
  return vocab.isEndOfGeneration(id) ? `${name} ends the text and cannot be part of it` : undefined
}
