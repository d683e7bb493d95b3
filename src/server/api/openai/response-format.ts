// `response_format`: the required form of the answer.
import { badField } from '../../../base/errors.ts'
import { type GenerationOptions, jsonSchema } from '../../../options/generation-fields.ts'
import { oneOf, openObject, type ValueOf } from '../../../options/schema.ts'
import { outputFormat } from '../../generate/output-format.ts'
import type { OutputFormat } from '../../text/output-format.ts'

/** `schema` beside `"type": "json_object"` is llama-server's. */
export const responseFormatSchema = openObject(
  {
    type: oneOf('text', 'json_object', 'json_schema'),
    schema: jsonSchema,
    json_schema: openObject({ schema: jsonSchema }, ['schema']),
  },
  ['type'],
)
type ResponseFormat = ValueOf<typeof responseFormatSchema>

/**
 * The requested form, from whichever field.
 * @throws RequestError when two forms are requested at once, or a schema is missing.
 */
export function readFormat(
  options: GenerationOptions & { readonly responseFormat: ResponseFormat | undefined },
): OutputFormat {
  const { responseFormat } = options
  if (responseFormat === undefined || responseFormat.type === 'text') return outputFormat(options)
  const other = outputFormat(options)
  if (other.kind !== 'text' && other.kind !== 'calls') {
    throw badField('response_format', responseFormat, `cannot be followed beside "${other.field}"`)
  }
  const field = 'json_schema'
  if (responseFormat.type === 'json_object') {
    return { kind: 'json-schema', schema: responseFormat.schema ?? {}, field }
  }
  const schema = responseFormat.json_schema?.schema ?? responseFormat.schema
  if (schema === undefined) throw badField('response_format', responseFormat, 'has no "json_schema": {"schema": …}')
  return { kind: 'json-schema', schema, field }
}
