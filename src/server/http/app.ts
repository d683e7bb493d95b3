// The Fastify app: reads bodies, finds the route, checks the schema, writes JSON or a stream. Knows
// no model and no dialect.
import type { ServerOptions } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { RequestError } from '../../base/errors.ts'
import { setTenant } from '../../base/tenant.ts'
import { ApiKeys } from './auth.ts'
import { readJsonBodies } from './body.ts'
import { bodyCheck } from './body-schema.ts'
import { registerCors } from './cors.ts'
import { plainErrors, type SchemaError, schemaRequestError, toRequestError } from './errors.ts'
import type { Answer, ErrorStyle, Headers, HttpRequest, Route } from './handler.ts'
import { loggedUrl } from './logged-url.ts'
import { refuseMalformed } from './malformed.ts'
import { logRequests, rememberSignal } from './request-log.ts'
import { registerStatic, type StaticFolders } from './static.ts'
import { sendStream, silentFor } from './stream.ts'

export type AppOptions = {
  readonly routes: readonly Route[]
  readonly log: Logger
  readonly timeoutMs: number
  readonly bodyLimitBytes: number
  readonly corsOrigins: string
  /** Host names of the server besides the machine's own; empty: all. */
  readonly allowedHosts: readonly string[]
  /** The addresses and names on which it listens. */
  readonly listensOn: readonly string[]
  /** Empty: every request is served. */
  readonly apiKeys: readonly string[]
  /** Whether what is computed for one key serves the others, too. */
  readonly keysShareCache: boolean
  readonly staticFolders: StaticFolders
  /** The `Server` header. */
  readonly serverName: string
  /** @throws RequestError (503) while the model is not ready. */
  readonly checkReady: () => void
  /** Called for every answer; the route as written in the list, undefined for unknown paths. */
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
    // the body is checked below, where it is available for the message
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
    sendError(reply.headers((error as { headers?: Record<string, string> }).headers ?? {}), refused, errorsOf(request))
  })
  app.setNotFoundHandler((request, reply) => sendError(reply, noRoute(request, reply, options.routes)))
  await registerCors(app, { ...options, needsKey: options.apiKeys.length > 0 })
  app.addHook('onRequest', async (request, reply) => {
    // before the body is read
    if (request.is404 && request.method !== 'OPTIONS') throw noRoute(request, reply, options.routes)
  })

  const keys = new ApiKeys(options.apiKeys)
  for (const route of options.routes) {
    app.route({
      method: route.method,
      url: route.path,
      ...(route.body === undefined ? {} : { schema: { body: route.body } }),
      config: { errors: route.errors },
      onRequest: async (request) => {
        if (route.access === 'key') keys.check(request.headers)
        if (route.needs !== 'nothing') options.checkReady()
      },
      handler: (request, reply) => serve(route, request, reply, keys, options),
    })
  }
  await registerStatic(app, options.staticFolders, (path) => options.routes.some((route) => route.path === path))
  return app
}

/**
 * Node checks its limits every 30 s, and confuses them if the limit of the headers is the longer
 * one: 60 s by default.
 */
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
  keys: ApiKeys,
  options: AppOptions,
): Promise<unknown> {
  const client = new AbortController()
  reply.raw.on('close', () => client.abort())
  const given = (request.body ?? {}) as HttpRequest['given']
  rememberSignal(request, client.signal)
  const owner = keys.ownerOf(request.headers)
  if (!options.keysShareCache) setTenant(client.signal, owner)
  const answer = await route.handler({
    body: given,
    given,
    query: request.query as HttpRequest['query'],
    params: request.params as HttpRequest['params'],
    headers: request.headers,
    owner,
    signal: client.signal,
  })
  switch (answer.kind) {
    case 'json':
      return withHeaders(reply, answer)
        .code(answer.status ?? 200)
        .send(answer.body)
    case 'text':
      return withHeaders(reply, answer).type(answer.type).send(answer.body)
    case 'stream':
      return stream(answer, route, withHeaders(reply, answer), options)
  }
}

/** Set through Node directly: Fastify would write the names in lower case. */
function withHeaders(reply: FastifyReply, { headers = {} }: { readonly headers?: Headers }): FastifyReply {
  for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value)
  return reply
}

/**
 * The first event decides: an error before it, and before the first ping, is a plain HTTP error.
 */
async function stream(
  answer: Extract<Answer, { kind: 'stream' }>,
  { errors }: Route,
  reply: FastifyReply,
  { timeoutMs }: AppOptions,
): Promise<unknown> {
  const iterator = answer.events[Symbol.asyncIterator]()
  const first = iterator.next()
  const isSilent = await silentFor(first, answer.framing === 'sse' ? answer.pingMs : undefined)
  async function* events() {
    try {
      for (let next = await first; !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.(undefined)
    }
  }
  const headers = Object.fromEntries(
    Object.entries(reply.getHeaders()).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
  reply.hijack()
  await sendStream(reply.raw, { ...answer, events: events() }, { headers, errors, timeoutMs, isSilent })
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
  return new RequestError('method_not_allowed', `${path} supports ${methods.join(' or ')}, not ${request.method}`)
}

/** The style of the request's route. */
function errorsOf(request: FastifyRequest): ErrorStyle {
  return (request.routeOptions.config as { readonly errors?: ErrorStyle }).errors ?? plainErrors
}

function sendError(reply: FastifyReply, error: RequestError, errors = plainErrors): void {
  if (error.kind === 'unavailable') reply.header('retry-after', '1')
  reply.code(error.status).send(errors.body(error))
}
