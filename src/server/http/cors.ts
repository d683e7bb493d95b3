// Which web pages may call the server: its own, those of this machine, and those the operator names.
// A page that may not is refused, not only kept from reading: JSON is read whatever the content type, so a form could send it.
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestError } from '../../base/errors.ts'

const localPage = /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/

/**
 * @param list `*`, or a comma list of origins and `localhost`.
 * @param host the Host header: the server's own pages have it as their origin.
 */
export function isAllowedOrigin(origin: string, list: string, host: string | undefined): boolean {
  if (list === '*' || (isOwnName(host) && origin.replace(/^https?:\/\//, '') === host)) return true
  return list
    .split(',')
    .map((entry) => entry.trim())
    .some((entry) => (entry === 'localhost' ? localPage.test(origin) : entry === origin))
}

/**
 * Whether a Host header names this machine: an address, localhost, or its own name. Another name may be a foreign page's that
 * was pointed at this address (DNS rebinding), so pages of that name are not our own.
 */
function isOwnName(host: string | undefined): host is string {
  if (host === undefined) return false
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return isIP(name) !== 0 || /^(.+\.)?localhost$/.test(name) || ownNames.has(name.toLowerCase())
}

const ownNames = new Set([hostname(), `${hostname()}.local`].map((name) => name.toLowerCase()))

export async function registerCors(app: FastifyInstance, list: string): Promise<void> {
  const isAllowed = ({ headers }: FastifyRequest) =>
    headers.origin !== undefined && isAllowedOrigin(headers.origin, list, headers.host)

  app.addHook('onRequest', async (request) => {
    const { origin } = request.headers
    if (origin === undefined || isAllowed(request)) return
    const hint = `start the server with --cors-origins ${origin} to let it`
    throw new RequestError('permission', `Pages of ${origin} may not call this server; ${hint}`)
  })
  await app.register(fastifyCors, {
    delegator: (request: FastifyRequest, done: (error: Error | null, options: FastifyCorsOptions) => void) => {
      const origin = isAllowed(request) ? (request.headers.origin ?? false) : false
      done(null, { origin, credentials: list !== '*', methods: ['GET', 'POST', 'DELETE'], maxAge: 600 })
    },
  })
}
