// Requests from the server to the image encoder, and its answers. They cross the pipe by structured
// clone, bytes as they are.
import type { ErrorRecord } from '../base/errors.ts'

export type ImageEncoderOptions = {
  /** The text model: its vocabulary and sizes are read, not its weights. */
  readonly modelPath: string
  readonly mmprojPath: string
  /** The path of libmtmd. */
  readonly library: string
  readonly nThreads: number
  readonly useGpu: boolean
  /** The maximum memory in which encoded images are kept. */
  readonly cacheBytes: number
}

/** The rotation and mirroring with which an image is shown, numbered as in EXIF; 1 is as stored. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** A PNG, JPEG, GIF or BMP file that has been checked. */
export type EncoderImage = {
  readonly bytes: Uint8Array
  /** Of the bytes. */
  readonly sha256: string
  /** The field it came in. */
  readonly name: string
  readonly orientation: Orientation
}

export type ImagePromptPart = { readonly text: string } | { readonly image: EncoderImage }

export type ImagePrompt = {
  readonly parts: readonly ImagePromptPart[]
  /** Adds BOS and EOS if the model's vocabulary asks for them. */
  readonly addSpecial: boolean
  /** A prompt of more tokens, rows of images included, is refused before anything is encoded. */
  readonly maxTokens: number
}

export type ToImageEncoder =
  | { readonly kind: 'load'; readonly options: ImageEncoderOptions }
  | ({ readonly kind: 'encode'; readonly id: number } & ImagePrompt)
  | { readonly kind: 'cancel'; readonly id: number }

/** A prompt in the form that the text model takes. */
export type PromptChunk = { readonly kind: 'text'; readonly tokens: readonly number[] } | EncodedImage

/** An image, or a tile of one, as rows that take the place of tokens. */
export type EncodedImage = {
  readonly kind: 'image'
  /** Two with the same key have the same rows. */
  readonly key: string
  readonly nTokens: number
  /**
   * The distance from the position of the first row to the position of what follows; nTokens except
   * for M-RoPE.
   */
  readonly nPos: number
  /** Its rows attend to those after them: they are decoded whole, with causal attention off. */
  readonly isNonCausal: boolean
  /**
   * For M-RoPE: the rows' positions are atZero + slope × that of the first row, in the order of a
   * batch.
   */
  readonly positions: { readonly atZero: Int32Array; readonly slope: Int32Array } | undefined
  /** nTokens × the model's input width. */
  readonly embeddings: Float32Array
}

export type FromImageEncoder =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }
  /** The number of images and tiles of a prompt that are encoded so far. */
  | { readonly kind: 'progress'; readonly id: number; readonly nDone: number; readonly nTotal: number }
  | { readonly kind: 'encoded'; readonly id: number; readonly chunks: readonly PromptChunk[] }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorRecord }
