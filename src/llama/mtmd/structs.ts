// The structs of mtmd.h and mtmd-helper.h (release v0.5.0) as koffi types, and the defaults that
// prove them.
import koffi from 'koffi'

export const MtmdContextParams = koffi.struct('mtmd_context_params', {
  use_gpu: 'bool',
  device: 'void *',
  print_timings: 'bool',
  n_threads: 'int',
  image_marker: 'str',
  media_marker: 'str',
  flash_attn_type: 'int32_t',
  warmup: 'bool',
  image_min_tokens: 'int',
  image_max_tokens: 'int',
  cb_eval: 'void *',
  cb_eval_user_data: 'void *',
  batch_max_tokens: 'int32_t',
  progress_callback: 'void *',
  progress_callback_user_data: 'void *',
})

export const MtmdInputText = koffi.struct('mtmd_input_text', {
  text: 'void *',
  text_len: 'size_t',
  add_special: 'bool',
  parse_special: 'bool',
})

/** Either text or a bitmap. */
export const MtmdInputPart = koffi.struct('mtmd_input_part', { text: 'void *', bitmap: 'void *' })

export const MtmdDecoderPos = koffi.struct('mtmd_decoder_pos', {
  t: 'uint32_t',
  x: 'uint32_t',
  y: 'uint32_t',
  z: 'uint32_t',
})

export const MtmdHelperInitOpt = koffi.struct('mtmd_helper_init_opt', {
  fps_target: 'float',
  ffmpeg_bin_dir: 'void *',
  timestamp_interval_ms: 'int64_t',
})

export const MtmdBitmapWrapper = koffi.struct('mtmd_helper_bitmap_wrapper', { bitmap: 'void *', video_ctx: 'void *' })

export type MtmdContextParamsRecord = Record<string, number | boolean | bigint | string | null>
export type MtmdHelperInitOptRecord = Record<string, number | bigint | null>
export type MtmdDecoderPosRecord = { readonly t: number; readonly x: number; readonly y: number; readonly z: number }

/** The library's defaults if the layouts above are right. */
export const knownMtmdDefaults = {
  context: {
    use_gpu: true,
    device: null,
    print_timings: true,
    n_threads: 4,
    image_marker: null,
    media_marker: '<__media__>',
    flash_attn_type: -1,
    warmup: true,
    image_min_tokens: -1,
    image_max_tokens: -1,
    cb_eval: null,
    batch_max_tokens: 1024,
    progress_callback: null,
  },
  helper: { fps_target: 4, ffmpeg_bin_dir: null, timestamp_interval_ms: 5000 },
} as const
