/** Turns an error of the network or of the hub into a sentence for the user. Knows no source. */

/** @returns one sentence without a full stop; never empty. */
export function describeFailure(error: unknown): string {
  if (typeof error === 'string') return error
  const chain = causes(error)
  for (const { statusCode, url } of chain) {
    if (typeof statusCode === 'number') return describeStatus(statusCode, String(url ?? ''))
  }
  const coded = chain.find(({ code }) => typeof code === 'string')
  const known = coded === undefined ? undefined : describeCode(coded)
  return known ?? chain.at(-1)?.message ?? String(error)
}

/** @returns a sentence for an HTTP status other than success. */
export function describeStatus(status: number, url: string): string {
  const at = url === '' ? '' : `: ${withoutQuery(url)}`
  if (status === 404) return `there is no such file (HTTP 404)${at}`
  if (status === 401 || status === 403) return `access was refused (HTTP ${status})${at}`
  if (status === 429) return `the server limits the rate of requests (HTTP 429)${at}`
  if (status >= 500) return `the server has a fault (HTTP ${status})${at}`
  return `the server answered HTTP ${status}${at}`
}

interface Fault {
  readonly message?: string
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly url?: unknown
  readonly hostname?: unknown
  readonly address?: unknown
  readonly port?: unknown
}

/** The error, its cause, the cause of that and so on; of an AggregateError, its first error. */
function causes(error: unknown): Fault[] {
  const chain: Fault[] = []
  let next = error
  while (typeof next === 'object' && next !== null && chain.length < 10) {
    chain.push(next as Fault)
    const { cause, errors } = next as { cause?: unknown; errors?: unknown }
    next = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return chain
}

function describeCode({ code, hostname, address, port }: Fault): string | undefined {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${hostname ?? 'of the host'} cannot be resolved (no network, or no such host)`
    case 'ECONNREFUSED':
      return `the connection was refused${address === undefined ? '' : ` by ${address}:${port}`}`
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'the host cannot be reached (no network)'
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'the host cannot be reached (no connection in time)'
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return 'the connection was cut'
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'the server sent nothing for too long'
    default:
      return undefined
  }
}

/** Signed URLs carry their secrets and most of their length in the query. */
function withoutQuery(url: string): string {
  return url.split('?')[0] ?? url
}
