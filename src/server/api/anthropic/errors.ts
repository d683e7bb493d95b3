// Errors in Anthropic's shape: {"type": "error", "error": {type, message}}.
import type { RequestError } from '../../../base/errors.ts'
import type { ErrorStyle } from '../../http/handler.ts'

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  503: 'overloaded_error',
}

export const anthropicErrors: ErrorStyle = {
  body: (error) => ({
    type: 'error',
    error: { type: types[error.status] ?? 'invalid_request_error', message: messageOf(error), ...error.details },
  }),
  event: (error) => ({ event: 'error', data: anthropicErrors.body(error) }),
}

/** Clients look for these words, and compact the conversation when they find them. */
function messageOf({ kind, message, details }: RequestError): string {
  if (kind !== 'exceed_context_size') return message
  return `prompt is too long: ${details.n_prompt_tokens} tokens > ${details.n_ctx} maximum (${message})`
}
