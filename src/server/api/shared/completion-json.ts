// The answers of /completion: the specification's names and, beside them, those of the current
// llama-server.
import { textOf } from '../../../base/utf8.ts'
import type { Vocab } from '../../../llama/vocab.ts'
import type { GenerationOptions } from '../../../options/generation-fields.ts'
import type { TokenProbs } from '../../../protocol/event.ts'
import type { ProgressEvent } from '../../../protocol/report.ts'
import type { SamplingParams } from '../../../protocol/task.ts'
import type { Prompt } from '../../generate/prompt.ts'
import type { TaskBody } from '../../generate/request-maker.ts'
import type { FinishEvent, TextEvent } from '../../generate/run.ts'
import type { Model } from '../../model/model.ts'
import { pickFields } from './pick-fields.ts'
import { progressJson } from './progress-json.ts'
import { timingsJson } from './timings-json.ts'
import { escapes, tokenName } from './token-name.ts'

/** The parts of the request that the answer contains. */
export type Asked = {
  readonly fields: GenerationOptions
  readonly prompt: Prompt
  /** Index in a list of prompts. */
  readonly index: number | undefined
  readonly sampling: SamplingParams | undefined
  readonly modelName: string
  /** Tokens that end a text. */
  readonly endOfGeneration: readonly number[]
  readonly nCtx: number
}

export function partialJson(asked: Asked, event: TextEvent, vocab: Vocab): Record<string, unknown> {
  const { fields, index } = asked
  return {
    ...(index === undefined ? {} : { index }),
    content: event.text,
    stop: false,
    slot_id: event.slotId,
    id_slot: event.slotId,
    multimodal: asked.prompt.images !== undefined,
    tokens: event.tokens,
    tokens_predicted: event.timings.nPredicted,
    tokens_evaluated: event.timings.nCached + event.timings.nPrompt,
    ...(fields.nProbs > 0
      ? { completion_probabilities: probabilitiesJson(event.probs, vocab, fields.postSamplingProbs) }
      : {}),
    ...(fields.timingsPerToken ? { timings: timingsJson(event) } : {}),
  }
}

/** A partial answer without text: the task waits, or its prompt is being computed. */
export function progressPartialJson({ fields, index }: Asked, event: ProgressEvent): Record<string, unknown> {
  const common = { ...(index === undefined ? {} : { index }), content: '', stop: false, tokens: [] }
  if (event.kind === 'queued') return { ...common, ...progressJson(event, fields) }
  const { slotId, nTotal } = event
  const slot = { slot_id: slotId, id_slot: slotId, tokens_predicted: 0, tokens_evaluated: nTotal }
  return { ...common, ...slot, ...progressJson(event, fields) }
}

export function finalJson(
  asked: Asked,
  event: FinishEvent,
  vocab: Vocab,
  { isStream, hasNewLine }: { isStream: boolean; hasNewLine: boolean },
): Record<string, unknown> {
  const { fields } = asked
  const answer = {
    index: asked.index ?? 0,
    content: event.text,
    tokens: fields.returnTokens ? event.tokens : [],
    slot_id: event.slotId,
    id_slot: event.slotId,
    stop: true,
    model: asked.modelName,
    tokens_predicted: event.timings.nPredicted,
    tokens_evaluated: event.nPromptTokens,
    generation_settings: settingsJson(asked),
    prompt: asked.prompt.given,
    has_new_line: hasNewLine,
    truncated: event.truncated,
    stop_type: event.reason,
    stopped_eos: event.reason === 'eos',
    stopped_limit: event.reason === 'limit',
    stopped_word: event.reason === 'word',
    stopping_word: event.stoppingWord,
    tokens_cached: event.nPast,
    timings: timingsJson(event),
    ...(fields.nProbs > 0 && !isStream
      ? { completion_probabilities: probabilitiesJson(event.probs, vocab, fields.postSamplingProbs) }
      : {}),
  }
  return pickFields(answer, fields.responseFields)
}

/** The answer to an empty prompt. */
export function emptyJson(asked: Asked): Record<string, unknown> {
  const answer = {
    index: asked.index ?? 0,
    content: '',
    tokens: [],
    slot_id: -1,
    id_slot: -1,
    stop: true,
    model: asked.modelName,
    tokens_predicted: 0,
    tokens_evaluated: 0,
    generation_settings: settingsJson(asked),
    prompt: asked.prompt.given,
    has_new_line: false,
    truncated: false,
    stop_type: 'none',
    stopped_eos: false,
    stopped_limit: false,
    stopped_word: false,
    stopping_word: '',
    tokens_cached: 0,
    timings: timingsJson({ timings: { nCached: 0, nPrompt: 0, promptMs: 0, nPredicted: 0, predictedMs: 0 } }),
  }
  return pickFields(answer, asked.fields.responseFields)
}

/**
 * `probs` after the sampling chain, as in the specification; beside it logprobs from the raw
 * logits, as in the current llama-server.
 */
function probabilitiesJson(probs: readonly TokenProbs[], vocab: Vocab, isPostSampling: boolean): unknown[] {
  return probs.map((entry) => ({
    content: specifiedName(Array.from(vocab.piece(entry.token))),
    probs: entry.probs.map(({ prob, bytes }) => ({ tok_str: specifiedName(bytes), prob })),
    id: entry.token,
    token: tokenName(entry.bytes),
    bytes: entry.bytes,
    ...(isPostSampling
      ? {
          prob: entry.prob,
          top_probs: entry.probs
            .filter(({ prob }) => prob > 0)
            .map(({ token, prob, bytes }) => ({ id: token, token: tokenName(bytes), bytes, prob })),
        }
      : {
          logprob: finite(entry.logprob),
          top_logprobs: entry.topLogprobs.map(({ token, logprob, bytes }) => ({
            id: token,
            token: tokenName(bytes),
            bytes,
            logprob: finite(logprob),
          })),
        }),
  }))
}

/** The name in the specification's form. */
function specifiedName(bytes: readonly number[]): string {
  const text = textOf(Uint8Array.from(bytes))
  return text.includes('\ufffd') ? `byte: ${escapes(bytes)}` : text
}

/** JSON has no -Infinity: the lowest float stands for it, as in llama-server. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : -3.4028234663852886e38
}

/**
 * The options of the request as they took effect, under the names of the specification and of the
 * current llama-server.
 */
export function settingsJson(asked: Omit<Asked, 'prompt' | 'index'>): object {
  const { fields, sampling, modelName, nCtx, endOfGeneration } = asked
  const penaltyTokens = sampling?.penaltyPrompt
  return {
    n_ctx: nCtx,
    model: modelName,
    seed: sampling?.seed ?? fields.seed,
    temperature: fields.temperature,
    dynatemp_range: fields.dynatempRange,
    dynatemp_exponent: fields.dynatempExponent,
    top_k: fields.topK,
    top_p: fields.topP,
    min_p: fields.minP,
    top_n_sigma: fields.topNSigma,
    tfs_z: fields.tfsZ,
    typical_p: fields.typicalP,
    xtc_probability: fields.xtcProbability,
    xtc_threshold: fields.xtcThreshold,
    repeat_last_n: fields.repeatLastN,
    repeat_penalty: fields.repeatPenalty,
    presence_penalty: fields.presencePenalty,
    frequency_penalty: fields.frequencyPenalty,
    penalty_prompt_tokens: penaltyTokens ?? [],
    use_penalty_prompt_tokens: penaltyTokens !== undefined,
    dry_multiplier: fields.dryMultiplier,
    dry_base: fields.dryBase,
    dry_allowed_length: fields.dryAllowedLength,
    dry_penalty_last_n: fields.dryPenaltyLastN,
    dry_sequence_breakers: fields.drySequenceBreakers,
    mirostat: fields.mirostat,
    mirostat_tau: fields.mirostatTau,
    mirostat_eta: fields.mirostatEta,
    penalize_nl: fields.penalizeNl,
    stop: fields.stop,
    n_predict: fields.nPredict,
    max_tokens: fields.nPredict,
    n_keep: fields.nKeep,
    n_discard: fields.nDiscard,
    n_indent: fields.nIndent,
    t_max_predict_ms: fields.tMaxPredictMs,
    ignore_eos: fields.ignoreEos,
    stream: fields.stream,
    logit_bias: [
      ...(sampling?.logitBias ?? []),
      ...(fields.ignoreEos ? endOfGeneration.map((token) => [token, null] as const) : []),
    ].map(([token, bias]) => ({ token, bias })),
    n_probs: fields.nProbs,
    min_keep: fields.minKeep,
    grammar: sampling?.grammar ?? fields.grammar,
    samplers: fields.samplers,
    cache_prompt: fields.cachePrompt,
    timings_per_token: fields.timingsPerToken,
    post_sampling_probs: fields.postSamplingProbs,
    backend_sampling: false,
    lora: fields.lora,
    // adaptive sampling is off
    adaptive_target: -1,
    adaptive_decay: 0.9,
  }
}

/** The answer of /completion to a task of another dialect, for its `verbose` requests. */
export function verboseJson(
  fields: GenerationOptions,
  { prompt, sampling }: TaskBody,
  event: FinishEvent,
  { info, tokenizer, name }: Model,
): Record<string, unknown> {
  const { vocab } = tokenizer
  const { nCtxSlot } = info
  const given = { given: vocab.detokenize(prompt), tokens: prompt }
  const { endOfGeneration } = vocab
  const asked = { fields, prompt: given, index: undefined, sampling, modelName: name, nCtx: nCtxSlot, endOfGeneration }
  return finalJson(asked, event, vocab, { isStream: fields.stream, hasNewLine: event.text.includes('\n') })
}
