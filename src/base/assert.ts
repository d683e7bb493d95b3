// Our own mistakes. A user's mistake is a RequestError (errors.ts), never an assertion.

export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** @throws AssertionError when `condition` does not hold: the caller's bug, never a user's. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(`assertion failed: ${message}`)
}
