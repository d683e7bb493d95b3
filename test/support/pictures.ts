// Pictures for tests: PNGs made here, and two JPEGs of the first one that were made once, by
// another program.
import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'

/**
 * Packs RGB pixels as a PNG, without filters.
 * @param rgb width × height × 3 bytes.
 * @param exif a chunk eXIf before the pixels.
 */
export function packPng(width: number, height: number, rgb: Uint8Array, exif?: Uint8Array): Buffer {
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
    ...(exif === undefined ? [] : [pngChunk('eXIf', exif)]),
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

/** EXIF data with only an orientation. */
export function packExif(orientation: number, order: 'II' | 'MM' = 'MM'): Buffer {
  const isLittle = order === 'II'
  const uint16 = (value: number) => Buffer.from(isLittle ? [value, 0] : [0, value])
  const uint32 = (value: number) => Buffer.from(isLittle ? [value, 0, 0, 0] : [0, 0, 0, value])
  const entry = [Buffer.from(isLittle ? [0x12, 1] : [1, 0x12]), uint16(3), uint32(1), uint16(orientation), uint16(0)]
  return Buffer.concat([Buffer.from(order), uint16(42), uint32(8), uint16(1), ...entry, uint32(0)])
}

/** A JPEG with EXIF before its other data. */
export function withExif(jpeg: Uint8Array, exif: Uint8Array): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(2 + 6 + exif.length)
  const segment = [Buffer.of(0xff, 0xe1), length, Buffer.from('Exif\0\0', 'latin1'), exif]
  return Buffer.concat([jpeg.subarray(0, 2), ...segment, jpeg.subarray(2)])
}

/** A GIF of one image, in one colour. */
export function packGif(width: number, height: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  head.writeUInt16LE(width, 6)
  head.writeUInt16LE(height, 8)
  const image = Buffer.alloc(10)
  image.write(',', 'latin1')
  image.writeUInt16LE(width, 5)
  image.writeUInt16LE(height, 7)
  // LZW codes of 3 bits, each after a clear code so that they do not grow
  const codes = [...Array.from({ length: width * height }, () => [4, 0]).flat(), 5]
  const bits = codes.map((code) => code.toString(2).padStart(3, '0').split('').reverse().join('')).join('')
  const data = (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.split('').reverse().join(''), 2))
  const blocks = Array.from({ length: Math.ceil(data.length / 255) }, (_, i) => data.slice(i * 255, (i + 1) * 255))
  const packed = blocks.map((block) => Buffer.of(block.length, ...block))
  return Buffer.concat([head, image, Buffer.of(2), ...packed, Buffer.of(0), Buffer.from(';')])
}

/** A BMP of 24 bits, bottom row first. @param rgb width × height × 3 bytes. */
export function packBmp(width: number, height: number, rgb: Uint8Array): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4
  const file = Buffer.alloc(54 + rowBytes * height)
  file.write('BM', 'latin1')
  file.writeUInt32LE(file.length, 2)
  file.writeUInt32LE(54, 10)
  file.writeUInt32LE(40, 14)
  file.writeInt32LE(width, 18)
  file.writeInt32LE(height, 22)
  file.writeUInt16LE(1, 26)
  file.writeUInt16LE(24, 28)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + x)
      file.set([rgb[from + 2]!, rgb[from + 1]!, rgb[from]!], 54 + rowBytes * (height - 1 - y) + 3 * x)
    }
  }
  return file
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

/** The pictures for which llama-server's answers were recorded. */
export const pictures: Readonly<Record<string, Buffer>> = {
  'small PNG': packPng(64, 64, gradient(64, 64)), // as large as the encoder's window: not resized
  'wide PNG': packPng(128, 96, gradient(128, 96)),
  'tall PNG': packPng(60, 80, square(60, 80)),
  'small JPEG': file('small.jpg'),
  'wide JPEG': file('wide.jpg'),
}
