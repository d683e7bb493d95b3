// Where the images of a prompt lie among its tokens. Knows no model.
import type { TaskImage } from '../protocol/image.ts'

export class ImagePlaces {
  readonly #images: readonly TaskImage[]

  /** @param images in their order; none overlap. */
  constructor(images: readonly TaskImage[]) {
    this.#images = images
  }

  /** The image that a token is a row of. */
  at(index: number): TaskImage | undefined {
    return this.#images.find(({ start, nTokens }) => index >= start && index < start + nTokens)
  }

  /** Where what can follow in one step ends: at the end of the image that is here, or where the next one begins. */
  boundaryAfter(index: number, nTokens: number): number {
    const inside = this.at(index)
    if (inside !== undefined) return inside.start + inside.nTokens
    return this.#images.find(({ start }) => start >= index)?.start ?? nTokens
  }

  /** Positions that images before this token do not take: with M-RoPE an image takes fewer than it has rows. */
  nPositionsSaved(index: number): number {
    let saved = 0
    for (const { start, nTokens, nPos } of this.#images) if (start < index) saved += nTokens - nPos
    return saved
  }
}
