// The form of an answer, as the fields that every route has ask for it.
import { badField } from '../../base/errors.ts'
import type { GenerationOptions } from '../../options/generation-fields.ts'
import type { OutputFormat } from '../text/output-format.ts'

/** The grammar or the schema of a request. @throws RequestError when there are both. */
export function outputFormat({ grammar, jsonSchema }: GenerationOptions): OutputFormat {
  if (jsonSchema === undefined) {
    return grammar === '' ? { kind: 'text' } : { kind: 'grammar', source: grammar, field: 'grammar' }
  }
  if (grammar !== '') throw badField('grammar', grammar, 'cannot be followed beside a JSON schema')
  return { kind: 'json-schema', schema: jsonSchema, field: 'json_schema' }
}
