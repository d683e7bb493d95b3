// The one table of errors that a client can see: kind → HTTP status. Each dialect dresses them in
// its own JSON.

export const errorStatus = {
  invalid_request: 400,
  exceed_context_size: 400,
  authentication: 401,
  permission: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  precondition_failed: 412,
  request_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  headers_too_large: 431,
  server: 500,
  /** SDKs retry a request that got a 5xx, so a request that can never be served is a 400. */
  not_supported: 400,
  /** A route for operators that no flag has switched on; 501 as in llama-server. */
  not_enabled: 501,
  unavailable: 503,
} as const

export type ErrorKind = keyof typeof errorStatus

/** An error as plain data: what crosses the wire between engine and server. */
export type ErrorRecord = {
  readonly kind: ErrorKind
  readonly message: string
  /** Numbers that a client can act on, such as n_prompt_tokens and n_ctx. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** A request that cannot be served, for a reason that the client gets in full. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly kind: ErrorKind
  readonly details: Readonly<Record<string, unknown>>

  constructor(kind: ErrorKind, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.kind = kind
    this.details = details
  }

  get status(): number {
    return errorStatus[this.kind]
  }

  /** Its name in the JSON of errors, which is llama-server's. */
  get type(): string {
    return `${this.kind === 'not_enabled' ? 'not_supported' : this.kind}_error`
  }

  static from(record: ErrorRecord): RequestError {
    return new RequestError(record.kind, record.message, record.details)
  }
}

/** A field of a request that cannot be read: names the field, the value and the rule. */
export function badField(field: string, value: unknown, rule: string): RequestError {
  return new RequestError('invalid_request', `Cannot read "${field}": ${show(value)} ${rule}`, { param: field })
}

/** A value as it is shown in a message: JSON, cut when long. */
export function show(value: unknown): string {
  if (typeof value === 'number') return String(value)
  const text = jsonOf(value)
  return text.length > 80 ? `${text.slice(0, 77).replace(/[\ud800-\udbff]$/, '')}...` : text
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Array.isArray(value) ? '[...]' : '{...}' // nested too deeply to be shown
  }
}

/** A failure to start, as a sentence for the terminal; the process ends with `exitCode`. */
export class StartError extends Error {
  override readonly name: string = 'StartError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
