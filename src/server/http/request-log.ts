// The log line of a request: the request, the outcome, and the number of tokens. Never texts, never
// keys.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { usageOf } from '../../base/usage.ts'
import { loggedUrl } from './logged-url.ts'

const signals = new WeakMap<FastifyRequest, AbortSignal>()

/** @param signal the signal of the request's handler. */
export function rememberSignal(request: FastifyRequest, signal: AbortSignal): void {
  signals.set(request, signal)
}

/** Paths that monitors and pages poll: below -lv 3 only their failures are logged. */
const polled: readonly string[] = ['/health', '/v1/health', '/metrics', '/slots']

/** Logs each answer once it is sent, or its client has left. */
export function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onRequest', async (request, reply) => {
    let isSent = false
    reply.raw.once('finish', () => {
      isSent = !request.raw.socket.destroyed // an answer that was cut off is also finished
    })
    reply.raw.once('close', () => logRequest(request, reply, isSent, log))
  })
}

function logRequest(request: FastifyRequest, reply: FastifyReply, isSent: boolean, log: Logger): void {
  const { method } = request
  const url = loggedUrl(request.url)
  const status = reply.statusCode
  const ms = Math.round(reply.elapsedTime)
  const signal = signals.get(request)
  const usage = signal === undefined ? undefined : usageOf(signal)
  const isQuiet = status < 400 && (polled.includes(url.split('?')[0]!) || isFile(request))
  const ending = isSent ? '' : ', the client left'
  log[isQuiet ? 'debug' : 'info'](
    {
      method,
      url,
      status,
      ms,
      ...(usage === undefined
        ? {}
        : { promptTokens: usage.nPrompt, cachedTokens: usage.nCached, predictedTokens: usage.nPredicted }),
    },
    `${method} ${url} ${status} ${ms} ms${usage === undefined ? '' : tokens(usage)}${ending}`,
  )
}

function tokens({ nPrompt, nCached, nPredicted }: NonNullable<ReturnType<typeof usageOf>>): string {
  return `, ${nPrompt} tokens in (${nCached} cached), ${nPredicted} out`
}

/** Files have no handler with a signal. */
function isFile(request: FastifyRequest): boolean {
  return request.method === 'GET' && !signals.has(request)
}
