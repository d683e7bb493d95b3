// Explains to the user why the program ended.
import { StartError } from '../base/errors.ts'

/**
 * Returns a sentence for faults that the user can fix, and everything that is known about a bug of
 * ours.
 */
export function explain(error: unknown): { readonly message: string; readonly exitCode: number } {
  if (error instanceof StartError) return { message: error.message, exitCode: error.exitCode }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { message: `unexpected: ${details}`, exitCode: 70 }
}
