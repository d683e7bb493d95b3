// The depth of a JSON text and the number of its keys and values, determined before it is parsed:
// the parser blocks all other requests.
import { RequestError } from '../../base/errors.ts'

const jsonBounds = { depth: 1_000, keys: 200_000, values: 2_500_000 } as const

/** A text of fewer bytes cannot exceed the bounds. */
const harmlessBytes = jsonBounds.depth

/** Bytes that are scanned before others get their turn. */
const sliceBytes = 1 << 20

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c

/**
 * @param bytes of a JSON text in UTF-8; in a text that is not JSON, everything that looks like
 *   brackets and keys counts.
 * @throws RequestError (400) naming the bound.
 */
export async function checkJsonBounds(bytes: Uint8Array): Promise<void> {
  if (bytes.length <= harmlessBytes) return
  const scan = new Scan(bytes)
  for (let end = sliceBytes; !scan.run(end); end += sliceBytes) await new Promise((resolve) => setImmediate(resolve))
}

class Scan {
  readonly #bytes: Uint8Array
  #at = 0
  #depth = 0
  #nKeys = 0
  #nValues = 1

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Scans at least to `end`. @returns whether that was everything. */
  run(end: number): boolean {
    const bytes = this.#bytes
    let at = this.#at
    while (at < bytes.length && at < end) {
      const byte = bytes[at++]!
      if (byte === quote) at = this.#endOfString(at)
      else if (byte === comma) this.#countValue()
      else if (byte === colon) this.#countKey()
      else if ((byte | 0x20) === 0x7b)
        this.#open() // [ and {
      else if ((byte | 0x20) === 0x7d) this.#depth-- // ] and }
    }
    this.#at = at
    return at >= bytes.length
  }

  /** @param start after the quote. @returns the index after the closing quote. */
  #endOfString(start: number): number {
    const bytes = this.#bytes
    for (let at = bytes.indexOf(quote, start); at >= 0; at = bytes.indexOf(quote, at + 1)) {
      let first = at
      while (first > start && bytes[first - 1] === backslash) first--
      if ((at - first) % 2 === 0) return at + 1
    }
    return bytes.length
  }

  #countValue(): void {
    if (++this.#nValues > jsonBounds.values) throw beyond(`it has more than ${jsonBounds.values} values`)
  }

  #countKey(): void {
    if (++this.#nKeys > jsonBounds.keys) throw beyond(`it has more than ${jsonBounds.keys} keys`)
  }

  #open(): void {
    if (++this.#depth > jsonBounds.depth) throw beyond(`it is nested deeper than ${jsonBounds.depth} levels`)
  }
}

function beyond(why: string): RequestError {
  return new RequestError('invalid_request', `Cannot read the body: ${why}`)
}
