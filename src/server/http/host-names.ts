// The names by which this server is reached. A name that is not its own may be a foreign page's that was pointed at this
// address (DNS rebinding), so whoever comes by it is not trusted for that alone.
import { isIP } from 'node:net'
import { hostname } from 'node:os'

const ownNames = new Set([hostname(), `${hostname()}.local`].map((name) => name.toLowerCase()))

export class HostNames {
  /** Whether a list was given, so that no other name is answered. */
  readonly isStrict: boolean
  readonly #allowed: readonly string[]
  readonly #listening: readonly string[]

  /**
   * @param allowed names besides the machine's own; `.example.com` is every name below it, `*` every name.
   * @param listening what the server listens on, by address or name.
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

/** The name alone, in small letters. */
export function nameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/(?<=[^.])\.$/, '')
    .toLowerCase()
}
