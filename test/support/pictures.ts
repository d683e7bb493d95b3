// Pictures for tests: PNGs made here, and two JPEGs of the first one that were made once, by another program.
import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'

/** Packs RGB pixels as a PNG, without filters. @param rgb width × height × 3 bytes. */
export function packPng(width: number, height: number, rgb: Uint8Array): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8) // 8 bits, RGB
  const rows = Array.from({ length: height }, (_, y) => [
    Buffer.of(0),
    rgb.subarray(y * width * 3, (y + 1) * width * 3),
  ]).flat()
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.concat(rows))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length)
  head.write(type, 4, 'latin1')
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])))
  return Buffer.concat([head, data, check])
}

/** Source: the appendix "Sample CRC implementation" of the PNG specification. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

/** Colours that run from side to side under a chessboard. */
export function gradient(width: number, height: number): Uint8Array {
  return pixels(width, height, (x, y) => {
    const isLight = (Math.floor(x / 16) + Math.floor(y / 16)) % 2 === 1
    return [Math.floor((x * 255) / width), Math.floor((y * 255) / height), isLight ? 255 : 0]
  })
}

/** A red square on black. */
export function square(width: number, height: number): Uint8Array {
  return pixels(width, height, (x, y) => (x >= 10 && x < 50 && y >= 20 && y < 60 ? [255, 30, 30] : [0, 0, 0]))
}

function pixels(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return colour(pixel % width, Math.floor(pixel / width))[i % 3]!
  })
}

const file = (name: string) => readFileSync(new URL(`pictures/${name}`, import.meta.url))

/** The pictures that llama-server's answers were recorded for. */
export const pictures: Readonly<Record<string, Buffer>> = {
  'small PNG': packPng(64, 64, gradient(64, 64)), // as large as the encoder's window: not resized
  'wide PNG': packPng(128, 96, gradient(128, 96)),
  'tall PNG': packPng(60, 80, square(60, 80)),
  'small JPEG': file('small.jpg'),
  'wide JPEG': file('wide.jpg'),
}
