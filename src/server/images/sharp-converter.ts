// WebP and AVIF through the npm package sharp, if the user installed it beside Cria; turned as
// viewers show them.
import type { Converter } from './image-file.ts'

type Sharp = (
  bytes: Uint8Array,
  options: { readonly limitInputPixels: number; readonly failOn: 'error' },
) => { rotate(): { png(): { toBuffer(): Promise<Uint8Array> } } }

let found: Promise<Converter | undefined> | undefined

/** @returns undefined when sharp is not installed. */
export function sharpConverter(): Promise<Converter | undefined> {
  found ??= load()
  return found
}

async function load(): Promise<Converter | undefined> {
  const name = 'sharp' // not a dependency of ours: neither its types nor the package need exist
  const sharp = await import(name).then(
    (module: { readonly default: Sharp }) => module.default,
    () => undefined,
  )
  if (sharp === undefined) return undefined
  return (bytes, { maxPixels }) => {
    const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
    return image.rotate().png().toBuffer() // without an angle: as EXIF specifies
  }
}
