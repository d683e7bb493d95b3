// A route as the HTTP layer sees it, and its input. Nothing here knows Fastify, a model or a
// dialect.
import type { RequestError } from '../../base/errors.ts'

export type HttpRequest<B = unknown> = {
  /** As read by the route. */
  readonly body: B
  /** The JSON as sent. */
  readonly given: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly params: Readonly<Record<string, string | undefined>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /**
   * The owner of the request: the same for all requests with one API key, and for all if the server
   * has no keys.
   */
  readonly owner: string
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/**
 * One event of a stream. A string is sent unchanged, anything else as JSON; NDJSON has neither
 * names nor ids.
 */
export type WireEvent = { readonly data: unknown; readonly event?: string; readonly id?: string }

export type Framing = 'sse' | 'ndjson'

export type Headers = Readonly<Record<string, string>>

/** JSON or text at once, or events as they come. */
export type Answer =
  | { readonly kind: 'json'; readonly status?: number; readonly headers?: Headers; readonly body: unknown }
  | { readonly kind: 'text'; readonly type: string; readonly headers?: Headers; readonly body: string }
  | {
      readonly kind: 'stream'
      readonly framing: Framing
      readonly headers?: Headers
      /**
       * An SSE stream that is silent for this long sends a comment; undefined or 0: it stays
       * silent.
       */
      readonly pingMs?: number
      readonly events: AsyncIterable<WireEvent>
    }

export function json(body: unknown): Answer {
  return { kind: 'json', body }
}

export type Handler = (request: HttpRequest) => Promise<Answer> | Answer

/** The error format of one dialect. */
export interface ErrorStyle {
  body(error: RequestError): object
  /** The last event of a stream that ends with an error. */
  event(error: RequestError): WireEvent
}

/** The access rule: everyone, or only those with an API key if there are keys. */
export type Access = 'open' | 'key'

/** Without its model a route answers 503; a generator writes text, an embedder makes vectors. */
export type Needs = 'nothing' | 'model' | 'generator' | 'embedder'

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly access: Access
  readonly needs: Needs
  readonly errors: ErrorStyle
  /** JSON Schema of the body. */
  readonly body?: object
  readonly handler: Handler
}
