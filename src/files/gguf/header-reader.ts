// Reads little-endian values of a GGUF header one after another, a megabyte of the file at a time.
// Knows no keys.
import { readSync } from 'node:fs'

/** The file ends within its header, or has an impossible value there. */
export class HeaderError extends Error {
  override readonly name = 'HeaderError'
}

export class HeaderReader {
  readonly #fd: number
  readonly #sizeBytes: number
  #window = Buffer.alloc(0)
  /** Where the window begins in the file. */
  #start = 0
  /** Where the next value begins in the file. */
  position = 0

  constructor(fd: number, sizeBytes: number) {
    this.#fd = fd
    this.#sizeBytes = sizeBytes
  }

  /** A view that is valid until the next call. */
  bytes(n: number): Buffer {
    if (this.position + n > this.#sizeBytes) throw new HeaderError('the file ends within its header')
    if (this.position < this.#start || this.position + n > this.#start + this.#window.length) this.#fill(n)
    const from = this.position - this.#start
    this.position += n
    return this.#window.subarray(from, from + n)
  }

  skip(n: number): void {
    if (this.position + n > this.#sizeBytes) throw new HeaderError('the file ends within its header')
    this.position += n
  }

  uint32(): number {
    return this.bytes(4).readUInt32LE()
  }

  /** @throws HeaderError for a number too large to be a size or a count in a file. */
  uint64(): number {
    const bytes = this.bytes(8)
    const value = bytes.readUInt32LE() + 2 ** 32 * bytes.readUInt32LE(4)
    if (value > 2 ** 48) throw new HeaderError(`the header has ${value} where a size or a count is expected`)
    return value
  }

  /**
   * Reads a count of things that take at least `size` bytes each. @throws HeaderError when the file
   * is too small for so many.
   */
  count(size: number): number {
    const n = this.uint64()
    if (n * size > this.#sizeBytes - this.position) throw new HeaderError(`the file is too short for a list of ${n}`)
    return n
  }

  string(encoding: 'utf8' | 'latin1' = 'utf8'): string {
    return this.bytes(this.uint64()).toString(encoding)
  }

  #fill(n: number): void {
    const length = Math.min(Math.max(n, 1 << 20), this.#sizeBytes - this.position)
    this.#window = Buffer.alloc(length)
    this.#start = this.position
    readSync(this.#fd, this.#window, 0, length, this.position)
  }
}
