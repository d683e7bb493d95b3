// The names by which this server is reached. Any other name may belong to a foreign page that was
// pointed at this address (DNS rebinding), so such requests are not trusted just for their name.
import { isIP } from 'node:net'
import { hostname } from 'node:os'

const ownNames = new Set([hostname(), `${hostname()}.local`].map((name) => name.toLowerCase()))

export class HostNames {
  /** Whether a list was given, and other names are refused. */
  readonly isStrict: boolean
  readonly #allowed: readonly string[]
  readonly #listening: readonly string[]

  /**
   * @param allowed names besides the machine's own; `.example.com` is every name below it, `*`
   *   every name.
   * @param listening the addresses and names on which the server listens.
   */
  constructor(allowed: readonly string[], listening: readonly string[]) {
    this.isStrict = allowed.length > 0
    this.#allowed = allowed.map((name) => name.toLowerCase())
    this.#listening = listening.map((name) => name.toLowerCase())
  }

  /** @param host a Host header, or the host of an origin: `nas.local:8080`. */
  has(host: string): boolean {
    const name = nameOf(host)
    if (isIP(name) !== 0 || /^(.+\.)?localhost$/.test(name) || ownNames.has(name)) return true
    if (this.#listening.includes(name)) return true
    return this.#allowed.some(
      (entry) => entry === '*' || entry === name || (entry.startsWith('.') && name.endsWith(entry)),
    )
  }
}

/** The name alone, in lower case. */
export function nameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/(?<=[^.])\.$/, '')
    .toLowerCase()
}
