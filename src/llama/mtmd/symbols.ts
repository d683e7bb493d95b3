// The functions of mtmd.h that Cria uses, one-to-one, under their own names. The only knowledge
// here is their signatures.
import koffi, { type LibraryHandle, type TypeObject } from 'koffi'
import { LogCallback, type Pointer } from '../structs.ts'
import {
  MtmdBitmapWrapper,
  MtmdContextParams,
  type MtmdContextParamsRecord,
  MtmdDecoderPos,
  type MtmdDecoderPosRecord,
  MtmdHelperInitOpt,
  type MtmdHelperInitOptRecord,
} from './structs.ts'

export type MtmdSymbols = ReturnType<typeof bindMtmdSymbols>

// biome-ignore lint/suspicious/noExplicitAny: koffi returns untyped functions; their types are stated here, once
type Untyped = any

export function bindMtmdSymbols(library: LibraryHandle) {
  const f = (definition: string): Untyped => library.func(definition)
  const byStruct = (name: string, result: string | TypeObject, args: Untyped[]): Untyped =>
    library.func(name, result, args)

  return {
    mtmd_helper_log_set: byStruct('mtmd_helper_log_set', 'void', [koffi.pointer(LogCallback), 'void *']) as (
      callback: bigint | null,
      data: null,
    ) => void,

    // context
    mtmd_context_params_default: byStruct(
      'mtmd_context_params_default',
      MtmdContextParams,
      [],
    ) as () => MtmdContextParamsRecord,
    mtmd_init_from_file: byStruct('mtmd_init_from_file', 'void *', ['str', 'void *', MtmdContextParams]) as (
      path: string,
      model: Pointer,
      params: MtmdContextParamsRecord,
    ) => Pointer | null,
    mtmd_free: f('void mtmd_free(void *)') as (context: Pointer) => void,
    mtmd_support_vision: f('bool mtmd_support_vision(void *)') as (context: Pointer) => boolean,
    mtmd_decode_use_mrope: f('bool mtmd_decode_use_mrope(void *)') as (context: Pointer) => boolean,
    mtmd_decode_use_non_causal: f('bool mtmd_decode_use_non_causal(void *, void *)') as (
      context: Pointer,
      chunk: Pointer,
    ) => boolean,

    // images
    mtmd_helper_init_opt_default: byStruct(
      'mtmd_helper_init_opt_default',
      MtmdHelperInitOpt,
      [],
    ) as () => MtmdHelperInitOptRecord,
    mtmd_helper_bitmap_init_from_buf: byStruct('mtmd_helper_bitmap_init_from_buf', MtmdBitmapWrapper, [
      'void *',
      'void *',
      'size_t',
      'bool',
      MtmdHelperInitOpt,
    ]) as (
      context: Pointer,
      bytes: Uint8Array,
      nBytes: number,
      isPlaceholder: boolean,
      options: MtmdHelperInitOptRecord,
    ) => { readonly bitmap: Pointer | null; readonly video_ctx: Pointer | null },
    mtmd_bitmap_get_nx: f('uint32_t mtmd_bitmap_get_nx(void *)') as (bitmap: Pointer) => number,
    mtmd_bitmap_get_ny: f('uint32_t mtmd_bitmap_get_ny(void *)') as (bitmap: Pointer) => number,
    mtmd_bitmap_init: f('void *mtmd_bitmap_init(uint32_t, uint32_t, void *)') as (
      width: number,
      height: number,
      rgb: Uint8Array,
    ) => Pointer,
    mtmd_bitmap_get_data: f('void *mtmd_bitmap_get_data(void *)') as (bitmap: Pointer) => Pointer,
    mtmd_bitmap_get_id: f('const char *mtmd_bitmap_get_id(void *)') as (bitmap: Pointer) => string | null,
    mtmd_bitmap_set_id: f('void mtmd_bitmap_set_id(void *, str)') as (bitmap: Pointer, id: string | null) => void,
    mtmd_bitmap_free: f('void mtmd_bitmap_free(void *)') as (bitmap: Pointer) => void,

    // chunks
    mtmd_tokenize_from_parts: f('int32_t mtmd_tokenize_from_parts(void *, void *, void *, size_t, bool)') as (
      context: Pointer,
      out: Pointer,
      parts: Pointer,
      nParts: number,
      addSpecial: boolean,
    ) => number,
    mtmd_input_chunks_init: f('void *mtmd_input_chunks_init()') as () => Pointer,
    mtmd_input_chunks_size: f('size_t mtmd_input_chunks_size(void *)') as (chunks: Pointer) => number,
    mtmd_input_chunks_get: f('void *mtmd_input_chunks_get(void *, size_t)') as (
      chunks: Pointer,
      index: number,
    ) => Pointer,
    mtmd_input_chunks_free: f('void mtmd_input_chunks_free(void *)') as (chunks: Pointer) => void,
    mtmd_input_chunk_get_type: f('int mtmd_input_chunk_get_type(void *)') as (chunk: Pointer) => number,
    mtmd_input_chunk_get_id: f('const char *mtmd_input_chunk_get_id(void *)') as (chunk: Pointer) => string | null,
    mtmd_input_chunk_get_n_tokens: f('size_t mtmd_input_chunk_get_n_tokens(void *)') as (chunk: Pointer) => number,
    mtmd_input_chunk_get_n_pos: f('int32_t mtmd_input_chunk_get_n_pos(void *)') as (chunk: Pointer) => number,
    mtmd_input_chunk_get_tokens_text: f('void *mtmd_input_chunk_get_tokens_text(void *, void *)') as (
      chunk: Pointer,
      nTokens: BigUint64Array,
    ) => Pointer,
    mtmd_input_chunk_get_tokens_image: f('void *mtmd_input_chunk_get_tokens_image(void *)') as (
      chunk: Pointer,
    ) => Pointer,
    mtmd_image_tokens_get_decoder_pos: byStruct('mtmd_image_tokens_get_decoder_pos', MtmdDecoderPos, [
      'void *',
      'int32_t',
      'size_t',
    ]) as (tokens: Pointer, firstPos: number, index: number) => MtmdDecoderPosRecord,

    // encoding
    mtmd_encode_chunk: f('int32_t mtmd_encode_chunk(void *, void *)') as (context: Pointer, chunk: Pointer) => number,
    mtmd_get_output_embd: f('void *mtmd_get_output_embd(void *)') as (context: Pointer) => Pointer | null,
  }
}
