// Opens the port, and returns the URLs of the server.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { messageOf, StartError } from '../base/errors.ts'

/**
 * @param hosts one address or more.
 * @returns the URLs, the first one for this machine.
 * @throws StartError that names the address that is taken or not allowed.
 */
export async function listen(app: FastifyInstance, hosts: readonly string[], port: number): Promise<readonly string[]> {
  const [first = '', ...others] = hosts
  await orFail(app.listen({ host: first, port }), first, port)
  const bound = (app.server.address() as AddressInfo).port
  for (const other of others) await orFail(listenAlso(app, other, bound), other, bound)
  return [first, ...others].flatMap(hostsOf).map((name) => `http://${name.includes(':') ? `[${name}]` : name}:${bound}`)
}

async function orFail(listening: Promise<unknown>, host: string, port: number): Promise<void> {
  try {
    await listening
  } catch (error) {
    throw new StartError(listenFailure(error, host, port))
  }
}

/** A second address: another server in front of the same handlers. */
async function listenAlso(app: FastifyInstance, host: string, port: number): Promise<void> {
  const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = app.server
  const server = createServer({ requestTimeout, headersTimeout, keepAliveTimeout }, (request, response) =>
    app.server.emit('request', request, response),
  )
  server.setTimeout(timeout)
  app.server.once('close', () => {
    server.close()
    server.closeAllConnections()
  })
  server.listen({ host, port })
  await once(server, 'listening')
}

function listenFailure(error: unknown, host: string, port: number): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is taken; stop what listens there, or choose another with --port`
    case 'EACCES':
      return `port ${port} may not be opened by this user; choose one above 1023 with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine; choose another with --host`
    default:
      return `cannot listen on ${host}, port ${port}: ${messageOf(error)}`
  }
}

/** All addresses of the machine if the server listens on every address. */
function hostsOf(host: string): readonly string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => !internal && (host === '::' || family === 'IPv4'))
    .map(({ address }) => address)
  return ['127.0.0.1', ...others]
}
