// The orientation that a camera wrote into an image file: viewers turn the image by it. Source:
// Exif 2.32, sections 4.5.4 and 4.6.4 (tag 274); PNG third edition, section 11.3.4.5 (eXIf).
import type { Orientation } from '../../protocol/image-encoder.ts'

/** 1, upright, if the file has no orientation or an invalid one. */
export function exifOrientation(bytes: Uint8Array, format: 'png' | 'jpeg' | 'gif' | 'bmp'): Orientation {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const exif = format === 'jpeg' ? exifOfJpeg(file) : format === 'png' ? exifOfPng(file) : undefined
  const value = exif === undefined ? 1 : orientationTag(exif)
  return value >= 1 && value <= 8 ? (value as Orientation) : 1
}

const exifHead = 'Exif\0\0'

/** The first APP1 segment with EXIF in it; those after the first scan do not count. */
function exifOfJpeg(file: Buffer): Buffer | undefined {
  let at = 2
  while (at + 4 <= file.length && file[at] === 0xff) {
    const marker = file[at + 1]!
    if (marker === 0xff) {
      at++ // a padding byte
      continue
    }
    if (marker === 0xda || marker === 0xd9) return undefined
    const end = at + 2 + file.readUInt16BE(at + 2)
    const isExif = marker === 0xe1 && file.toString('latin1', at + 4, at + 4 + exifHead.length) === exifHead
    if (isExif) return file.subarray(at + 4 + exifHead.length, end)
    at = Math.max(at + 4, end)
  }
  return undefined
}

function exifOfPng(file: Buffer): Buffer | undefined {
  let at = 8
  while (at + 12 <= file.length) {
    const end = at + 8 + file.readUInt32BE(at)
    if (file.toString('latin1', at + 4, at + 8) === 'eXIf') return file.subarray(at + 8, end)
    at = end + 4
  }
  return undefined
}

const orientationId = 0x0112
const short = 3
const long = 4

/** @param exif a TIFF header and the data after it. @returns 0 when there is no such tag. */
function orientationTag(exif: Buffer): number {
  const order = exif.toString('latin1', 0, 4)
  if (exif.length < 8 || (order !== 'II*\0' && order !== 'MM\0*')) return 0
  const isLittle = order.startsWith('II')
  const uint16 = (at: number) => (isLittle ? exif.readUInt16LE(at) : exif.readUInt16BE(at))
  const uint32 = (at: number) => (isLittle ? exif.readUInt32LE(at) : exif.readUInt32BE(at))
  const start = uint32(4)
  if (start + 2 > exif.length) return 0
  const end = Math.min(exif.length, start + 2 + 12 * uint16(start))
  for (let entry = start + 2; entry + 12 <= end; entry += 12) {
    if (uint16(entry) !== orientationId) continue
    const type = uint16(entry + 2)
    return type === short ? uint16(entry + 8) : type === long ? uint32(entry + 8) : 0
  }
  return 0
}
