// The places of a prompt's images among its tokens. Knows no model.
import type { TaskImage } from '../protocol/image.ts'

export class ImagePlaces {
  readonly #images: readonly TaskImage[]

  /** @param images in order; none overlap. */
  constructor(images: readonly TaskImage[]) {
    this.#images = images
  }

  /** The image to which a token belongs as a row. */
  at(index: number): TaskImage | undefined {
    return this.#images.find(({ start, nTokens }) => index >= start && index < start + nTokens)
  }

  /**
   * The end of what can follow in one step: the end of the image at this place, or the beginning of
   * the next one.
   */
  boundaryAfter(index: number, nTokens: number): number {
    const inside = this.at(index)
    if (inside !== undefined) return inside.start + inside.nTokens
    return this.#images.find(({ start }) => start >= index)?.start ?? nTokens
  }

  /**
   * Positions that images before this token save: with M-RoPE an image takes fewer positions than
   * it has rows.
   */
  nPositionsSaved(index: number): number {
    let saved = 0
    for (const { start, nTokens, nPos } of this.#images) if (start < index) saved += nTokens - nPos
    return saved
  }
}
