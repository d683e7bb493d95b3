// What ended the program, for its user.
import { StartError } from '../base/errors.ts'

/** A sentence for what the user can change; all that is known of a mistake of ours. */
export function explain(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (error instanceof StartError) return { message: error.message, exitCode: error.exitCode }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { message: `unexpected: ${details}`, exitCode: 70 }
}
