// The Fastify app: reads bodies, finds the route, checks the schema, writes JSON or SSE. Knows no model and no dialect.
import type { ServerOptions } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { RequestError } from '../../base/errors.ts'
import { ApiKeys } from './auth.ts'
import { readJsonBodies } from './body.ts'
import { bodyCheck } from './body-schema.ts'
import { registerCors } from './cors.ts'
import { errorJson, type SchemaError, schemaRequestError, toRequestError } from './errors.ts'
import type { Answer, HttpRequest, Route } from './handler.ts'
import { loggedUrl } from './logged-url.ts'
import { refuseMalformed } from './malformed.ts'
import { logRequests, rememberSignal } from './request-log.ts'
import { sendEvents } from './sse.ts'
import { registerStatic, type StaticFolders } from './static.ts'

export type AppOptions = {
  readonly routes: readonly Route[]
  readonly log: Logger
  readonly timeoutMs: number
  readonly bodyLimitBytes: number
  readonly corsOrigins: string
  /** None: every request is served. */
  readonly apiKeys: readonly string[]
  readonly staticFolders: StaticFolders
  /** The `Server` header. */
  readonly serverName: string
  /** @throws RequestError (503) while the model is not there. */
  readonly checkReady: () => void
  /** Told of every answer; the route as it is written in the list, undefined for paths that are none. */
  readonly onAnswer?: ((method: string, route: string | undefined, status: number) => void) | undefined
}

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: options.timeoutMs,
    http: nodeLimits(options.timeoutMs),
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    frameworkErrors: (error, _request, reply) =>
      sendError(reply.header('server', options.serverName), toRequestError(error)),
    clientErrorHandler: refuseMalformed,
    // the body is checked below, where it is at hand for the message
    schemaErrorFormatter: (errors) => new SchemaFailure(errors as unknown as SchemaError[]),
  })
  readJsonBodies(app, options)
  app.setValidatorCompiler(({ schema }) => bodyCheck(schema as object))
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('server', options.serverName)
  })
  app.addHook('onSend', async (_request, { raw }) => {
    raw.setTimeout(options.timeoutMs, () => raw.destroy())
  })
  logRequests(app, options.log)
  app.addHook('onResponse', async (request, reply) => {
    options.onAnswer?.(request.method, request.routeOptions.url, reply.statusCode)
  })
  app.setErrorHandler((error, request, reply) => {
    const refused =
      error instanceof SchemaFailure
        ? schemaRequestError(error.errors, request.body, bodySchemaOf(request))
        : toRequestError(error)
    if (refused.kind === 'server')
      options.log.error({ err: error, url: loggedUrl(request.url) }, 'a request failed by our own mistake')
    sendError(reply.headers((error as { headers?: Record<string, string> }).headers ?? {}), refused)
  })
  app.setNotFoundHandler((request, reply) => sendError(reply, noRoute(request, reply, options.routes)))
  await registerCors(app, options.corsOrigins)
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 && request.method !== 'OPTIONS') throw noRoute(request, reply, options.routes) // before the body is read
  })

  const keys = new ApiKeys(options.apiKeys)
  for (const route of options.routes) {
    app.route({
      method: route.method,
      url: route.path,
      ...(route.body === undefined ? {} : { schema: { body: route.body } }),
      onRequest: async (request) => {
        if (route.access === 'model' || route.access === 'key') keys.check(request.headers)
        if (route.access === 'model' || route.access === 'public') options.checkReady()
      },
      handler: (request, reply) => serve(route, request, reply, options),
    })
  }
  await registerStatic(app, options.staticFolders, (path) => options.routes.some((route) => route.path === path))
  return app
}

/** Node looks at its limits every 30 s, and mixes them up when that of the headers is the longer one: 60 s by itself. */
function nodeLimits(timeoutMs: number): ServerOptions {
  return {
    requestTimeout: timeoutMs,
    headersTimeout: Math.min(60_000, timeoutMs),
    connectionsCheckingInterval: Math.min(30_000, timeoutMs / 4),
  }
}

async function serve(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  options: AppOptions,
): Promise<unknown> {
  const client = new AbortController()
  reply.raw.on('close', () => client.abort())
  rememberSignal(request, client.signal)
  const answer = await route.handler({
    body: (request.body ?? {}) as HttpRequest['body'],
    query: request.query as HttpRequest['query'],
    params: request.params as HttpRequest['params'],
    headers: request.headers,
    signal: client.signal,
  })
  if ('text' in answer) {
    // by Node itself: Fastify would write the names small
    for (const [name, value] of Object.entries(answer.headers ?? {})) reply.raw.setHeader(name, value)
    return reply.type(answer.type).send(answer.text)
  }
  if ('json' in answer) return reply.code(answer.status ?? 200).send(answer.json)
  return stream(answer, reply, options)
}

/** The first event decides: an error before it is a plain HTTP error. */
async function stream(
  answer: Extract<Answer, { events: unknown }>,
  reply: FastifyReply,
  options: AppOptions,
): Promise<unknown> {
  const iterator = answer.events[Symbol.asyncIterator]()
  const first = await iterator.next()
  async function* events() {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.(undefined)
    }
  }
  const headers = Object.fromEntries(
    Object.entries(reply.getHeaders()).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
  reply.hijack()
  await sendEvents(reply.raw, events(), answer.errorEvent, { headers, timeoutMs: options.timeoutMs })
  return reply
}

class SchemaFailure extends Error {
  readonly errors: readonly SchemaError[]

  constructor(errors: readonly SchemaError[]) {
    super('the body does not fit the schema')
    this.errors = errors
  }
}

function bodySchemaOf(request: FastifyRequest): object {
  return (request.routeOptions.schema?.body as object | undefined) ?? {}
}

function noRoute(request: FastifyRequest, reply: FastifyReply, routes: readonly Route[]): RequestError {
  const path = request.url.split('?')[0]!
  const methods = routes
    .filter((route) => route.path === path)
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  if (methods.length === 0) return new RequestError('not_found', `There is no ${request.method} ${path}`)
  reply.header('allow', methods.join(', '))
  return new RequestError('method_not_allowed', `${path} takes ${methods.join(' or ')}, not ${request.method}`)
}

function sendError(reply: FastifyReply, error: RequestError): void {
  if (error.kind === 'unavailable') reply.header('retry-after', '1')
  reply.code(error.status).send(errorJson(error))
}
