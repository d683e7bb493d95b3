// Checks values by JSON Schema. A schema is compiled when it is first needed: all of them at once
// would hold up the start.
import { Ajv, type ValidateFunction } from 'ajv'

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

/** Compiles a schema ahead of its first use. */
export function compile(schema: object): ValidateFunction {
  let validate = compiled.get(schema)
  if (validate === undefined) {
    validate = ajv.compile(schema)
    compiled.set(schema, validate)
  }
  return validate
}
