// An image of a prompt, as the engine takes it. Plain data.

/** An image, or a tile of one: rows in the place of tokens. The pipe is one of structured clones where these are sent. */
export type TaskImage = {
  /** Index in `prompt` of its first row; ids there are virtual: negative, and equal only for rows that are equal. */
  readonly start: number
  readonly nTokens: number
  /** How far the position of what follows lies from the first row's; nTokens but for M-RoPE. */
  readonly nPos: number
  /** Its rows see those after them: they are computed together. */
  readonly isNonCausal: boolean
  /** For M-RoPE: see EncodedImage. */
  readonly positions: { readonly atZero: Int32Array; readonly slope: Int32Array } | undefined
  /** nTokens × the model's input width. */
  readonly embeddings: Float32Array
}
