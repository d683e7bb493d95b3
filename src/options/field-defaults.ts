// Defaults of request fields that the command line changes for the whole server.
import { defaultFlags } from './default-flags.ts'
import type { FieldDefaults } from './field.ts'
import { samplingFlags } from './sampling-flags.ts'
import type { Options } from './table.ts'

/** The flags whose keys are those of fields. */
const keys = [...Object.keys(samplingFlags), ...Object.keys(defaultFlags)].filter(
  // merged with the request's by the code that renders the template
  (key) => key !== 'chatTemplateKwargs',
) as (keyof Options)[]

/** Constraints on the answer; a request with a constraint of its own gets none of the server's. */
const constraints = ['grammar', 'jsonSchema'] as const

export function fieldDefaults(options: Options): FieldDefaults {
  const given = Object.fromEntries(keys.map((key) => [key, options[key]]).filter(([, value]) => value !== undefined))
  const free = Object.fromEntries(Object.entries(given).filter(([key]) => !constraints.some((name) => name === key)))
  return (body) => (isConstrained(body) ? free : given)
}

function isConstrained(body: Readonly<Record<string, unknown>>): boolean {
  const { response_format: format, tools, functions } = body
  const isGiven = (value: unknown) => value !== undefined && value !== null
  return (
    [body.grammar, body.json_schema].some(isGiven) ||
    (isGiven(format) && (format as { type?: unknown }).type !== 'text') ||
    [tools, functions].some((list) => Array.isArray(list) && list.length > 0)
  )
}
