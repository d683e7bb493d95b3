// A prompt of texts and images as libmtmd cuts it: runs of tokens, and images with the positions of
// their rows.
import koffi from 'koffi'
import type { MropePositions } from '../embedding-batch.ts'
import type { Pointer } from '../structs.ts'
import type { MtmdSymbols } from './symbols.ts'

export type Chunk = TextChunk | ImageChunk

export type TextChunk = { readonly kind: 'text'; readonly tokens: readonly number[] }

export type ImageChunk = {
  readonly kind: 'image'
  /** Valid until the chunks are freed. */
  readonly pointer: Pointer
  /** libmtmd's hash of the image's file; equal for all tiles of an image. */
  readonly imageId: string
  readonly nTokens: number
  /**
   * The distance from the image's first position to the position of what follows; nTokens except
   * for M-RoPE.
   */
  readonly nPos: number
  /**
   * Its rows attend to each other, also to later ones: they are decoded whole, in one micro-batch,
   * with causal attention off.
   */
  readonly isNonCausal: boolean
  /** For M-RoPE; else undefined: the rows follow each other. */
  readonly positions: MropePositions | undefined
}

const textType = 0
const imageType = 1

export class Chunks {
  readonly list: readonly Chunk[]
  readonly #symbols: MtmdSymbols
  readonly #pointer: Pointer

  /**
   * @param pointer `mtmd_input_chunks`, filled; owned from now on. @param projector `mtmd_context`.
   */
  constructor(symbols: MtmdSymbols, pointer: Pointer, projector: Pointer) {
    this.#symbols = symbols
    this.#pointer = pointer
    const hasMrope = symbols.mtmd_decode_use_mrope(projector)
    const n = symbols.mtmd_input_chunks_size(pointer)
    this.list = Array.from({ length: n }, (_, i) => {
      return readChunk(symbols, symbols.mtmd_input_chunks_get(pointer, i), projector, hasMrope)
    })
  }

  free(): void {
    this.#symbols.mtmd_input_chunks_free(this.#pointer)
  }
}

function readChunk(symbols: MtmdSymbols, pointer: Pointer, projector: Pointer, hasMrope: boolean): Chunk {
  const type = symbols.mtmd_input_chunk_get_type(pointer)
  if (type === textType) return { kind: 'text', tokens: textTokens(symbols, pointer) }
  if (type !== imageType) throw new Error(`a chunk of type ${type} where only text and images went in`)
  const nTokens = symbols.mtmd_input_chunk_get_n_tokens(pointer)
  return {
    kind: 'image',
    pointer,
    imageId: symbols.mtmd_input_chunk_get_id(pointer) ?? '',
    nTokens,
    nPos: symbols.mtmd_input_chunk_get_n_pos(pointer),
    isNonCausal: symbols.mtmd_decode_use_non_causal(projector, pointer),
    positions: hasMrope ? mropePositions(symbols, pointer, nTokens) : undefined,
  }
}

function textTokens(symbols: MtmdSymbols, chunk: Pointer): number[] {
  const count = new BigUint64Array(1)
  const tokens = symbols.mtmd_input_chunk_get_tokens_text(chunk, count)
  const n = Number(count[0])
  return n === 0 ? [] : Array.from(new Int32Array(koffi.view(tokens, n * 4)))
}

/** Source of the order: decode_embd_batch::set_position_mrope_2d in mtmd-helper-common.h. */
function mropePositions(symbols: MtmdSymbols, chunk: Pointer, nTokens: number): MropePositions {
  const tokens = symbols.mtmd_input_chunk_get_tokens_image(chunk)
  const at = (firstPos: number) => {
    const positions = new Int32Array(4 * nTokens)
    for (let i = 0; i < nTokens; i++) {
      const { t, x, y, z } = symbols.mtmd_image_tokens_get_decoder_pos(tokens, firstPos, i)
      positions[i] = t
      positions[nTokens + i] = y
      positions[2 * nTokens + i] = x
      positions[3 * nTokens + i] = z
    }
    return positions
  }
  const atZero = at(0)
  return { atZero, slope: at(1).map((position, i) => position - atZero[i]!) }
}
