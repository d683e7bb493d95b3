// An image as pixels in libmtmd's memory, which decodes it from a file's bytes. The caller has
// checked the format.
import koffi from 'koffi'
import type { Pointer } from '../structs.ts'
import type { Projector } from './projector.ts'

/** Width × height × 3 bytes, rows from the top. */
export type BitmapPixels = { readonly width: number; readonly height: number; readonly rgb: Uint8Array }

export class Bitmap {
  readonly pointer: Pointer
  readonly width: number
  readonly height: number
  readonly #projector: Projector

  private constructor(projector: Projector, pointer: Pointer) {
    this.#projector = projector
    this.pointer = pointer
    this.width = projector.symbols.mtmd_bitmap_get_nx(pointer)
    this.height = projector.symbols.mtmd_bitmap_get_ny(pointer)
  }

  /**
   * @param bytes a PNG, JPEG, GIF or BMP file. Pass nothing else: libmtmd reads some bytes as audio
   *   or video.
   * @returns undefined when it cannot be decoded.
   */
  static decode(projector: Projector, bytes: Uint8Array): Bitmap | undefined {
    const { symbols } = projector
    const options = symbols.mtmd_helper_init_opt_default()
    const { bitmap } = symbols.mtmd_helper_bitmap_init_from_buf(projector.pointer, bytes, bytes.length, false, options)
    return bitmap === null ? undefined : new Bitmap(projector, bitmap)
  }

  /**
   * The same image with other pixels; this one is freed. @param change gets pixels that are valid
   * until it returns.
   */
  replaced(change: (pixels: BitmapPixels) => BitmapPixels): Bitmap {
    const { symbols } = this.#projector
    const { pointer, width: nx, height: ny } = this
    const { width, height, rgb } = change({
      width: nx,
      height: ny,
      rgb: new Uint8Array(koffi.view(symbols.mtmd_bitmap_get_data(pointer), nx * ny * 3)),
    })
    const other = symbols.mtmd_bitmap_init(width, height, rgb)
    symbols.mtmd_bitmap_set_id(other, symbols.mtmd_bitmap_get_id(pointer))
    this.free()
    return new Bitmap(this.#projector, other)
  }

  free(): void {
    this.#projector.symbols.mtmd_bitmap_free(this.pointer)
  }
}
