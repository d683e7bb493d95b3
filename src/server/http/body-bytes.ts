// The bytes of a request's body: received, unpacked and counted. Knows no JSON.
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { RequestError } from '../../base/errors.ts'
import type { BodyBudget, Holder } from './body-budget.ts'

export type BodyLimits = {
  /** Of one body, both as sent and as unpacked. */
  readonly maxBytes: number
  /** The maximum time without bytes. */
  readonly idleMs: number
  readonly budget: BodyBudget
}

const unpackers: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/**
 * Reads a body to its end and passes it to `use`; its memory counts until `use` returns or throws.
 * @param encoding the header Content-Encoding.
 * @param contentLength the header Content-Length; undefined for a body in chunks.
 * @throws RequestError: 400 broken or cut off, 408 silent for too long, 413 too large, 415 an
 *   unknown encoding, 503 no memory
 * for it at present.
 */
export async function withBodyBytes<T>(
  source: Readable,
  encoding: string | undefined,
  contentLength: number | undefined,
  limits: BodyLimits,
  use: (bytes: Buffer) => T | Promise<T>,
): Promise<T> {
  const unpack = unpackerOf(encoding)
  if (contentLength !== undefined && contentLength > limits.maxBytes) throw tooLarge('The body is larger')
  const collector = new Collector(limits, unpack === undefined ? 'The body is larger' : 'The body unpacks to more')
  try {
    return await use(await collector.collect(source, unpack?.(), encoding))
  } finally {
    limits.budget.release(collector)
  }
}

/** @returns undefined if nothing is compressed. */
function unpackerOf(encoding: string | undefined): (() => Transform) | undefined {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return undefined
  const unpack = Object.hasOwn(unpackers, name) ? unpackers[name] : undefined
  if (unpack !== undefined) return unpack
  const known = 'gzip, deflate or br, or not packed at all'
  throw new RequestError('unsupported_media_type', `Content-Encoding: ${name} cannot be unpacked; send ${known}`)
}

function tooLarge(what: string): RequestError {
  return new RequestError('request_too_large', `${what} than --body-limit allows`)
}

class Collector implements Holder {
  readonly #limits: BodyLimits
  readonly #tooLarge: string
  #parts: Buffer[] = []
  #nBytes = 0
  #fail: (error: RequestError) => void = () => {}
  lastBytesAtMs = performance.now()

  constructor(limits: BodyLimits, tooLarge: string) {
    this.#limits = limits
    this.#tooLarge = tooLarge
  }

  giveWay(error: RequestError): void {
    this.#fail(error)
  }

  collect(source: Readable, unpacker: Transform | undefined, encoding: string | undefined): Promise<Buffer> {
    const { idleMs, budget } = this.#limits
    const stream = unpacker ?? source
    return new Promise((resolve, reject) => {
      const onIdle = () => {
        this.#fail(new RequestError('request_timeout', `No bytes of the body arrived for ${idleMs / 1000} s`))
      }
      let idle = setTimeout(onIdle, idleMs)
      // source is never destroyed: the answer must still go out on its socket
      const stop = () => {
        clearTimeout(idle)
        stream.off('data', onData).off('end', onEnd)
        source.off('data', onSent).off('error', onCut).off('close', onCut)
        if (unpacker === undefined) return
        source.unpipe(unpacker)
        unpacker.destroy()
      }
      this.#fail = (error) => {
        this.#fail = () => {}
        stop()
        this.#parts = []
        budget.release(this)
        reject(error)
      }
      const onSent = () => {
        this.lastBytesAtMs = performance.now()
        clearTimeout(idle)
        idle = setTimeout(onIdle, idleMs)
      }
      const onData = (part: Buffer) => {
        try {
          this.#add(part)
        } catch (error) {
          this.#fail(error as RequestError)
        }
      }
      const onEnd = () => {
        const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#nBytes)
        this.#parts = []
        stop()
        resolve(bytes)
      }
      const onCut = () => {
        if (source.readableEnded) return // all of it has arrived; only the unpacking is unfinished
        this.#fail(new RequestError('invalid_request', 'The body was cut off before its end'))
      }
      if (source.destroyed) return onCut() // the client has gone away already
      source.on('data', onSent).on('error', onCut).on('close', onCut)
      unpacker?.on('error', () => {
        this.#fail(new RequestError('invalid_request', `Cannot read the body: it is not whole ${encoding} data`))
      })
      stream.on('data', onData).on('end', onEnd)
      if (unpacker !== undefined) source.pipe(unpacker)
    })
  }

  #add(part: Buffer): void {
    this.#nBytes += part.length
    if (this.#nBytes > this.#limits.maxBytes) throw tooLarge(this.#tooLarge)
    this.#limits.budget.take(this, part.length)
    this.#parts.push(part)
  }
}
