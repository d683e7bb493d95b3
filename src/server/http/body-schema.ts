// Checks bodies by JSON Schema. A schema is compiled when it is first needed: all of them at once would hold up the start.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'

// nothing is coerced, dropped or filled in: what a client sends is right or refused
const ajv = new Ajv({
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  allErrors: false,
  verbose: true,
  allowUnionTypes: true,
  strictTuples: false,
})

const compiled = new WeakMap<object, ValidateFunction>()

/** A check in the form that Fastify calls: false and `errors`, or true. */
export type BodyCheck = { (body: unknown): boolean; errors?: ErrorObject[] | null }

export function bodyCheck(schema: object): BodyCheck {
  const check: BodyCheck = (body) => {
    const validate = compile(schema)
    const isValid = validate(body ?? null) // no body at all is null
    check.errors = validate.errors ?? null
    return isValid
  }
  return check
}

/** Compiles a schema ahead of its first use. */
export function compile(schema: object): ValidateFunction {
  let validate = compiled.get(schema)
  if (validate === undefined) {
    validate = ajv.compile(schema)
    compiled.set(schema, validate)
  }
  return validate
}
