// A picture as pixels in libmtmd's memory, decoded by it from a file's bytes. It does not sniff: the caller has.
import type { Pointer } from '../structs.ts'
import type { Projector } from './projector.ts'

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
   * @param bytes a PNG, JPEG, GIF or BMP file. Nothing else may come here: libmtmd takes some bytes for sound or film.
   * @returns undefined when it cannot be decoded.
   */
  static decode(projector: Projector, bytes: Uint8Array): Bitmap | undefined {
    const { symbols } = projector
    const options = symbols.mtmd_helper_init_opt_default()
    const { bitmap } = symbols.mtmd_helper_bitmap_init_from_buf(projector.pointer, bytes, bytes.length, false, options)
    return bitmap === null ? undefined : new Bitmap(projector, bitmap)
  }

  free(): void {
    this.#projector.symbols.mtmd_bitmap_free(this.pointer)
  }
}
