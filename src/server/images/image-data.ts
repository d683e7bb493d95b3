// The field `image_data` of the specification, and `multimodal_data` of llama-server: pictures in base64.
import { badField } from '../../base/errors.ts'
import { bytesOfBase64, checkPicture, checkTogether, type Picture, type PictureLimits } from './image-file.ts'
import { sharpConverter } from './sharp-converter.ts'

/**
 * `[{"data": base64, "id": 12}]`, data with or without `data:image/...;base64,` before it.
 * @returns the pictures by id, in their order; an id that is not given is the place in the array.
 * @throws RequestError 400 that names the picture: `image_data[0]`.
 */
export async function readImageData(value: unknown, limits: PictureLimits): Promise<ReadonlyMap<number, Picture>> {
  const field = 'image_data'
  if (!Array.isArray(value)) throw badField(field, value, 'is not an array of {"data", "id"}')
  const pictures = new Map<number, Picture>()
  for (const [i, item] of value.entries()) {
    const name = `${field}[${i}]`
    if (typeof item !== 'object' || item === null) throw badField(name, item, 'is not an object {"data", "id"}')
    const { data, id = i, ...rest } = item as Record<string, unknown>
    const unknown = Object.keys(rest)[0]
    if (unknown !== undefined) throw badField(`${name}.${unknown}`, rest[unknown], 'is not a field of a picture')
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
      throw badField(`${name}.id`, id, 'is not an integer, 0 or more')
    }
    if (pictures.has(id)) throw badField(`${name}.id`, id, 'is the id of another picture as well')
    pictures.set(id, await readBase64Picture(data, `${name}.data`, name, limits))
    checkTogether([...pictures.values()], limits)
  }
  return pictures
}

/** `multimodal_data`: an array of base64. @throws RequestError 400 naming the picture: `multimodal_data[0]`. */
export async function readMultimodalData(value: unknown, field: string, limits: PictureLimits): Promise<Picture[]> {
  if (!Array.isArray(value)) throw badField(field, value, 'is not an array of pictures in base64')
  const pictures: Picture[] = []
  for (const [i, item] of value.entries()) {
    pictures.push(await readBase64Picture(item, `${field}[${i}]`, `${field}[${i}]`, limits))
    checkTogether(pictures, limits)
  }
  return pictures
}

/** A data URI's picture. @throws RequestError 400 naming the field. */
export async function readDataUri(uri: string, name: string, limits: PictureLimits): Promise<Picture> {
  const data = /^data:[^,]*;base64,/i.exec(uri)
  if (data === null) throw badField(name, uri, 'is a data URI without ";base64,"')
  const bytes = bytesOfBase64(uri.slice(data[0].length), name, limits)
  return checkPicture(bytes, name, limits, await sharpConverter())
}

async function readBase64Picture(data: unknown, field: string, name: string, limits: PictureLimits): Promise<Picture> {
  if (typeof data !== 'string') throw badField(field, data, 'is not a picture in base64')
  if (/^data:/i.test(data)) return readDataUri(data, field, limits)
  return checkPicture(bytesOfBase64(data, field, limits), name, limits, await sharpConverter())
}
