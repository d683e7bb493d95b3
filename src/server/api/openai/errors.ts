// Errors in OpenAI's shape: {"error": {message, type, param, code}}, with llama-server's numbers
// beside them.
import type { RequestError } from '../../../base/errors.ts'
import type { ErrorStyle } from '../../http/handler.ts'

/**
 * The codes that clients look for; other errors have the status as their code, as in llama-server.
 */
const codes: Partial<Readonly<Record<RequestError['kind'], string>>> = {
  exceed_context_size: 'context_length_exceeded',
}

export const openaiErrors: ErrorStyle = {
  body: ({ status, message, kind, type, details }) => ({
    error: { code: codes[kind] ?? status, message, type, param: null, ...details },
  }),
  event: (error) => ({ data: openaiErrors.body(error) }),
}
