// The format and size of an image, read from its first bytes. Nothing is decoded here.

export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'bmp' | 'webp' | 'avif'

export type ImageSize = { readonly width: number; readonly height: number }

/** Detected only by the first bytes, whatever a name or a content type says. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 32)).toString('latin1')
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (/^GIF8[79]a/.test(head)) return 'gif'
  if (head.startsWith('BM')) return 'bmp'
  if (/^RIFF.{4}WEBP/s.test(head)) return 'webp'
  if (/^.{4}ftyp(avif|avis)/s.test(head)) return 'avif'
  return undefined
}

/**
 * The size as the decoder will read it; it determines the memory that is needed.
 * @returns undefined when the header is broken or cut off.
 */
export function imageSize(bytes: Uint8Array, format: 'png' | 'jpeg' | 'gif' | 'bmp'): ImageSize | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = readers[format](view)
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined
}

const readers: Readonly<Record<'png' | 'jpeg' | 'gif' | 'bmp', (bytes: Buffer) => ImageSize | undefined>> = {
  png(bytes) {
    if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined
    return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  },

  /**
   * The first frame header (SOF0 to SOF2); segments before it are skipped, as in the decoder
   * (stb_image).
   */
  jpeg(bytes) {
    let at = 2
    while (at + 9 < bytes.length) {
      if (bytes[at] !== 0xff) {
        at++
        continue
      }
      const marker = bytes[at + 1]!
      if (marker === 0xff) at++
      else if (marker === 0xc0 || marker === 0xc1 || marker === 0xc2) {
        return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
      } else {
        const length = bytes.readUInt16BE(at + 2)
        if (length < 2) return undefined
        at += 2 + length
      }
    }
    return undefined
  },

  gif(bytes) {
    return bytes.length < 13 ? undefined : { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
  },

  bmp(bytes) {
    if (bytes.length < 26) return undefined
    const headerSize = bytes.readUInt32LE(14)
    if (headerSize === 12) return { width: bytes.readUInt16LE(18), height: bytes.readUInt16LE(20) }
    if (headerSize < 40) return undefined
    // a negative height: top row first
    return { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) }
  },
}
