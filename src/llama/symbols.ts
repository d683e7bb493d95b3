// The functions of llama.h that Cria uses, one-to-one, under their own names. The only knowledge
// here is their signatures.
import koffi, { type LibraryHandle, type TypeObject } from 'koffi'
import {
  Batch,
  ContextParams,
  type ContextParamsRecord,
  LogCallback,
  ModelParams,
  type ModelParamsRecord,
  type Pointer,
  SamplerChainParams,
  TokenDataArray,
} from './structs.ts'

type BatchRecord = Record<string, unknown>

/** Typed handles on the functions of the loaded libraries. */
export type Symbols = ReturnType<typeof bindSymbols>

// biome-ignore lint/suspicious/noExplicitAny: koffi returns untyped functions; their types are stated here, once
type Untyped = any

export function bindSymbols(base: LibraryHandle, ggml: LibraryHandle, llama: LibraryHandle) {
  const f = (definition: string): Untyped => llama.func(definition)
  const g = (definition: string): Untyped => ggml.func(definition)
  const logCallback = koffi.pointer(LogCallback)
  const byStruct = (name: string, result: string | TypeObject, args: Untyped[]): Untyped =>
    llama.func(name, result, args)

  return {
    // backend
    ggml_backend_load_all_from_path: g('void ggml_backend_load_all_from_path(const char *)') as (dir: string) => void,
    ggml_backend_dev_by_type: g('void *ggml_backend_dev_by_type(int)') as (type: number) => Pointer | null,
    ggml_backend_dev_count: g('size_t ggml_backend_dev_count()') as () => number | bigint,
    ggml_backend_dev_get: g('void *ggml_backend_dev_get(size_t)') as (index: number) => Pointer,
    ggml_backend_dev_name: base.func('str ggml_backend_dev_name(void *)') as Untyped as (device: Pointer) => string,
    ggml_backend_dev_description: base.func('str ggml_backend_dev_description(void *)') as Untyped as (
      device: Pointer,
    ) => string,
    ggml_backend_dev_type: base.func('int ggml_backend_dev_type(void *)') as Untyped as (device: Pointer) => number,
    ggml_backend_dev_memory: base.func(
      'void ggml_backend_dev_memory(void *, _Out_ size_t *, _Out_ size_t *)',
    ) as Untyped as (device: Pointer, free: BigUint64Array, total: BigUint64Array) => void,
    ggml_backend_dev_backend_reg: base.func('void *ggml_backend_dev_backend_reg(void *)') as Untyped as (
      device: Pointer,
    ) => Pointer,
    ggml_backend_reg_get_proc_address: base.func(
      'void *ggml_backend_reg_get_proc_address(void *, const char *)',
    ) as Untyped as (registry: Pointer, name: string) => Pointer | null,
    llama_attach_threadpool: f('void llama_attach_threadpool(void *, void *, void *)') as (
      context: Pointer,
      threadpool: Pointer,
      threadpoolBatch: Pointer | null,
    ) => void,
    llama_detach_threadpool: f('void llama_detach_threadpool(void *)') as (context: Pointer) => void,
    llama_backend_init: f('void llama_backend_init()') as () => void,
    llama_numa_init: f('void llama_numa_init(int)') as (strategy: number) => void,
    llama_log_set: byStruct('llama_log_set', 'void', [logCallback, 'void *']) as (
      callback: bigint | null,
      data: null,
    ) => void,
    llama_supports_gpu_offload: f('bool llama_supports_gpu_offload()') as () => boolean,
    llama_max_devices: f('size_t llama_max_devices()') as () => number,

    // model
    llama_model_default_params: byStruct('llama_model_default_params', ModelParams, []) as () => ModelParamsRecord,
    llama_model_load_from_file: byStruct('llama_model_load_from_file', 'void *', ['str', ModelParams]) as (
      path: string,
      params: ModelParamsRecord,
    ) => Pointer | null,
    llama_model_free: f('void llama_model_free(void *)') as (model: Pointer) => void,
    llama_model_get_vocab: f('void *llama_model_get_vocab(void *)') as (model: Pointer) => Pointer,
    llama_model_n_ctx_train: f('int32_t llama_model_n_ctx_train(void *)') as (model: Pointer) => number,
    llama_model_n_embd: f('int32_t llama_model_n_embd(void *)') as (model: Pointer) => number,
    llama_model_n_embd_out: f('int32_t llama_model_n_embd_out(void *)') as (model: Pointer) => number,
    llama_model_n_cls_out: f('uint32_t llama_model_n_cls_out(void *)') as (model: Pointer) => number,
    llama_model_meta_val_str: f('int32_t llama_model_meta_val_str(void *, const char *, void *, size_t)') as (
      model: Pointer,
      key: string,
      out: Uint8Array,
      size: number,
    ) => number,
    llama_model_n_embd_inp: f('int32_t llama_model_n_embd_inp(void *)') as (model: Pointer) => number,
    llama_model_rope_type: f('int llama_model_rope_type(void *)') as (model: Pointer) => number,
    llama_model_n_swa: f('int32_t llama_model_n_swa(void *)') as (model: Pointer) => number,
    llama_model_is_recurrent: f('bool llama_model_is_recurrent(void *)') as (model: Pointer) => boolean,
    llama_model_is_hybrid: f('bool llama_model_is_hybrid(void *)') as (model: Pointer) => boolean,
    llama_model_has_decoder: f('bool llama_model_has_decoder(void *)') as (model: Pointer) => boolean,
    llama_model_size: f('uint64_t llama_model_size(void *)') as (model: Pointer) => number,
    llama_model_n_params: f('uint64_t llama_model_n_params(void *)') as (model: Pointer) => number,
    llama_model_desc: f('int32_t llama_model_desc(void *, void *, size_t)') as (
      model: Pointer,
      out: Uint8Array,
      size: number,
    ) => number,
    llama_model_chat_template: f('const char *llama_model_chat_template(void *, const char *)') as (
      model: Pointer,
      name: string | null,
    ) => string | null,

    // adapters
    llama_adapter_lora_init: f('void *llama_adapter_lora_init(void *, const char *)') as (
      model: Pointer,
      path: string,
    ) => Pointer | null,
    llama_adapter_meta_val_str: f('int32_t llama_adapter_meta_val_str(const void *, const char *, void *, size_t)') as (
      adapter: Pointer,
      key: string,
      out: Uint8Array,
      size: number,
    ) => number,
    llama_set_adapters_lora: f('int32_t llama_set_adapters_lora(void *, const void *, size_t, const void *)') as (
      context: Pointer,
      adapters: BigUint64Array,
      nAdapters: number,
      scales: Float32Array,
    ) => number,

    // vocabulary
    llama_vocab_n_tokens: f('int32_t llama_vocab_n_tokens(void *)') as (vocab: Pointer) => number,
    llama_vocab_bos: f('int32_t llama_vocab_bos(void *)') as (vocab: Pointer) => number,
    llama_vocab_eos: f('int32_t llama_vocab_eos(void *)') as (vocab: Pointer) => number,
    llama_vocab_eot: f('int32_t llama_vocab_eot(void *)') as (vocab: Pointer) => number,
    llama_vocab_nl: f('int32_t llama_vocab_nl(void *)') as (vocab: Pointer) => number,
    llama_vocab_fim_pre: f('int32_t llama_vocab_fim_pre(void *)') as (vocab: Pointer) => number,
    llama_vocab_fim_suf: f('int32_t llama_vocab_fim_suf(void *)') as (vocab: Pointer) => number,
    llama_vocab_fim_mid: f('int32_t llama_vocab_fim_mid(void *)') as (vocab: Pointer) => number,
    llama_vocab_fim_rep: f('int32_t llama_vocab_fim_rep(void *)') as (vocab: Pointer) => number,
    llama_vocab_fim_sep: f('int32_t llama_vocab_fim_sep(void *)') as (vocab: Pointer) => number,
    llama_vocab_get_add_bos: f('bool llama_vocab_get_add_bos(void *)') as (vocab: Pointer) => boolean,
    llama_vocab_sep: f('int32_t llama_vocab_sep(void *)') as (vocab: Pointer) => number,
    llama_vocab_get_add_eos: f('bool llama_vocab_get_add_eos(void *)') as (vocab: Pointer) => boolean,
    llama_vocab_get_add_sep: f('bool llama_vocab_get_add_sep(void *)') as (vocab: Pointer) => boolean,
    llama_vocab_is_eog: f('bool llama_vocab_is_eog(void *, int32_t)') as (vocab: Pointer, token: number) => boolean,
    llama_vocab_get_text: f('const char *llama_vocab_get_text(void *, int32_t)') as (
      vocab: Pointer,
      token: number,
    ) => string,
    llama_vocab_get_attr: f('int llama_vocab_get_attr(void *, int32_t)') as (vocab: Pointer, token: number) => number,
    llama_tokenize: f('int32_t llama_tokenize(void *, const void *, int32_t, void *, int32_t, bool, bool)') as (
      vocab: Pointer,
      text: Uint8Array,
      nBytes: number,
      out: Int32Array,
      capacity: number,
      addSpecial: boolean,
      parseSpecial: boolean,
    ) => number,
    llama_token_to_piece: f('int32_t llama_token_to_piece(void *, int32_t, void *, int32_t, int32_t, bool)') as (
      vocab: Pointer,
      token: number,
      out: Uint8Array,
      capacity: number,
      lstrip: number,
      special: boolean,
    ) => number,
    llama_detokenize: f('int32_t llama_detokenize(void *, void *, int32_t, void *, int32_t, bool, bool)') as (
      vocab: Pointer,
      tokens: Int32Array,
      nTokens: number,
      out: Uint8Array,
      capacity: number,
      removeSpecial: boolean,
      unparseSpecial: boolean,
    ) => number,

    // context
    llama_context_default_params: byStruct(
      'llama_context_default_params',
      ContextParams,
      [],
    ) as () => ContextParamsRecord,
    llama_init_from_model: byStruct('llama_init_from_model', 'void *', ['void *', ContextParams]) as (
      model: Pointer,
      params: ContextParamsRecord,
    ) => Pointer | null,
    llama_free: f('void llama_free(void *)') as (context: Pointer) => void,
    llama_n_ctx_seq: f('uint32_t llama_n_ctx_seq(void *)') as (context: Pointer) => number,
    llama_n_threads: f('int32_t llama_n_threads(void *)') as (context: Pointer) => number,
    llama_n_threads_batch: f('int32_t llama_n_threads_batch(void *)') as (context: Pointer) => number,
    llama_get_memory: f('void *llama_get_memory(void *)') as (context: Pointer) => Pointer | null,
    llama_memory_can_shift: f('bool llama_memory_can_shift(void *)') as (memory: Pointer) => boolean,
    llama_memory_seq_rm: f('bool llama_memory_seq_rm(void *, int32_t, int32_t, int32_t)') as (
      memory: Pointer,
      seqId: number,
      start: number,
      end: number,
    ) => boolean,
    llama_memory_seq_cp: f('void llama_memory_seq_cp(void *, int32_t, int32_t, int32_t, int32_t)') as (
      memory: Pointer,
      from: number,
      to: number,
      start: number,
      end: number,
    ) => void,
    llama_memory_seq_add: f('void llama_memory_seq_add(void *, int32_t, int32_t, int32_t, int32_t)') as (
      memory: Pointer,
      seqId: number,
      start: number,
      end: number,
      delta: number,
    ) => void,
    llama_memory_seq_pos_max: f('int32_t llama_memory_seq_pos_max(void *, int32_t)') as (
      memory: Pointer,
      seqId: number,
    ) => number,
    llama_state_seq_get_size: f('size_t llama_state_seq_get_size(void *, int32_t)') as (
      context: Pointer,
      seqId: number,
    ) => number,
    llama_state_seq_get_data: f('size_t llama_state_seq_get_data(void *, void *, size_t, int32_t)') as (
      context: Pointer,
      out: Uint8Array,
      size: number,
      seqId: number,
    ) => number,
    llama_state_seq_set_data: f('size_t llama_state_seq_set_data(void *, const void *, size_t, int32_t)') as (
      context: Pointer,
      state: Uint8Array,
      size: number,
      seqId: number,
    ) => number,
    llama_batch_init: byStruct('llama_batch_init', Batch, ['int32_t', 'int32_t', 'int32_t']) as (
      nTokens: number,
      embd: number,
      nSeqMax: number,
    ) => BatchRecord,
    llama_batch_free: byStruct('llama_batch_free', 'void', [Batch]) as (batch: BatchRecord) => void,
    llama_decode: byStruct('llama_decode', 'int32_t', ['void *', Batch]) as (
      context: Pointer,
      batch: BatchRecord,
    ) => number,
    llama_encode: byStruct('llama_encode', 'int32_t', ['void *', Batch]) as (
      context: Pointer,
      batch: BatchRecord,
    ) => number,
    llama_set_embeddings: f('void llama_set_embeddings(void *, bool)') as (
      context: Pointer,
      wantsEmbeddings: boolean,
    ) => void,
    llama_get_embeddings: f('void *llama_get_embeddings(void *)') as (context: Pointer) => Pointer | null,
    llama_get_embeddings_seq: f('void *llama_get_embeddings_seq(void *, int32_t)') as (
      context: Pointer,
      seqId: number,
    ) => Pointer | null,
    llama_set_causal_attn: f('void llama_set_causal_attn(void *, bool)') as (
      context: Pointer,
      isCausal: boolean,
    ) => void,
    llama_get_logits_ith: f('void *llama_get_logits_ith(void *, int32_t)') as (
      context: Pointer,
      row: number,
    ) => Pointer | null,

    // samplers
    llama_sampler_chain_init: byStruct('llama_sampler_chain_init', 'void *', [SamplerChainParams]) as (params: {
      no_perf: boolean
    }) => Pointer,
    llama_sampler_chain_add: f('void llama_sampler_chain_add(void *, void *)') as (
      chain: Pointer,
      sampler: Pointer,
    ) => void,
    llama_sampler_free: f('void llama_sampler_free(void *)') as (sampler: Pointer) => void,
    llama_sampler_accept: f('void llama_sampler_accept(void *, int32_t)') as (sampler: Pointer, token: number) => void,
    llama_sampler_apply: byStruct('llama_sampler_apply', 'void', [
      'void *',
      koffi.inout(koffi.pointer(TokenDataArray)),
    ]) as (sampler: Pointer, candidates: CandidateArrayRecord) => void,
    llama_sampler_sample: f('int32_t llama_sampler_sample(void *, void *, int32_t)') as (
      sampler: Pointer,
      context: Pointer,
      row: number,
    ) => number,
    llama_sampler_init_greedy: f('void *llama_sampler_init_greedy()') as () => Pointer,
    llama_sampler_init_dist: f('void *llama_sampler_init_dist(uint32_t)') as (seed: number) => Pointer,
    llama_sampler_init_top_k: f('void *llama_sampler_init_top_k(int32_t)') as (k: number) => Pointer,
    llama_sampler_init_top_p: f('void *llama_sampler_init_top_p(float, size_t)') as (
      p: number,
      minKeep: number,
    ) => Pointer,
    llama_sampler_init_min_p: f('void *llama_sampler_init_min_p(float, size_t)') as (
      p: number,
      minKeep: number,
    ) => Pointer,
    llama_sampler_init_infill: f('void *llama_sampler_init_infill(void *)') as (vocab: Pointer) => Pointer,
    llama_sampler_init_typical: f('void *llama_sampler_init_typical(float, size_t)') as (
      p: number,
      minKeep: number,
    ) => Pointer,
    llama_sampler_init_temp_ext: f('void *llama_sampler_init_temp_ext(float, float, float)') as (
      temperature: number,
      range: number,
      exponent: number,
    ) => Pointer,
    llama_sampler_init_xtc: f('void *llama_sampler_init_xtc(float, float, size_t, uint32_t)') as (
      probability: number,
      threshold: number,
      minKeep: number,
      seed: number,
    ) => Pointer,
    llama_sampler_init_top_n_sigma: f('void *llama_sampler_init_top_n_sigma(float)') as (n: number) => Pointer,
    llama_sampler_init_mirostat: f('void *llama_sampler_init_mirostat(int32_t, uint32_t, float, float, int32_t)') as (
      nVocab: number,
      seed: number,
      tau: number,
      eta: number,
      m: number,
    ) => Pointer,
    llama_sampler_init_mirostat_v2: f('void *llama_sampler_init_mirostat_v2(uint32_t, float, float)') as (
      seed: number,
      tau: number,
      eta: number,
    ) => Pointer,
    llama_sampler_init_grammar: f('void *llama_sampler_init_grammar(void *, const char *, const char *)') as (
      vocab: Pointer,
      grammar: string,
      root: string,
    ) => Pointer | null,
    llama_sampler_init_penalties: f('void *llama_sampler_init_penalties(int32_t, int32_t, float, float, float)') as (
      nVocab: number,
      lastN: number,
      repeat: number,
      frequency: number,
      presence: number,
    ) => Pointer,
    llama_sampler_init_dry: f(
      'void *llama_sampler_init_dry(void *, float, float, int32_t, int32_t, const char **, size_t)',
    ) as (
      vocab: Pointer,
      multiplier: number,
      base: number,
      allowedLength: number,
      lastN: number,
      breakers: readonly string[],
      nBreakers: number,
    ) => Pointer,
    llama_sampler_init_logit_bias: f('void *llama_sampler_init_logit_bias(int32_t, int32_t, const void *)') as (
      nVocab: number,
      nBias: number,
      bias: Uint8Array,
    ) => Pointer,
  }
}

/** `llama_token_data_array` by value; written back after a call that reorders or cuts it. */
export type CandidateArrayRecord = { data: Pointer; size: number; selected: number; sorted: boolean }
