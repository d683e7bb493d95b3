// Errors of responses: OpenAI's, and in a stream the event that is its own for them.
import type { ErrorStyle } from '../../../http/handler.ts'
import { openaiErrors } from '../errors.ts'

export const responseErrors: ErrorStyle = {
  body: openaiErrors.body,
  /** For a stream that has not begun: later an error is the response's own. */
  event(error) {
    const { error: own } = openaiErrors.body(error) as { readonly error: { readonly type: string } }
    const { type: _, ...rest } = own
    return { event: 'error', data: { type: 'error', sequence_number: 0, ...rest } }
  },
}
