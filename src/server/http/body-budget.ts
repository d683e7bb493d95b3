// The memory shared by all bodies in flight, which keeps many large or endless bodies from
// exhausting it.
import { RequestError } from '../../base/errors.ts'

/** A body that is being received. */
export interface Holder {
  /** The time of its last bytes, in milliseconds of `performance.now()`. */
  readonly lastBytesAtMs: number
  /** Ends it with this error; when this returns, its bytes are released. */
  giveWay(error: RequestError): void
}

/** A body that has sent nothing for so long gives way to one that sends. */
const silentMs = 2_000

export class BodyBudget {
  readonly maxBytes: number
  #nBytes = 0
  readonly #held = new Map<Holder, number>()

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Bytes that are held now. */
  get nBytes(): number {
    return this.#nBytes
  }

  /**
   * Counts bytes of a body; if there is no room, ends the bodies that have been silent longest.
   * @throws RequestError (503) when that does not make room.
   */
  take(holder: Holder, nBytes: number): void {
    while (this.#nBytes + nBytes > this.maxBytes) {
      const silent = this.#longestSilent(holder)
      if (silent === undefined) {
        throw new RequestError(
          'unavailable',
          `The bodies of other requests fill the ${this.maxBytes} bytes that all of them have together; try again`,
        )
      }
      silent.giveWay(
        new RequestError('request_timeout', 'The body stopped arriving, and other requests needed its memory'),
      )
    }
    this.#nBytes += nBytes
    this.#held.set(holder, (this.#held.get(holder) ?? 0) + nBytes)
  }

  /** Returns everything that the body has taken. */
  release(holder: Holder): void {
    this.#nBytes -= this.#held.get(holder) ?? 0
    this.#held.delete(holder)
  }

  #longestSilent(except: Holder): Holder | undefined {
    let found: Holder | undefined
    for (const holder of this.#held.keys()) {
      if (holder !== except && holder.lastBytesAtMs < (found?.lastBytesAtMs ?? Number.POSITIVE_INFINITY)) found = holder
    }
    return found !== undefined && found.lastBytesAtMs < except.lastBytesAtMs - silentMs ? found : undefined
  }
}
