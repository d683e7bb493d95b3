// An image that a client sent, checked before anything decodes it. Knows no API: the reader of a
// field supplies its name.
import { createHash } from 'node:crypto'
import { badField, RequestError } from '../../base/errors.ts'
import type { Orientation } from '../../protocol/image-encoder.ts'
import { exifOrientation } from './exif-orientation.ts'
import { type ImageFormat, imageFormat, imageSize } from './image-format.ts'
import { isWholeFile } from './whole-file.ts'

export type ImageFile = {
  /** The field it arrived in, such as `image_data[0]`. */
  readonly name: string
  /** A PNG, JPEG, GIF or BMP file. */
  readonly bytes: Uint8Array
  /** As shown: turned by its orientation. */
  readonly width: number
  readonly height: number
  readonly orientation: Orientation
  /** Hash of the bytes, in lowercase hex: images with the same hash are the same. */
  readonly sha256: string
}

export type ImageLimits = {
  /** Of the file. */
  readonly maxBytes: number
  /** Width × height, which determines its unpacked size. */
  readonly maxPixels: number
}

/**
 * Converts formats that the decoder does not know to PNG. @throws Error when the bytes are broken.
 */
export type Converter = (bytes: Uint8Array, limits: ImageLimits) => Promise<Uint8Array>

/**
 * @param name of its field, such as `image_data[0]`, for the message.
 * @param converter for WebP and AVIF; undefined if none is installed.
 * @throws RequestError 400 that names the image and the rule.
 */
export async function checkImage(
  bytes: Uint8Array,
  name: string,
  limits: ImageLimits,
  converter: Converter | undefined,
): Promise<ImageFile> {
  if (bytes.length === 0) throw badImage(name, 'is empty')
  if (bytes.length > limits.maxBytes) throw tooLarge(name, limits)
  const format = imageFormat(bytes)
  if (format === undefined) throw badImage(name, 'is not a PNG, JPEG, GIF, BMP, WebP or AVIF')
  if (format === 'webp' || format === 'avif') {
    const png = await convert(bytes, name, format, limits, converter)
    return checkDecodable(png, name, 'png', limits)
  }
  return checkDecodable(bytes, name, format, limits)
}

/**
 * Limits on all images of a request, which are unpacked at once: their number, and their pixels as
 * a multiple of one image's.
 */
const most = { images: 64, pixels: 4 }

/**
 * @throws RequestError 400 naming the first image that exceeds the limits; duplicates count once.
 */
export function checkTogether(images: readonly ImageFile[], { maxPixels }: ImageLimits): void {
  const different = new Set<string>()
  let nPixels = 0
  for (const { name, width, height, sha256 } of images) {
    if (different.has(sha256)) continue
    different.add(sha256)
    nPixels += width * height
    if (different.size > most.images) throw badImage(name, `exceeds the limit of ${most.images} images in a request`)
    if (nPixels <= most.pixels * maxPixels) continue
    throw badImage(name, `makes ${nPixels} pixels in all, more than ${most.pixels} times --image-max-pixels`)
  }
}

/** The refusal of a file that is longer than allowed. */
function tooLarge(name: string, { maxBytes }: ImageLimits): RequestError {
  return badImage(name, `has more than ${maxBytes} bytes (--image-max-bytes)`)
}

/** The refusal of an image, without its bytes. */
function badImage(name: string, rule: string): RequestError {
  return new RequestError('invalid_request', `Cannot read "${name}": the image ${rule}`, { param: name })
}

async function checkDecodable(
  bytes: Uint8Array,
  name: string,
  format: 'png' | 'jpeg' | 'gif' | 'bmp',
  limits: ImageLimits,
): Promise<ImageFile> {
  const size = imageSize(bytes, format)
  if (size === undefined) throw badImage(name, `is a broken ${format.toUpperCase()}`)
  const { width, height } = size
  if (width * height > limits.maxPixels) {
    throw badImage(name, `has ${width} × ${height} pixels, more than ${limits.maxPixels} (--image-max-pixels)`)
  }
  if (!(await isWholeFile(bytes, format))) throw badImage(name, `is a broken ${format.toUpperCase()}, or cut off`)
  const orientation = exifOrientation(bytes, format)
  const shown = orientation >= 5 ? { width: height, height: width } : size
  return { name, bytes, ...shown, orientation, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function convert(
  bytes: Uint8Array,
  name: string,
  format: ImageFormat & ('webp' | 'avif'),
  limits: ImageLimits,
  converter: Converter | undefined,
): Promise<Uint8Array> {
  if (converter === undefined) {
    throw badImage(
      name,
      `is ${format.toUpperCase()}, which needs the npm package sharp beside Cria; send PNG, JPEG, GIF or BMP`,
    )
  }
  if (!(await isWholeFile(bytes, format))) throw badImage(name, `is a broken ${format.toUpperCase()}, or cut off`)
  return converter(bytes, limits).catch(() => {
    throw badImage(name, `is a broken ${format.toUpperCase()}, or has more than ${limits.maxPixels} pixels`)
  })
}

/**
 * Decodes base64 strictly: nothing is skipped, nothing guessed.
 * @throws RequestError 400 naming the field.
 */
export function bytesOfBase64(text: string, name: string, limits: ImageLimits): Uint8Array {
  if (text === '') throw badField(name, text, 'is empty; it must be an image in base64')
  if ((text.length * 3) / 4 > limits.maxBytes + 2) throw tooLarge(name, limits)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 === 1 || (text.endsWith('=') && text.length % 4 !== 0)) {
    throw badField(name, text, 'is not base64')
  }
  return Buffer.from(text, 'base64')
}
