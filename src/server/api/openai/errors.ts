// Errors as OpenAI writes them: {"error": {code, message, type, param}}.
import type { ErrorStyle } from '../../http/handler.ts'

export const openaiErrors: ErrorStyle = {
  body: ({ status, message, kind, details }) => ({
    error: { code: status, message, type: `${kind}_error`, ...details },
  }),
  event: (error) => ({ data: openaiErrors.body(error) }),
}
