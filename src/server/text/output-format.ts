// The required form of an answer → the grammar that enforces it.
import { badField, RequestError } from '../../base/errors.ts'
import { type GrammarProblem, parseGrammar, positionAt, type TokenReference } from '../../grammar/gbnf.ts'
import { literal } from '../../grammar/json-schema/gbnf-text.ts'
import { checkSchemaSize, type Ignored, SchemaError } from '../../grammar/json-schema/json-schema.ts'
import { prefixRules } from '../../grammar/prefix-rules.ts'
import { regexGrammar } from '../../grammar/regex-grammar.ts'
import { untilRules } from '../../grammar/until.ts'
import { callGrammar, callTriggers } from '../chat/formats/call-grammar.ts'
import type { KnownTool, ToolSyntax, Wrapper } from '../chat/formats/tool-syntax.ts'
import { checkedSchemaGrammar } from './schema-grammar.ts'
import type { Tokenizer } from './tokenizer.ts'

export type JsonSchema = Readonly<Record<string, unknown>> | boolean

/**
 * The requested form; `field` is its source, for errors. `thought`: the markers of reasoning that
 * may come before it.
 */
export type OutputFormat =
  | { readonly kind: 'text' }
  | {
      readonly kind: 'json-schema'
      readonly schema: JsonSchema
      readonly field: string
      readonly thought?: Wrapper | undefined
    }
  | { readonly kind: 'grammar'; readonly source: string; readonly field: string }
  /** The whole text matches it. */
  | { readonly kind: 'regex'; readonly pattern: string; readonly field: string }
  | CallsFormat

/** Tool calls: at least one if they are required, otherwise free text until a call begins. */
export type CallsFormat = {
  readonly kind: 'calls'
  readonly syntax: ToolSyntax
  readonly tools: readonly KnownTool[]
  readonly isRequired: boolean
  readonly isParallel: boolean
  readonly thought: Wrapper | undefined
}

/** The constraint that the sampler enforces. */
export type Constraint =
  | { readonly kind: 'none' }
  | { readonly kind: 'grammar'; readonly source: string }
  /** Inactive until one of the texts appears, with which it begins. */
  | { readonly kind: 'lazy-grammar'; readonly source: string; readonly triggers: readonly string[] }

export type CompiledFormat = {
  readonly constraint: Constraint
  /** Keywords of schemas that the grammar does not enforce. */
  readonly ignored: readonly Ignored[]
}

/**
 * @param prompt the text that the answer continues, which may end inside reasoning.
 * @throws RequestError naming the place in the schema or in the grammar that cannot be enforced.
 */
export function compileFormat(format: OutputFormat, tokenizer: Tokenizer, prompt: string): CompiledFormat {
  switch (format.kind) {
    case 'text':
      return { constraint: { kind: 'none' }, ignored: [] }
    case 'grammar':
      checkGrammar(format.source, format.field, tokenizer)
      return { constraint: { kind: 'grammar', source: format.source }, ignored: [] }
    case 'regex':
      return { constraint: { kind: 'grammar', source: grammarOfRegex(format.pattern, format.field) }, ignored: [] }
    case 'json-schema': {
      const { grammar, ignored } = grammarOfSchema(format.schema, format.field)
      return { constraint: { kind: 'grammar', source: afterThought(grammar, format.thought, prompt) }, ignored }
    }
    case 'calls':
      return compileCalls(format, prompt)
  }
}

/** Whether the continuation of such a prompt is inside reasoning. */
export function endsInThought(prompt: string, { start }: Wrapper): boolean {
  return start.trim() !== '' && prompt.trimEnd().endsWith(start.trim())
}

/** The grammar, and the reasoning that may come before it. @param source one rule a line. */
function afterThought(source: string, thought: Wrapper | undefined, prompt: string): string {
  if (thought === undefined) return source
  const begin = endsInThought(prompt, thought) ? 'thought' : `(${literal(thought.start.trim())} thought)?`
  const rules = `${untilRules('thought', thought.end.trim())}${prefixRules(source, 'answer-')}`
  return `root ::= blank ${begin} blank answer-root\nblank ::= [ \\t\\n]{0,8}\n${rules}`
}

/**
 * Calls that are not required leave the text free until a marker begins one; without markers it
 * stays free.
 */
function compileCalls({ syntax, tools, isRequired, isParallel, thought }: CallsFormat, prompt: string): CompiledFormat {
  const triggers = callTriggers(syntax)
  if (!isRequired && triggers.length === 0) return { constraint: { kind: 'none' }, ignored: [] }
  const before =
    isRequired && thought !== undefined ? { ...thought, isOpen: endsInThought(prompt, thought) } : undefined
  const ignored: Ignored[] = []
  // clients send the tools that they have: their parameters are enforced as far as a grammar can
  const schemaGrammar = (schema: unknown) => {
    const made = checkedSchemaGrammar(schema, 'relax')
    ignored.push(...made.ignored)
    return made.grammar
  }
  const source = callGrammar(syntax, { tools, isParallel, thought: before, schemaGrammar })
  const result = parseGrammar(source)
  if (!result.ok) {
    throw badField(
      'tools',
      tools.map(({ name }) => name),
      `make a grammar that the engine cannot take: ${result.problem.message}`,
    )
  }
  return { constraint: isRequired ? { kind: 'grammar', source } : { kind: 'lazy-grammar', source, triggers }, ignored }
}

function grammarOfRegex(pattern: string, field: string): string {
  let source: string
  try {
    source = regexGrammar(pattern)
  } catch (error) {
    throw badField(field, pattern, (error as Error).message)
  }
  const result = parseGrammar(source)
  if (!result.ok)
    throw badField(field, pattern, `makes a grammar that the engine cannot take: ${result.problem.message}`)
  return source
}

/** An empty schema stands for any object. */
function grammarOfSchema(schema: JsonSchema, field: string) {
  const isEmpty = typeof schema === 'object' && Object.keys(schema).length === 0
  try {
    return checkedSchemaGrammar(isEmpty ? { type: 'object' } : schema)
  } catch (error) {
    throw refusal(error, field)
  }
}

/**
 * Refuses schemas that are nested too deeply to be sent to another process.
 * @throws RequestError
 */
export function checkSize(format: OutputFormat): void {
  try {
    if (format.kind === 'json-schema') checkSchemaSize(format.schema)
    if (format.kind === 'calls') checkSchemaSize(format.tools)
  } catch (error) {
    throw refusal(error, format.kind === 'json-schema' ? format.field : 'tools')
  }
}

function refusal(error: unknown, field: string): unknown {
  if (!(error instanceof SchemaError)) return error
  return new RequestError('invalid_request', `Cannot read "${field}": ${error.message}`, { param: field })
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

/**
 * A token in a grammar must be in the vocabulary and must not end the text: libllama never lets
 * such a token match.
 */
function tokenProblem(reference: TokenReference, { vocab }: Tokenizer): string | undefined {
  const ids = reference.kind === 'id' ? [reference.id] : vocab.tokenize(reference.text, false, true)
  const name = reference.kind === 'id' ? `token ${reference.id}` : reference.text
  const [id] = ids
  if (ids.length !== 1 || id === undefined || !vocab.has(id)) return `${name} is not one token of this model`
  return vocab.isEndOfGeneration(id) ? `${name} ends the text and cannot be part of it` : undefined
}
