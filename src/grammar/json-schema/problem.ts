// The faults of a schema: a keyword that no grammar can enforce, or a schema that no text can meet.

/** The message names the place in the schema as a JSON pointer. */
export class SchemaError extends Error {
  override readonly name: string = 'SchemaError'

  constructor(pointer: string, message: string) {
    super(`${pointer === '' ? 'the schema' : pointer}: ${message}`)
  }
}

/** No text at all is valid here. Such an alternative or optional property is left out. */
export class Unsatisfiable extends SchemaError {
  override readonly name = 'Unsatisfiable'
}

/**
 * The work on a schema has reached a limit. Leaving out an alternative does not help: the whole
 * conversion ends.
 */
export class TooMuch extends SchemaError {
  override readonly name = 'TooMuch'
}
