// What can go wrong with a request, as kinds that the page has words and a way out for.

/**
 * `gone`: no answer, or the connection broke · `loading`: the model is not there (yet, or again) · `busy`: too many requests ·
 * `key`: an API key is needed · `context`: the prompt is too long · `refused`: the request is wrong · `failed`: the server's fault.
 */
export type ErrorKind = 'gone' | 'loading' | 'busy' | 'key' | 'context' | 'refused' | 'failed'

export class ApiError extends Error {
  readonly kind: ErrorKind
  /** The field that is wrong, where the server names it. */
  readonly param: string | undefined

  constructor(kind: ErrorKind, message: string, param?: string) {
    super(message)
    this.kind = kind
    this.param = param
  }
}

type ErrorJson = {
  readonly error?: {
    readonly code?: number
    readonly message?: string
    readonly type?: string
    readonly param?: string
  }
}

/** The error that a body tells, of an HTTP answer or of an event in a stream. */
export function errorOf(status: number, body: unknown): ApiError {
  const { code = status, message = `HTTP ${status}`, type = '', param } = (body as ErrorJson | null)?.error ?? {}
  return new ApiError(kindOf(code, type), message, param)
}

function kindOf(status: number, type: string): ErrorKind {
  if (type.startsWith('exceed_context_size')) return 'context'
  if (status === 401 || status === 403) return 'key'
  if (status === 429) return 'busy'
  if (status === 502 || status === 504) return 'gone'
  if (status === 503) return 'loading'
  return status >= 500 && status !== 501 ? 'failed' : 'refused'
}

/** Anything that was thrown as an ApiError; an abort stays what it is. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const message = error instanceof Error ? error.message : String(error)
  // fetch and broken bodies reject with TypeError, whatever the cause
  return new ApiError(error instanceof TypeError ? 'gone' : 'failed', message)
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
