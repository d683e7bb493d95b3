// Checks bodies by JSON Schema, in the form that Fastify expects.
import type { ErrorObject } from 'ajv'
import { compile } from '../../base/check-schema.ts'

/** False and `errors`, or true. */
export type BodyCheck = { (body: unknown): boolean; errors?: ErrorObject[] | null }

export function bodyCheck(schema: object): BodyCheck {
  const check: BodyCheck = (body) => {
    const validate = compile(schema)
    const isValid = validate(body ?? null) // a missing body is null
    check.errors = validate.errors ?? null
    return isValid
  }
  return check
}
