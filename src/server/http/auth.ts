// API keys: which requests bring one that counts. Compared in constant time, so that answers tell nothing of the keys.
import { createHash, timingSafeEqual } from 'node:crypto'
import { RequestError } from '../../base/errors.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

export class ApiKeys {
  readonly #digests: readonly Buffer[]

  /** @param keys none: every request is served. */
  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digest)
  }

  /** @throws RequestError (401) unless the request brings one of the keys. */
  check(headers: Headers): void {
    if (this.#digests.length === 0) return
    const given = keyOf(headers)
    const offered = digest(given ?? '')
    let isKnown = false
    for (const known of this.#digests) if (timingSafeEqual(known, offered)) isKnown = true
    if (isKnown && given !== undefined) return
    const hint = 'send it as "Authorization: Bearer KEY" or "X-Api-Key: KEY"'
    throw new RequestError(
      'authentication',
      `${given === undefined ? 'An API key is needed' : 'Invalid API Key'}: ${hint}`,
    )
  }
}

function keyOf(headers: Headers): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec([headers.authorization].flat()[0] ?? '')?.[1]
  return bearer ?? [headers['x-api-key']].flat()[0]
}

/** Equal lengths, whatever the key: what timingSafeEqual needs. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
