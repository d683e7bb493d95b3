/**
 * An image at an http(s) URL: limited in size, time and redirects, and fetched only from public
 * addresses unless allowed. The name is resolved once, the addresses checked, and the connection
 * made to one of them: a second answer of the name server (DNS rebinding) changes nothing.
 */
import { lookup as systemLookup } from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

export type FetchLimits = {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly allowsPrivate: boolean
}

/** The message is the violated rule, to follow the field and the URL. */
export class FetchRefusal extends Error {
  override readonly name = 'FetchRefusal'
}

const maxRedirects = 3

/**
 * @param signal ends the fetch when the client leaves.
 * @param lookup for tests; by default the system's.
 * @throws FetchRefusal; the signal's reason.
 */
export async function fetchImage(
  url: string,
  limits: FetchLimits,
  signal?: AbortSignal,
  lookup: LookupFunction = systemLookup as LookupFunction,
): Promise<Uint8Array> {
  signal?.throwIfAborted()
  const stop = new AbortController()
  const timeout = setTimeout(() => stop.abort(), limits.timeoutMs)
  const onAbort = () => stop.abort()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    let next = new URL(url)
    for (let i = 0; i <= maxRedirects; i++) {
      const response = await request(next, limits, stop.signal, lookup)
      const { statusCode = 0, headers } = response
      if (statusCode === 200) return await readBody(response, limits.maxBytes)
      response.destroy()
      if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) {
        throw new FetchRefusal(`answers HTTP ${statusCode}`)
      }
      next = new URL(headers.location, next)
    }
    throw new FetchRefusal(`redirects more than ${maxRedirects} times`)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof FetchRefusal) throw error
    if (stop.signal.aborted) throw new FetchRefusal(`did not arrive within ${limits.timeoutMs / 1000} s`)
    throw new FetchRefusal(`cannot be fetched (${(error as NodeJS.ErrnoException).code ?? 'broken answer'})`)
  } finally {
    clearTimeout(timeout)
    signal?.removeEventListener('abort', onAbort)
  }
}

function request(url: URL, limits: FetchLimits, signal: AbortSignal, lookup: LookupFunction): Promise<IncomingMessage> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new FetchRefusal('leads to no http or https URL')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !limits.allowsPrivate && !isPublicAddress(host)) throw privateRefusal(host)
  const { get } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      agent: false as const, // no connection that was made under another check is reused
      headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'cria' },
      lookup: limits.allowsPrivate ? lookup : publicLookup(lookup),
    }
    get(url, options, resolve).on('error', reject)
  })
}

/** The addresses of a name, all of them public: a single private one refuses the whole name. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }]
      const refused = addresses.find(({ address }) => !isPublicAddress(address))
      if (refused !== undefined) return callback(privateRefusal(refused.address), [])
      const first = addresses[0]
      if (first === undefined) return callback(new FetchRefusal('has no address'), [])
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function privateRefusal(address: string): FetchRefusal {
  return new FetchRefusal(`leads to ${address}, which is not a public address (--allow-private-image-urls)`)
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const refusal = () => new FetchRefusal(`has more than ${maxBytes} bytes (--image-max-bytes)`)
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy()
    throw refusal()
  }
  const parts: Uint8Array[] = []
  let n = 0
  for await (const part of response as AsyncIterable<Uint8Array>) {
    n += part.length
    if (n > maxBytes) throw refusal() // leaving the loop closes the connection
    parts.push(part)
  }
  return Buffer.concat(parts)
}
