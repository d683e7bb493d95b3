// An image named by a file URL: only below the folder of --media-path, with all links resolved.
import { open, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { badField, messageOf, RequestError } from '../../base/errors.ts'

/**
 * @param mediaPath undefined: no files are served.
 * @param name of the field, for the message.
 * @throws RequestError 400; it does not reveal whether a file outside the folder exists.
 */
export async function readLocalImage(
  url: string,
  mediaPath: string | undefined,
  name: string,
  maxBytes: number,
): Promise<Uint8Array> {
  if (mediaPath === undefined) throw badField(name, url, 'is a file; the server was started without --media-path')
  const path = await resolved(url, mediaPath)
  if (path === undefined) throw badField(name, url, 'is not a file below the folder of --media-path')
  const file = await open(path, 'r').catch((error: unknown) => {
    throw badField(name, url, `cannot be read: ${(error as NodeJS.ErrnoException).code ?? messageOf(error)}`)
  })
  try {
    const info = await file.stat()
    if (!info.isFile()) throw badField(name, url, 'is not a file below the folder of --media-path')
    if (info.size > maxBytes) throw badField(name, url, `has more than ${maxBytes} bytes (--image-max-bytes)`)
    return await file.readFile()
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw badField(name, url, 'cannot be read')
  } finally {
    await file.close()
  }
}

/** A file URL is absolute; llama-server's is relative to the media folder: `file://sub/a.png`. */
async function resolved(url: string, mediaPath: string): Promise<string | undefined> {
  const fromRoot = await below(mediaPath, () => fileURLToPath(url))
  if (fromRoot !== undefined || !url.startsWith('file://')) return fromRoot
  return below(mediaPath, () => join(mediaPath, decodeURIComponent(url.slice('file://'.length))))
}

/** @returns the real path, if it is below the folder. */
async function below(folder: string, path: () => string): Promise<string | undefined> {
  try {
    const [file, root] = await Promise.all([realpath(path()), realpath(folder)])
    const way = relative(root, file)
    const isBelow = way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
    return isBelow ? file : undefined
  } catch {
    return undefined
  }
}
