// `response_format`: the form that the answer must have, as a JSON schema.
import { badField } from '../../../base/errors.ts'
import type { Schema } from '../../../options/field.ts'
import type { GenerationOptions } from '../../../options/generation-fields.ts'

type JsonSchema = GenerationOptions['jsonSchema']

export type ResponseFormat = {
  readonly type: string
  /** llama-server's: the schema beside `"type": "json_object"`. */
  readonly schema?: JsonSchema
  readonly json_schema?: { readonly schema?: JsonSchema }
}

const schema = { type: ['object', 'boolean'] }

export const responseFormatSchema: Schema<ResponseFormat> = {
  type: ['object', 'null'],
  required: ['type'],
  properties: {
    type: { enum: ['text', 'json_object', 'json_schema'] },
    schema,
    json_schema: { type: 'object', required: ['schema'], properties: { schema } },
  },
}

/**
 * The fields with the schema that they ask for in either way.
 * @throws RequestError when they ask for two forms at once, or a schema is missing.
 */
export function withResponseFormat<
  T extends GenerationOptions & { readonly responseFormat: ResponseFormat | undefined },
>(fields: T): T {
  const { responseFormat, jsonSchema, grammar } = fields
  if (responseFormat === undefined || responseFormat.type === 'text') return fields
  if (jsonSchema !== undefined || grammar !== '') {
    const other = grammar === '' ? 'json_schema' : 'grammar'
    throw badField('response_format', responseFormat, `cannot be followed beside "${other}"`)
  }
  if (responseFormat.type === 'json_object') return { ...fields, jsonSchema: responseFormat.schema ?? {} }
  const asked = responseFormat.json_schema?.schema ?? responseFormat.schema
  if (asked === undefined) throw badField('response_format', responseFormat, 'has no "json_schema": {"schema": …}')
  return { ...fields, jsonSchema: asked }
}
