// Reads the form of an answer from the fields that every route has.
import { badField } from '../../base/errors.ts'
import { literal } from '../../grammar/json-schema/gbnf-text.ts'
import type { GenerationOptions } from '../../options/generation-fields.ts'
import type { OutputFormat } from '../text/output-format.ts'

type Form = Exclude<OutputFormat, { readonly kind: 'text' | 'calls' }>

/**
 * The form that a request asks for, in whichever field. @throws RequestError when it asks for two.
 */
export function outputFormat(options: GenerationOptions): OutputFormat {
  const { grammar, jsonSchema, guidedRegex, guidedChoice, structuredOutputs } = options
  const [first, second] = [
    ...formsOf({ json: jsonSchema ?? null, grammar: grammar === '' ? null : grammar }, ownNames),
    ...formsOf({ regex: guidedRegex ?? null, choice: guidedChoice ?? null }, ownNames),
    ...formsOf(structuredOutputs ?? {}, structuredNames),
  ]
  if (first === undefined) return { kind: 'text' }
  if (second !== undefined) throw badField(second.field, wishOf(second), `cannot be followed beside "${first.field}"`)
  return first
}

const ownNames = { json: 'json_schema', grammar: 'grammar', regex: 'guided_regex', choice: 'guided_choice' }
const structuredNames = {
  json: 'structured_outputs.json',
  grammar: 'structured_outputs.grammar',
  regex: 'structured_outputs.regex',
  choice: 'structured_outputs.choice',
}

type Asked = NonNullable<GenerationOptions['structuredOutputs']>

/** @param names of the fields, for errors. */
function formsOf({ json, json_object, grammar, regex, choice }: Asked, names: typeof ownNames): Form[] {
  const forms: Form[] = []
  if (given(json)) forms.push({ kind: 'json-schema', schema: schemaOf(json, names.json), field: names.json })
  if (json_object === true) forms.push({ kind: 'json-schema', schema: {}, field: 'structured_outputs.json_object' })
  if (given(grammar)) forms.push({ kind: 'grammar', source: grammar, field: names.grammar })
  if (given(regex)) forms.push({ kind: 'regex', pattern: regex, field: names.regex })
  if (given(choice)) {
    forms.push({ kind: 'grammar', source: `root ::= ${choice.map(literal).join(' | ')}`, field: names.choice })
  }
  return forms
}

/** vLLM takes a schema that is written as a string, too. */
function schemaOf(schema: NonNullable<Asked['json']>, field: string) {
  if (typeof schema !== 'string') return schema
  try {
    const read: unknown = JSON.parse(schema)
    if (typeof read === 'boolean' || (typeof read === 'object' && read !== null && !Array.isArray(read))) {
      return read as Exclude<typeof schema, string>
    }
  } catch {}
  throw badField(field, schema, 'is not a JSON schema')
}

function wishOf(form: Form): unknown {
  if (form.kind === 'json-schema') return form.schema
  return form.kind === 'regex' ? form.pattern : form.source
}

function given<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null
}
