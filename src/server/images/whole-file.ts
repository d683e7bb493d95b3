// Whether an image file is complete. The decoder fills missing parts with grey, and a model would
// describe the grey.
import type { ImageFormat } from './image-format.ts'
import { isWholePng } from './png-data.ts'

/**
 * @returns false when the file is cut off, and for a PNG also when its data does not fit its
 *   header.
 */
export async function isWholeFile(bytes: Uint8Array, format: ImageFormat): Promise<boolean> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return readers[format](file)
}

const readers: Readonly<Record<ImageFormat, (file: Buffer) => boolean | Promise<boolean>>> = {
  png: isWholePng,
  jpeg: isWholeJpeg,
  gif: isWholeGif,
  bmp: isWholeBmp,
  webp: isWholeWebp,
  avif: isWholeAvif,
}

/** Whether an end-of-image marker follows a scan. Source: ITU-T T.81, annex B. */
function isWholeJpeg(file: Buffer): boolean {
  let hasScan = false
  for (let at = file.indexOf(0xff, 2); at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at)) {
    const marker = file[at + 1]!
    if (marker === 0xd9) return hasScan
    const isInScan = marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    if (marker === 0xff) at += 1
    else if (isInScan) at += 2
    else if (at + 4 > file.length || file.readUInt16BE(at + 2) < 2) return false
    else at += 2 + file.readUInt16BE(at + 2)
    hasScan ||= marker === 0xda
  }
  return false
}

/** Whether an image and the trailer are present. Source: GIF89a, sections 15 to 27. */
function isWholeGif(file: Buffer): boolean {
  let at = 13 + colourTableBytes(file[10] ?? 0)
  let hasImage = false
  while (at < file.length) {
    const block = file[at]!
    if (block === 0x3b) return hasImage
    if (block === 0x21) {
      at = endOfBlocks(file, at + 2)
    } else if (block === 0x2c) {
      at = endOfBlocks(file, at + 11 + colourTableBytes(file[at + 9] ?? 0))
      hasImage = at <= file.length
    } else {
      return hasImage // whatever it is, it comes after the image that is read
    }
  }
  return false
}

function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1)
}

/**
 * @returns the index after the empty block that ends a run of them; beyond the file if it does not
 *   end.
 */
function endOfBlocks(file: Buffer, start: number): number {
  let at = start
  while (at < file.length && file[at] !== 0) at += 1 + file[at]!
  return at + 1
}

/**
 * Whether all rows are present. The decoder refuses compressed files. Source: BITMAPINFOHEADER in
 * Microsoft's documentation.
 */
function isWholeBmp(file: Buffer): boolean {
  const isCore = file.readUInt32LE(14) === 12
  if (!isCore && file.length < 54) return false
  const packing = isCore ? 0 : file.readUInt32LE(30)
  if (packing !== 0 && packing !== 3) return true
  const width = isCore ? file.readUInt16LE(18) : file.readInt32LE(18)
  const height = isCore ? file.readUInt16LE(20) : Math.abs(file.readInt32LE(22))
  const rowBits = width * file.readUInt16LE(isCore ? 24 : 28)
  const rowBytes = Math.ceil(rowBits / 32) * 4
  // the last row need not be padded
  return file.readUInt32LE(10) + rowBytes * (height - 1) + Math.ceil(rowBits / 8) <= file.length
}

/** Whether the file is as long as its header states. Source: RFC 9649, section 2.4. */
function isWholeWebp(file: Buffer): boolean {
  return file.length >= 12 && file.readUInt32LE(4) + 8 <= file.length
}

/**
 * Whether the last box ends at the end of the file, or before. Source: ISO/IEC 14496-12, section
 * 4.2.
 */
function isWholeAvif(file: Buffer): boolean {
  let at = 0
  while (at + 8 <= file.length) {
    const size = file.readUInt32BE(at)
    if (size === 0) return true // up to the end of the file
    const isLong = size === 1
    if (isLong && at + 16 > file.length) return false
    const bytes = isLong ? Number(file.readBigUInt64BE(at + 8)) : size
    if (bytes < 8) return false
    at += bytes
  }
  return at === file.length
}
