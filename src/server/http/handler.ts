// What a route is to the HTTP layer, and what it is given. Nothing here knows Fastify, a model or a dialect.

export type HttpRequest = {
  readonly body: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly params: Readonly<Record<string, string | undefined>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** JSON or text at once, or events as they come; `DONE` is sent as it is. */
export type Answer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly text: string; readonly type: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly events: AsyncIterable<unknown>; readonly errorEvent: (error: unknown) => unknown }

export const DONE = Symbol('[DONE]')

export type Handler = (request: HttpRequest) => Promise<Answer> | Answer

/**
 * `open`: always; `key`: with an API key where one is asked for; `public`: while the model is there, 503 before;
 * `model`: then, and with a key.
 */
export type Access = 'open' | 'key' | 'public' | 'model'

export type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly access: Access
  /** JSON Schema of the body. */
  readonly body?: object
  readonly handler: Handler
}
