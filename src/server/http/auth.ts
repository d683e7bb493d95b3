// API keys: checks whether a request has a valid one. Compared in constant time, so answers reveal
// nothing about the keys.
import { createHash, timingSafeEqual } from 'node:crypto'
import { RequestError, StartError } from '../../base/errors.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

export class ApiKeys {
  readonly #digests: readonly { readonly digest: Buffer; readonly owner: string }[]

  /**
   * @param keys empty: every request is served.
   * @throws StartError for a key that a header cannot carry.
   */
  constructor(keys: readonly string[]) {
    keys.forEach(checkSendable)
    // a header is bytes: clients write a key as UTF-8 or, where that is possible, as Latin-1
    this.#digests = keys.flatMap((key) => {
      const owner = digest(Buffer.from(key)).toString('base64url')
      const sent = [Buffer.from(key), ...(isLatin1(key) ? [latin1(key)] : [])]
      return sent.map((bytes) => ({ digest: digest(bytes), owner }))
    })
  }

  /** @throws RequestError (401) unless the request has one of the keys. */
  check(headers: Headers): void {
    if (this.#digests.length === 0 || this.ownerOf(headers) !== '') return
    const given = keyOf(headers)
    const hint = 'send it as "Authorization: Bearer KEY" or "X-Api-Key: KEY"'
    throw new RequestError(
      'authentication',
      `${given === undefined ? 'An API key is needed' : 'Invalid API Key'}: ${hint}`,
    )
  }

  /**
   * A name for the key that the request has, the same however it is written, and after a restart;
   * empty where it has none of them.
   */
  ownerOf(headers: Headers): string {
    const given = keyOf(headers)
    const offered = digest(latin1(given ?? '')) // Node reads each byte of a header as one character
    let owner = ''
    for (const known of this.#digests) if (timingSafeEqual(known.digest, offered)) owner = known.owner
    return given === undefined ? '' : owner
  }
}

function keyOf(headers: Headers): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec([headers.authorization].flat()[0] ?? '')?.[1]
  return bearer ?? [headers['x-api-key']].flat()[0]
}

/** The error does not show the key. */
function checkSendable(key: string, i: number): void {
  const why = /[\0-\x08\x0a-\x1f\x7f]/.test(key)
    ? 'has a control character in it'
    : /^[ \t]|[ \t]$/.test(key)
      ? 'begins or ends with a blank'
      : undefined
  if (why !== undefined) throw new StartError(`API key ${i + 1} ${why}, so no request could send it`)
}

function isLatin1(key: string): boolean {
  return !/[^\0-\xff]/.test(key)
}

function latin1(key: string): Buffer {
  return Buffer.from(key, 'latin1')
}

/** Equal lengths for all keys, as timingSafeEqual requires. */
function digest(key: Buffer): Buffer {
  return createHash('sha256').update(key).digest()
}
