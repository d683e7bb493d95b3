// Turns and mirrors pixels by an image's orientation. Pure.
import type { BitmapPixels } from '../llama/mtmd/bitmap.ts'
import type { Orientation } from '../protocol/image-encoder.ts'

/** The image as a viewer shows it. Source: Exif 2.32, section 4.6.4, orientation. */
export function turnedPixels({ width: w, height: h, rgb }: BitmapPixels, orientation: Orientation): BitmapPixels {
  const isOnItsSide = orientation >= 5
  const [width, height] = isOnItsSide ? [h, w] : [w, h]
  const [start, right, down] = stepsOf(orientation, w, h)
  const out = new Uint8Array(rgb.length)
  let to = 0
  for (let y = 0; y < height; y++) {
    let from = 3 * (start + y * down)
    for (let x = 0; x < width; x++) {
      out[to++] = rgb[from]!
      out[to++] = rgb[from + 1]!
      out[to++] = rgb[from + 2]!
      from += 3 * right
    }
  }
  return { width, height, rgb: out }
}

/**
 * In pixels of the image as stored: the first one shown, the step to its right neighbour, and the
 * step down.
 */
function stepsOf(
  orientation: Orientation,
  w: number,
  h: number,
): readonly [start: number, right: number, down: number] {
  const [topRight, bottomLeft, bottomRight] = [w - 1, (h - 1) * w, w * h - 1]
  switch (orientation) {
    case 1:
      return [0, 1, w]
    case 2:
      return [topRight, -1, w]
    case 3:
      return [bottomRight, -1, -w]
    case 4:
      return [bottomLeft, 1, -w]
    case 5:
      return [0, w, 1]
    case 6:
      return [bottomLeft, -w, 1]
    case 7:
      return [bottomRight, -w, -1]
    case 8:
      return [topRight, w, -1]
  }
}
