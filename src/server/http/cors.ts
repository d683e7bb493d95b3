// Decides which web pages may call the server: its own, those of this machine, and those that the
// operator names. Other pages are refused, not merely kept from reading the answer: JSON is read
// whatever the content type, so a form could send it.
import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestError } from '../../base/errors.ts'
import { HostNames, nameOf } from './host-names.ts'

const localPage = /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/

export type PageRules = {
  /** `*`, or a comma-separated list of origins and `localhost`. */
  readonly corsOrigins: string
  /**
   * Host names of the server besides the machine's own; empty: it serves all, and trusts no page
   * for its name.
   */
  readonly allowedHosts: readonly string[]
  /** The addresses and names on which it listens. */
  readonly listensOn: readonly string[]
  /** Whether requests need an API key, which a foreign page does not know. */
  readonly needsKey: boolean
}

/** The headers with which a browser describes the calling page. */
export type PageHeaders = {
  readonly origin?: string | undefined
  readonly host?: string | undefined
  readonly 'sec-fetch-site'?: string | undefined
}

export class Pages {
  readonly #rules: PageRules
  readonly #names: HostNames
  readonly #list: readonly string[]

  constructor(rules: PageRules) {
    this.#rules = rules
    this.#names = new HostNames(rules.allowedHosts, rules.listensOn)
    this.#list = rules.corsOrigins
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
  }

  /** Whether a page of this origin may call. */
  allows(headers: PageHeaders): boolean {
    const { origin } = headers
    if (origin === undefined) return false
    if (this.#list.includes('*')) return true
    if (isSameOrigin(headers) && (this.#rules.needsKey || this.#names.has(hostOf(origin)))) return true
    return this.#list.some((entry) => (entry === 'localhost' ? localPage.test(origin) : entry === origin))
  }

  /**
   * @throws RequestError (403) for a page that may not call, and for a host name that is not
   *   allowed.
   */
  check(headers: PageHeaders): void {
    const { origin, host } = headers
    if (origin !== undefined && !this.allows(headers)) throw new RequestError('permission', this.#refusal(headers))
    if (host === undefined || !this.#names.isStrict || this.#names.has(host)) return
    const message = `This server does not answer to the name ${nameOf(host)}; add it to --allowed-hosts`
    throw new RequestError('permission', message)
  }

  /** Names the flag to set, including the present values: the flag replaces its default. */
  #refusal(headers: PageHeaders): string {
    const origin = headers.origin!
    const listed = `--cors-origins ${[...this.#list, origin].join(',')}`
    if (!isSameOrigin(headers)) {
      return `Pages of ${origin} may not call this server; start the server with ${listed} to let them`
    }
    const name = nameOf(hostOf(origin))
    const hosts = [...this.#rules.allowedHosts, name].join(',')
    return (
      `This page came by the name ${name}, which is not known as one of this server's; ` +
      `start the server with --allowed-hosts ${hosts}, or with --api-key, or with ${listed}`
    )
  }
}

/**
 * Whether the server itself sent the page. Behind a proxy the Host header may differ; pages cannot
 * forge Sec-Fetch-Site.
 */
function isSameOrigin({ origin = '', host, 'sec-fetch-site': site }: PageHeaders): boolean {
  if (!/^https?:\/\//.test(origin)) return false
  return (
    site === 'same-origin' || (host !== undefined && withoutPort(origin, hostOf(origin)) === withoutPort(origin, host))
  )
}

function hostOf(origin: string): string {
  return origin.replace(/^https?:\/\//, '').toLowerCase()
}

/** Browsers omit the scheme's default port, proxies may write it. */
function withoutPort(origin: string, host: string): string {
  return host.toLowerCase().replace(origin.startsWith('https:') ? /:443$/ : /:80$/, '')
}

export async function registerCors(app: FastifyInstance, rules: PageRules): Promise<void> {
  const pages = new Pages(rules)
  app.addHook('onRequest', async ({ headers }) => pages.check(headers as PageHeaders))
  await app.register(fastifyCors, {
    delegator: (request: FastifyRequest, done: (error: Error | null, options: FastifyCorsOptions) => void) => {
      const headers = request.headers as PageHeaders
      const origin = pages.allows(headers) ? (headers.origin ?? false) : false
      const credentials = rules.corsOrigins !== '*'
      done(null, { origin, credentials, methods: ['GET', 'POST', 'DELETE'], maxAge: 600 })
    },
  })
}
