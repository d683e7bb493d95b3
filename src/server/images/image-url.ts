// `image_url` of a message part: a data URI, or a URL of a kind that the server may follow.
import { badField } from '../../base/errors.ts'
import { readDataUri } from './image-data.ts'
import { checkImage, type ImageFile, type ImageLimits } from './image-file.ts'
import { readLocalImage } from './local-image.ts'
import { FetchRefusal, fetchImage } from './remote-image.ts'
import { sharpConverter } from './sharp-converter.ts'

export type ImageUrlOptions = ImageLimits & {
  /** Whether http(s) URLs are fetched at all. */
  readonly allowsUrls: boolean
  readonly allowsPrivate: boolean
  readonly timeoutMs: number
  /** The folder that file URLs may lead into. */
  readonly mediaPath: string | undefined
}

/**
 * @param value `{"url": "..."}`, or the URL itself as some clients send it.
 * @param name of the field, such as `messages[0].content[1].image_url`.
 * @param signal ends a fetch when the client leaves.
 * @throws RequestError 400 naming the field.
 */
export async function readImageUrl(
  value: unknown,
  name: string,
  options: ImageUrlOptions,
  signal?: AbortSignal,
): Promise<ImageFile> {
  const url = typeof value === 'object' && value !== null ? (value as { readonly url?: unknown }).url : value
  if (typeof url !== 'string') throw badField(name, value, 'is not {"url": "..."}')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === 'data') return readDataUri(url, name, options)
  const bytes = await bytesOf(url, scheme, name, options, signal)
  return checkImage(bytes, name, options, await sharpConverter())
}

async function bytesOf(
  url: string,
  scheme: string | undefined,
  name: string,
  options: ImageUrlOptions,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  switch (scheme) {
    case 'file':
      return readLocalImage(url, options.mediaPath, name, options.maxBytes)
    case 'http':
    case 'https':
      if (!options.allowsUrls) {
        throw badField(name, url, 'is not fetched: the server was started without --allow-image-urls; send a data URI')
      }
      if (!URL.canParse(url)) throw badField(name, url, 'is not a URL')
      return fetchImage(url, options, signal).catch((error: unknown) => {
        throw error instanceof FetchRefusal ? badField(name, url, error.message) : error
      })
    default:
      throw badField(name, url, 'is not a data URI, nor an http, https or file URL')
  }
}
