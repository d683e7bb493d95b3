// The field `image_data` of the specification, and `multimodal_data` of llama-server: images in
// base64.
import { badField } from '../../base/errors.ts'
import { bytesOfBase64, checkImage, checkTogether, type ImageFile, type ImageLimits } from './image-file.ts'
import { sharpConverter } from './sharp-converter.ts'

/**
 * `[{"data": base64, "id": 12}]`, data with or without `data:image/...;base64,` before it.
 * @returns the images by id, in order; the default id is the index in the array.
 * @throws RequestError 400 that names the image: `image_data[0]`.
 */
export async function readImageData(value: unknown, limits: ImageLimits): Promise<ReadonlyMap<number, ImageFile>> {
  const field = 'image_data'
  if (!Array.isArray(value)) throw badField(field, value, 'is not an array of {"data", "id"}')
  const images = new Map<number, ImageFile>()
  for (const [i, item] of value.entries()) {
    const name = `${field}[${i}]`
    if (typeof item !== 'object' || item === null) throw badField(name, item, 'is not an object {"data", "id"}')
    const { data, id = i, ...rest } = item as Record<string, unknown>
    const unknown = Object.keys(rest)[0]
    if (unknown !== undefined) throw badField(`${name}.${unknown}`, rest[unknown], 'is not a field of an image')
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
      throw badField(`${name}.id`, id, 'is not an integer, 0 or more')
    }
    if (images.has(id)) throw badField(`${name}.id`, id, 'is also the id of another image')
    images.set(id, await readBase64Image(data, `${name}.data`, name, limits))
    checkTogether([...images.values()], limits)
  }
  return images
}

/**
 * `multimodal_data`: an array of base64. @throws RequestError 400 naming the image:
 * `multimodal_data[0]`.
 */
export async function readMultimodalData(value: unknown, field: string, limits: ImageLimits): Promise<ImageFile[]> {
  if (!Array.isArray(value)) throw badField(field, value, 'is not an array of images in base64')
  const images: ImageFile[] = []
  for (const [i, item] of value.entries()) {
    images.push(await readBase64Image(item, `${field}[${i}]`, `${field}[${i}]`, limits))
    checkTogether(images, limits)
  }
  return images
}

/** A data URI's image. @throws RequestError 400 naming the field. */
export async function readDataUri(uri: string, name: string, limits: ImageLimits): Promise<ImageFile> {
  const data = /^data:[^,]*;base64,/i.exec(uri)
  if (data === null) throw badField(name, uri, 'is a data URI without ";base64,"')
  const bytes = bytesOfBase64(uri.slice(data[0].length), name, limits)
  return checkImage(bytes, name, limits, await sharpConverter())
}

async function readBase64Image(data: unknown, field: string, name: string, limits: ImageLimits): Promise<ImageFile> {
  if (typeof data !== 'string') throw badField(field, data, 'is not an image in base64')
  if (/^data:/i.test(data)) return readDataUri(data, field, limits)
  return checkImage(bytesOfBase64(data, field, limits), name, limits, await sharpConverter())
}
