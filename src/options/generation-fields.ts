// The request fields of every route that generates: sampling, limits, and what the answer shall contain.
// Source of names and defaults: the specification's README; names after "NOW" in behaviour.md are llama-server's of today.
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

/** So many can be looked for in one text. */
const maxStops = 1024

/** Together: what looks for them has a place in memory for each of their characters. */
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

/** Texts among them are tokenized, each by itself. */
const maxBiases = 16_384

const biases: Schema<Readonly<Record<string, number | false>>> = { ...record(bias), maxProperties: maxBiases }
const logitBias = described(
  `is not a list of [token, number or false], nor an object of token and number or false, of at most ${maxBiases}`,
  anyOf(array(tuple(anyOf(anyInteger, string), bias), { maxItems: maxBiases }), biases),
)
export type LogitBias = ValueOf<typeof logitBias>

/** The samplers in their order when a request does not say. */
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

/** Each once, under llama.cpp's first names. */
function readSamplers(given: ValueOf<typeof samplers>): readonly SamplerName[] {
  return [...new Set(given.map((name) => (name === 'typ_p' ? 'typical_p' : name)))]
}

export const samplingFields = {
  temperature: {
    names: ['temperature'],
    schema: number(),
    default: 0.8,
    help: 'Randomness of the text; 0 or less takes the most likely token each time.',
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
    help: 'How entropy becomes temperature.',
  },
  topK: { names: ['top_k'], schema: integer(-1), default: 40, help: 'Keep the K most likely tokens; 0 or -1 is all.' },
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
    help: 'Keep tokens that are at least this likely, relative to the likeliest.',
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
    help: 'The chance that XTC removes the likeliest tokens; 0 is off.',
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
    help: 'Samplers leave at least so many tokens.',
  },
  samplers: {
    names: ['samplers'],
    schema: samplers,
    read: readSamplers,
    default: defaultSamplers,
    help: 'The samplers in their order. `infill` is for code that fills a gap: it joins tokens that begin alike, and ends rather than guesses.',
  },
  repeatPenalty: {
    names: ['repeat_penalty', 'repetition_penalty'],
    schema: positive(),
    default: 1.1,
    help: 'Divides the logit of tokens that came before; 1 is off.',
  },
  repeatLastN: {
    names: ['repeat_last_n'],
    schema: integer(-1),
    default: 64,
    help: 'How many of the last tokens the penalties see; 0 is off, -1 the whole context.',
  },
  penalizeNl: {
    names: ['penalize_nl'],
    schema: boolean,
    default: true,
    help: 'Whether the penalties count for the newline token.',
  },
  presencePenalty: {
    names: ['presence_penalty'],
    schema: number(),
    default: 0,
    help: 'Taken from the logit of tokens that came before; 0 is off.',
  },
  frequencyPenalty: {
    names: ['frequency_penalty'],
    schema: number(),
    default: 0,
    help: 'Taken from the logit of tokens, once for each time they came before; 0 is off.',
  },
  penaltyPrompt: {
    names: ['penalty_prompt'],
    schema: text,
    help: 'What the penalties see instead of the prompt: a string or token ids.',
  },
  dryMultiplier: { names: ['dry_multiplier'], schema: number(0), default: 0, help: 'DRY penalty; 0 is off.' },
  dryBase: { names: ['dry_base'], schema: number(1), default: 1.75, help: 'Base of the DRY penalty.' },
  dryAllowedLength: {
    names: ['dry_allowed_length'],
    schema: integer(0),
    default: 2,
    help: 'Repetitions up to this length cost nothing.',
  },
  dryPenaltyLastN: {
    names: ['dry_penalty_last_n'],
    schema: integer(-1),
    default: 64,
    help: 'How many of the last tokens DRY sees; 0 is off, -1 the whole context.',
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
    help: 'Mirostat 1 or 2 in place of the other samplers; 0 is off.',
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
    help: 'Seed of the generator of this request, any integer of 64 bits; -1 takes a random one.',
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
    help: 'Pairs of token (id or text) and what is added to its logit; false bans the token.',
  },
} as const satisfies Record<string, Field<never> | Field>

/** The system prompt of the whole server, as a request or the file of -spf gives it. */
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
    help: 'The most tokens to generate; -1 is what -n says, 0 computes the prompt into the cache and generates nothing.',
  },
  nKeep: {
    names: ['n_keep'],
    schema: integer(-1),
    default: 0,
    help: 'How many tokens of the prompt stay when the context is full; -1 is all.',
  },
  ssePingInterval: {
    names: ['sse_ping_interval'],
    schema: integer(-1, 86_400),
    default: 30,
    help: 'Seconds of silence until a stream sends a comment, so that neither client nor proxy gives up; 0 or -1 is never. The headers leave with the first event or comment, and an error after them is an event.',
  },
  stream: { names: ['stream'], schema: boolean, default: false, help: 'Send the text as it comes, as SSE.' },
  stop: {
    names: ['stop', 'stop_sequences'],
    schema: stops,
    read: readStops,
    default: [],
    help: 'Strings that end the text; they are not part of it.',
  },
  nProbs: {
    names: ['n_probs'],
    schema: integer(0, 1000),
    default: 0,
    help: 'Tell the N most likely tokens at each place.',
  },
  slotId: {
    names: ['slot_id', 'id_slot'],
    schema: integer(-1),
    default: -1,
    help: 'The slot to use; -1 takes the one that fits best.',
  },
  cachePrompt: {
    names: ['cache_prompt'],
    schema: boolean,
    default: true,
    help: 'Reuse what the slot has computed of the prompt.',
  },
  returnTokens: {
    names: ['return_tokens'],
    schema: boolean,
    default: false,
    help: 'Tell the generated token ids.',
  },
  verbose: {
    names: ['verbose'],
    schema: boolean,
    default: false,
    help: 'In /v1/*: add `__verbose`, the answer as /completion gives it.',
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
    help: 'A JSON schema that the text must follow; an empty one is any object.',
  },
  guidedRegex: {
    names: ['guided_regex'],
    schema: string,
    help: 'A regular expression that the whole text must match.',
  },
  guidedChoice: {
    names: ['guided_choice'],
    schema: choices,
    help: 'Texts of which the answer is one.',
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
    help: 'What the answer shall contain; `a/b` is the field b of a. Empty: everything.',
  },
  postSamplingProbs: {
    names: ['post_sampling_probs'],
    schema: boolean,
    default: false,
    help: 'Tell probabilities after the sampling chain (`prob`, `top_probs`) in place of logprobs.',
  },
  tMaxPredictMs: {
    names: ['t_max_predict_ms'],
    schema: integer(-1),
    default: -1,
    help: 'End at the first new line after so many milliseconds of generation; 0 or -1 is no limit.',
  },
  tMaxPromptMs: {
    names: ['t_max_prompt_ms'],
    schema: integer(-1),
    default: -1,
    help: 'Stop computing the prompt after so many milliseconds: the answer is empty, what was computed stays in the cache; 0 or -1 is no limit.',
  },
  nIndent: {
    names: ['n_indent'],
    schema: integer(0),
    default: 0,
    help: 'End at a line that begins with fewer blanks than this; for code.',
  },
  nDiscard: {
    names: ['n_discard'],
    schema: integer(0),
    default: 0,
    help: 'How many tokens behind the n_keep first leave a full context; 0 is half of them.',
  },
  nAnswers: {
    names: ['n_cmpl', 'n'],
    schema: integer(1, 128),
    default: 1,
    help: 'How many answers to each prompt, with seeds that follow each other; those beyond the number of slots wait.',
  },
  imageData: {
    names: ['image_data'],
    schema: described('is not an array of {"data", "id"}', array(anything)),
    default: [],
    help: 'Images of the prompt, `[{"data": base64, "id": 12}]`: `[img-12]` in the text is the place of one, and those without a place go first. Only where the text is a `prompt`.',
  },
  systemPrompt: {
    names: ['system_prompt'],
    schema: systemPromptSchema,
    help: 'A prompt that goes before all prompts from now on, of all clients: `prompt`, `anti_prompt` and `assistant_name`. Requests that run keep what they had; an empty `prompt` ends it.',
  },
  lora: {
    names: ['lora'],
    schema: adapterScalesSchema,
    default: [],
    help: 'How strongly each LoRA adapter is applied, as `[{"id": 0, "scale": 0.5}]`; those not named are not. Empty: as POST /lora-adapters said last.',
  },
  returnProgress: {
    names: ['return_progress'],
    schema: boolean,
    default: false,
    help: 'Tell in a stream what happens before the first token: the place among waiting requests (`queue`), how far images are encoded (`image_progress`) and how far the prompt is computed (`prompt_progress`).',
  },
  adaptiveTarget: { names: ['adaptive_target'], schema: number(), help: 'Adaptive sampling.', support: 'later' },
  adaptiveDecay: { names: ['adaptive_decay'], schema: number(), help: 'See adaptive_target.', support: 'later' },
  nCacheReuse: {
    names: ['n_cache_reuse'],
    schema: integer(0),
    help: 'Reuse of cached tokens behind the common beginning.',
    support: 'later',
  },
  backendSampling: {
    names: ['backend_sampling'],
    schema: boolean,
    help: 'Where tokens are chosen: it is one place.',
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
