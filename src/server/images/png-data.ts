// Checks that the data of a PNG unpacks to the size in its header: a small file can hold gigabytes,
// and the decoder would allocate them.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflate } from 'node:zlib'

/**
 * @param bytes begin with the signature and IHDR. @returns false when it is broken, cut off, or
 *   holds more than its size.
 */
export async function isWholePng(bytes: Uint8Array): Promise<boolean> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Buffer[] = []
  let at = 8
  while (at + 12 <= file.length) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'IEND') return unpacks(parts, maxRawBytes(file))
    if (at + 12 + length > file.length) return false
    if (type === 'IDAT') parts.push(file.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  return false
}

/**
 * Whether the parts are one complete zlib stream of at most so many bytes; they are counted, not
 * kept.
 */
async function unpacks(parts: readonly Buffer[], maxBytes: number): Promise<boolean> {
  const count = async (chunks: AsyncIterable<Buffer>) => {
    let n = 0
    for await (const chunk of chunks) {
      n += chunk.length
      if (n > maxBytes) throw new Error('more than its size says')
    }
  }
  return pipeline(Readable.from(parts), createInflate(), count).then(
    () => parts.length > 0,
    () => false,
  )
}

/**
 * Four samples a pixel at most, and one filter byte per row; interlaced images have more, shorter
 * rows.
 */
function maxRawBytes(file: Buffer): number {
  const [width, height, depth] = [file.readUInt32BE(16), file.readUInt32BE(20), file[24]!]
  const rowBytes = Math.ceil((width * 4 * Math.max(8, depth)) / 8) + 1
  return rowBytes * height + 64 + 4 * height
}
