// The request fields of every route that generates: sampling, limits, and the contents of the
// answer. Source of names and defaults: the README of llama-server in the release that Cria is made
// for, and the current llama-server's README for newer names.
import { badField } from '../base/errors.ts'
import { adapterScalesSchema } from './adapter-scales.ts'
import type { Field, ReadBy } from './field.ts'
import {
  anyInteger,
  anyObject,
  anyOf,
  anything,
  array,
  boolean,
  described,
  integer,
  nullable,
  number,
  object,
  oneOf,
  openObject,
  positive,
  record,
  type Schema,
  string,
  tuple,
  type ValueOf,
} from './schema.ts'
import { readSeed, seedSchema } from './seed.ts'

/** The maximum number of stop strings of one request. */
const maxStops = 1024

/** Total length of the stop strings: their scanner uses memory for each of their characters. */
const maxStopLength = 65_536

const stops = described(
  `is not a string or an array of at most ${maxStops} strings`,
  anyOf(string, array(string, { maxItems: maxStops })),
)

/** libllama looks for each of them in all tokens of the vocabulary. */
const maxBreakers = 32

const breakers = described(
  `is not an array of 1 to ${maxBreakers} strings`,
  array(string, { minItems: 1, maxItems: maxBreakers }),
)

/** A string, or token ids. */
const text = described('is not a string or an array of token ids', anyOf(string, array({ ...anyInteger, minimum: 0 })))

const bias = anyOf(number(), oneOf(false))

/** Each text among them is tokenized separately. */
const maxBiases = 16_384

const biases: Schema<Readonly<Record<string, number | false>>> = { ...record(bias), maxProperties: maxBiases }
const logitBias = described(
  `is not a list of [token, number or false], nor an object of token and number or false, of at most ${maxBiases}`,
  anyOf(array(tuple(anyOf(anyInteger, string), bias), { maxItems: maxBiases }), biases),
)
export type LogitBias = ValueOf<typeof logitBias>

/** The order of samplers when a request does not give one. */
export const defaultSamplers = [
  'penalties',
  'dry',
  'top_n_sigma',
  'top_k',
  'tfs_z',
  'typical_p',
  'top_p',
  'min_p',
  'xtc',
  'temperature',
] as const
export const samplerNames = [...defaultSamplers, 'infill'] as const
export type SamplerName = (typeof samplerNames)[number]

const samplers = array(oneOf(...samplerNames, 'typ_p'), { uniqueItems: true })

/** Each sampler once, under llama.cpp's first name. */
function readSamplers(given: ValueOf<typeof samplers>): readonly SamplerName[] {
  return [...new Set(given.map((name) => (name === 'typ_p' ? 'typical_p' : name)))]
}

export const samplingFields = {
  temperature: {
    names: ['temperature'],
    schema: number(),
    default: 0.8,
    help: 'Randomness of the text; 0 or less always picks the most likely token.',
  },
  dynatempRange: {
    names: ['dynatemp_range'],
    schema: number(0),
    default: 0,
    help: 'The temperature moves by the entropy within temperature ± this; 0 is off.',
  },
  dynatempExponent: {
    names: ['dynatemp_exponent'],
    schema: number(0),
    default: 1,
    help: 'The exponent that maps entropy to temperature.',
  },
  topK: {
    names: ['top_k'],
    schema: integer(-1),
    default: 40,
    help: 'Keep the K most likely tokens; 0 or -1 keeps all.',
  },
  topP: {
    names: ['top_p'],
    schema: number(0, 1),
    default: 0.95,
    help: 'Keep the most likely tokens that together reach this probability.',
  },
  minP: {
    names: ['min_p'],
    schema: number(0, 1),
    default: 0.05,
    help: 'Keep tokens that are at least this likely, relative to the most likely one.',
  },
  topNSigma: {
    names: ['top_n_sigma'],
    schema: number(),
    default: -1,
    help: 'Keep tokens whose logit is within n standard deviations of the best; 0 or less is off.',
  },
  tfsZ: { names: ['tfs_z'], schema: number(0, 1), default: 1, help: 'Tail free sampling; 1 is off.' },
  typicalP: {
    names: ['typical_p', 'typ_p'],
    schema: number(0, 1),
    default: 1,
    help: 'Locally typical sampling; 1 is off.',
  },
  xtcProbability: {
    names: ['xtc_probability'],
    schema: number(0, 1),
    default: 0,
    help: 'The probability with which XTC removes the most likely tokens; 0 is off.',
  },
  xtcThreshold: {
    names: ['xtc_threshold'],
    schema: number(0, 1),
    default: 0.1,
    help: 'How likely a token must be for XTC to remove it.',
  },
  minKeep: {
    names: ['min_keep'],
    schema: integer(0),
    default: 0,
    help: 'Minimum number of tokens that samplers must keep.',
  },
  samplers: {
    names: ['samplers'],
    schema: samplers,
    read: readSamplers,
    default: defaultSamplers,
    help: 'The samplers, in order. `infill` is for fill-in-the-middle: it merges tokens with a common prefix, and ends the text rather than guess.',
  },
  repeatPenalty: {
    names: ['repeat_penalty', 'repetition_penalty'],
    schema: positive(),
    default: 1.1,
    help: 'Divides the logit of tokens that have already appeared; 1 is off.',
  },
  repeatLastN: {
    names: ['repeat_last_n'],
    schema: integer(-1),
    default: 64,
    help: 'The number of last tokens that the penalties consider; 0 is off, -1 the whole context.',
  },
  penalizeNl: {
    names: ['penalize_nl'],
    schema: boolean,
    default: true,
    help: 'Whether the penalties apply to the newline token.',
  },
  presencePenalty: {
    names: ['presence_penalty'],
    schema: number(),
    default: 0,
    help: 'Subtracted from the logit of tokens that have already appeared; 0 is off.',
  },
  frequencyPenalty: {
    names: ['frequency_penalty'],
    schema: number(),
    default: 0,
    help: 'Subtracted from the logit of a token once for each time it has appeared; 0 is off.',
  },
  penaltyPrompt: {
    names: ['penalty_prompt'],
    schema: text,
    help: 'Text that the penalties use instead of the prompt: a string or token ids.',
  },
  dryMultiplier: { names: ['dry_multiplier'], schema: number(0), default: 0, help: 'DRY penalty; 0 is off.' },
  dryBase: { names: ['dry_base'], schema: number(1), default: 1.75, help: 'Base of the DRY penalty.' },
  dryAllowedLength: {
    names: ['dry_allowed_length'],
    schema: integer(0),
    default: 2,
    help: 'Repetitions up to this length are not penalized.',
  },
  dryPenaltyLastN: {
    names: ['dry_penalty_last_n'],
    schema: integer(-1),
    default: 64,
    help: 'The number of last tokens that DRY considers; 0 is off, -1 the whole context.',
  },
  drySequenceBreakers: {
    names: ['dry_sequence_breakers'],
    schema: breakers,
    default: ['\n', ':', '"', '*'],
    help: 'Strings that end a repetition for DRY.',
  },
  mirostat: {
    names: ['mirostat'],
    schema: integer(0, 2),
    default: 0,
    help: 'Mirostat 1 or 2 instead of the other samplers; 0 is off.',
  },
  mirostatTau: { names: ['mirostat_tau'], schema: number(0), default: 5, help: 'Target entropy of Mirostat.' },
  mirostatEta: { names: ['mirostat_eta'], schema: number(0), default: 0.1, help: 'Learning rate of Mirostat.' },
  grammar: {
    names: ['grammar', 'guided_grammar'],
    schema: string,
    default: '',
    help: 'A GBNF grammar that the text must follow.',
  },
  seed: {
    names: ['seed'],
    schema: seedSchema,
    read: readSeed,
    default: -1,
    help: 'Seed of the random numbers of this request, any 64-bit integer; -1 picks a random one.',
  },
  ignoreEos: {
    names: ['ignore_eos'],
    schema: boolean,
    default: false,
    help: 'Never choose an end-of-generation token.',
  },
  logitBias: {
    names: ['logit_bias'],
    schema: logitBias,
    default: [],
    help: 'Pairs of a token (id or text) and the bias added to its logit; false bans the token.',
  },
} as const satisfies Record<string, Field<never> | Field>

/** The system prompt of the whole server, given by a request or by the file of -spf. */
export const systemPromptSchema = described(
  'is not an object with "prompt" and, if wanted, "anti_prompt" and "assistant_name", all strings',
  object({ prompt: string, anti_prompt: string, assistant_name: string }, ['prompt']),
)
export type GivenSystemPrompt = ValueOf<typeof systemPromptSchema>

export const jsonSchema = described('is not an object or true or false', anyOf(anyObject, boolean))

const choices = array(string, { minItems: 1, maxItems: 1024 })

export const generationFields = {
  ...samplingFields,
  nPredict: {
    names: ['n_predict', 'max_tokens', 'max_completion_tokens', 'max_new_tokens', 'num_predict'],
    schema: integer(-1),
    default: -1,
    help: 'Maximum number of tokens to generate; -1 for the limit set by -n; 0 computes the prompt into the cache and generates nothing.',
  },
  nKeep: {
    names: ['n_keep'],
    schema: integer(-1),
    default: 0,
    help: 'The number of prompt tokens to keep when the context is full; -1 keeps all.',
  },
  ssePingInterval: {
    names: ['sse_ping_interval'],
    schema: integer(-1, 86_400),
    default: 30,
    help: 'Seconds of silence after which a stream sends a comment, to keep clients and proxies from giving up; 0 or -1 is never. The headers are sent with the first event or comment, and a later error is sent as an event.',
  },
  stream: { names: ['stream'], schema: boolean, default: false, help: 'Send the text as it is generated, as SSE.' },
  stop: {
    names: ['stop', 'stop_sequences'],
    schema: stops,
    read: readStops,
    default: [],
    help: 'Strings that end the text; they are not included in it.',
  },
  nProbs: {
    names: ['n_probs'],
    schema: integer(0, 1000),
    default: 0,
    help: 'Report the N most likely tokens at each position.',
  },
  slotId: {
    names: ['slot_id', 'id_slot'],
    schema: integer(-1),
    default: -1,
    help: 'The slot to use; -1 picks the best match.',
  },
  cachePrompt: {
    names: ['cache_prompt'],
    schema: boolean,
    default: true,
    help: 'Reuse what has been computed of the prompt, in this slot or in another one.',
  },
  cacheSalt: {
    names: ['cache_salt'],
    schema: string,
    default: '',
    help: 'Computed prompts are shared only with requests of the same salt, so that the time to the first token says nothing of the prompts of others.',
  },
  returnTokens: {
    names: ['return_tokens'],
    schema: boolean,
    default: false,
    help: 'Report the generated token ids.',
  },
  verbose: {
    names: ['verbose'],
    schema: boolean,
    default: false,
    help: 'In /v1/*: add `__verbose`, the answer in the form of /completion.',
  },
  timingsPerToken: {
    names: ['timings_per_token'],
    schema: boolean,
    default: false,
    help: 'Send timings with each part of a stream.',
  },
  jsonSchema: {
    names: ['json_schema', 'guided_json'],
    schema: jsonSchema,
    help: 'A JSON schema that the text must follow; an empty schema stands for any object.',
  },
  guidedRegex: {
    names: ['guided_regex'],
    schema: string,
    help: 'A regular expression that the whole text must match.',
  },
  guidedChoice: {
    names: ['guided_choice'],
    schema: choices,
    help: 'The allowed texts; the answer is one of them.',
  },
  structuredOutputs: {
    names: ['structured_outputs'],
    schema: openObject({
      json: nullable(described('is not a JSON schema', anyOf(string, anyObject, boolean))),
      json_object: nullable(boolean),
      grammar: nullable(string),
      regex: nullable(string),
      choice: nullable(choices),
    }),
    help: "vLLM's form of them all: one of `json`, `json_object`, `grammar`, `regex` and `choice`.",
  },
  responseFields: {
    names: ['response_fields'],
    schema: array(string),
    default: [],
    help: 'The fields to include in the answer; `a/b` is the field b of a. Empty: all fields.',
  },
  postSamplingProbs: {
    names: ['post_sampling_probs'],
    schema: boolean,
    default: false,
    help: 'Report probabilities after the sampling chain (`prob`, `top_probs`) instead of logprobs.',
  },
  tMaxPredictMs: {
    names: ['t_max_predict_ms'],
    schema: integer(-1),
    default: -1,
    help: 'End at the first new line after this many milliseconds of generation; 0 or -1 for no limit.',
  },
  tMaxPromptMs: {
    names: ['t_max_prompt_ms'],
    schema: integer(-1),
    default: -1,
    help: 'Stop computing the prompt after this many milliseconds: the answer is empty, and the computed part stays in the cache; 0 or -1 for no limit.',
  },
  nIndent: {
    names: ['n_indent'],
    schema: integer(0),
    default: 0,
    help: 'End at a line indented by fewer spaces than this; for code.',
  },
  nDiscard: {
    names: ['n_discard'],
    schema: integer(0),
    default: 0,
    help: 'The number of tokens after the first n_keep to discard from a full context; 0 discards half of them.',
  },
  nAnswers: {
    names: ['n_cmpl', 'n'],
    schema: integer(1, 128),
    default: 1,
    help: 'The number of answers to each prompt, with consecutive seeds; answers beyond the number of slots wait.',
  },
  imageData: {
    names: ['image_data'],
    schema: described('is not an array of {"data", "id"}', array(anything)),
    default: [],
    help: 'Images of the prompt, `[{"data": base64, "id": 12}]`: `[img-12]` in the text marks the place of one; images without a place come first. Only for text given as `prompt`.',
  },
  systemPrompt: {
    names: ['system_prompt'],
    schema: systemPromptSchema,
    help: 'A prompt that is put before all prompts of all clients from now on: `prompt`, `anti_prompt` and `assistant_name`. Running requests are not affected; an empty `prompt` removes it.',
  },
  lora: {
    names: ['lora'],
    schema: adapterScalesSchema,
    default: [],
    help: 'The scale of each LoRA adapter, as `[{"id": 0, "scale": 0.5}]`; adapters that are not listed are not applied. Empty: as last set by POST /lora-adapters.',
  },
  returnProgress: {
    names: ['return_progress'],
    schema: boolean,
    default: false,
    help: 'Report the progress before the first token in a stream: the place in the queue (`queue`), the encoding of images (`image_progress`) and the processing of the prompt (`prompt_progress`).',
  },
  adaptiveTarget: { names: ['adaptive_target'], schema: number(), help: 'Adaptive sampling.', support: 'later' },
  adaptiveDecay: { names: ['adaptive_decay'], schema: number(), help: 'See adaptive_target.', support: 'later' },
  nCacheReuse: {
    names: ['n_cache_reuse'],
    schema: integer(0),
    help: 'Reuse of cached tokens after the common prefix.',
    support: 'later',
  },
  backendSampling: {
    names: ['backend_sampling'],
    schema: boolean,
    help: 'The device that samples tokens: always the same one.',
    support: 'no effect',
  },
} as const satisfies Record<string, Field<never> | Field>

export type SamplingOptions = ReadBy<typeof samplingFields>
export type GenerationOptions = ReadBy<typeof generationFields>

function readStops(given: ValueOf<typeof stops>): readonly string[] {
  const words = typeof given === 'string' ? [given] : given
  const length = words.reduce((sum, word) => sum + word.length, 0)
  if (length <= maxStopLength) return words
  throw badField('stop', given, `has ${length} characters in all; at most ${maxStopLength} can be looked for`)
}
