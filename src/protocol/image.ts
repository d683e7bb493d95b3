// An image of a prompt, as the engine takes it. Plain data.

/**
 * An image, or a tile of one: rows that take the place of tokens. Images cross the pipe as
 * structured clones.
 */
export type TaskImage = {
  /**
   * Index in `prompt` of its first row; the ids there are virtual: negative, and equal only for
   * equal rows.
   */
  readonly start: number
  readonly nTokens: number
  /**
   * The distance from the position of the first row to the position of what follows; nTokens except
   * for M-RoPE.
   */
  readonly nPos: number
  /** Its rows attend to those after them, so they are computed together. */
  readonly isNonCausal: boolean
  /** For M-RoPE: see EncodedImage. */
  readonly positions: { readonly atZero: Int32Array; readonly slope: Int32Array } | undefined
  /** nTokens × the model's input width. */
  readonly embeddings: Float32Array
}
