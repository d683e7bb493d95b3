// What all dialects share: checked request fields → a task for the engine, and its events back.
import { randomInt } from 'node:crypto'
import { badField, RequestError } from '../../base/errors.ts'
import { type GrammarProblem, parseGrammar, positionAt, type TokenReference } from '../../grammar/gbnf.ts'
import { SchemaError, schemaToGrammar } from '../../grammar/json-schema/json-schema.ts'
import type { FieldDefaults } from '../../options/field.ts'
import { fieldDefaults } from '../../options/field-defaults.ts'
import {
  type GenerationOptions,
  type LogitBias,
  type SamplerName,
  type SamplingOptions,
  samplingFields,
} from '../../options/generation-fields.ts'
import type { Options } from '../../options/table.ts'
import type { GenerationEvent } from '../../protocol/event.ts'
import type { ProgressEvent } from '../../protocol/report.ts'
import type { GenerationTask, SamplingParams, TaskImage } from '../../protocol/task.ts'
import type { Services } from '../model/model.ts'
import type { Tokenizer } from '../text/tokenizer.ts'

/** Defaults of request fields that the command line changes for the whole server. */
export function serverDefaults(options: Options): FieldDefaults {
  return fieldDefaults(options)
}

export type TaskBody = Omit<GenerationTask, 'taskId' | 'kind'>

/** A prompt as the engine takes it: token ids, virtual ones in the place of images. */
export type PromptTokens = { readonly tokens: readonly number[]; readonly images?: readonly TaskImage[] }
export type FinishEvent = Extract<GenerationEvent, { kind: 'finish' }>
export type TextEvent = Extract<GenerationEvent, { kind: 'text' }>

/** How a route treats prompts and contexts that are too long. */
export type Overflow = Pick<GenerationTask, 'whenPromptTooLong' | 'whenContextFull'>

/** Positions of images cannot be moved, nor can a part of one be left out. */
const overflowWithImages: Overflow = { whenPromptTooLong: 'refuse', whenContextFull: 'stop' }

/** `native`: cut and shift, as the specification says; `openai`: refuse and stop. --context-shift decides for both; self-extend never shifts. */
export function overflowOf(dialect: 'native' | 'openai', { contextShift, grpAttnN }: Options): Overflow {
  const shifts = grpAttnN === 1 && (contextShift ?? dialect === 'native')
  return {
    whenPromptTooLong: dialect === 'native' && shifts ? 'truncate' : 'refuse',
    whenContextFull: shifts ? 'shift' : 'stop',
  }
}

/**
 * What a route of OpenAI's cannot do for a request, and would leave undone without a word.
 * @param inPlaceOfImages where its pictures belong.
 * @throws RequestError naming the field.
 */
export function refuseNative(
  { imageData, responseFields, returnTokens, verbose }: GenerationOptions,
  inPlaceOfImages: string,
): void {
  if (imageData.length > 0) throw badField('image_data', imageData, `is for /completion; ${inPlaceOfImages}`)
  // [""], which picks nothing, is how editors say that they will not read the answer
  if (responseFields.some((path) => path !== ''))
    throw badField('response_fields', responseFields, 'is for /completion and /infill')
  if (returnTokens && !verbose) throw badField('return_tokens', true, 'needs "verbose": true here')
}

/**
 * @param prompt at least one token; the system prompt is put before it here.
 * @throws RequestError naming the field that cannot be served.
 */
export function makeTask(
  fields: GenerationOptions,
  { tokens, images = [] }: PromptTokens,
  overflow: Overflow,
  services: Services,
): TaskBody {
  const { nSlots } = services.engine.info
  if (fields.slotId >= nSlots) throw badField('slot_id', fields.slotId, `is not in [-1, ${nSlots - 1}]`)
  const { lora } = fields
  const nSystem = services.systemPrompts.current.tokens.length
  const prompt = services.systemPrompts.before(tokens, services.tokenizer.vocab)
  const nMoved = prompt.length - tokens.length
  return {
    prompt,
    images: images.map((image) => ({ ...image, start: image.start + nMoved })),
    slotId: fields.slotId,
    cachePrompt: fields.cachePrompt,
    nSystem,
    nPredict: predictLimit(fields.nPredict, services.options.nPredict),
    nKeep: fields.nKeep < 0 ? -1 : nSystem + fields.nKeep,
    nDiscard: fields.nDiscard,
    tMaxPromptMs: fields.tMaxPromptMs,
    tMaxPredictMs: fields.tMaxPredictMs,
    nIndent: fields.nIndent,
    ...(images.length > 0 ? overflowWithImages : overflow),
    stop: typeof fields.stop === 'string' ? [fields.stop] : fields.stop,
    adapterScales: lora.length > 0 ? services.adapters.read(lora, 'lora') : services.adapters.scales,
    nProbs: fields.nProbs,
    wantsProgress: fields.stream && fields.returnProgress,
    shownTokens: [],
    thought: undefined,
    sampling: readSampling(fields, services.tokenizer),
  }
}

/** What the request says, else what the server does; -1 is no limit. */
export function predictLimit(asked: number, ofServer: number): number {
  return asked < 0 ? ofServer : asked
}

/**
 * The tasks for as many answers as the request wants of one prompt: equal but for their seeds.
 */
export function makeTasks(
  fields: GenerationOptions,
  prompt: PromptTokens,
  overflow: Overflow,
  services: Services,
): TaskBody[] {
  const task = makeTask(fields, prompt, overflow, services)
  const { sampling } = task
  return Array.from({ length: fields.nAnswers }, (_, i) => ({
    ...task,
    sampling: { ...sampling, seed: (sampling.seed + i) % randomSeed },
  }))
}

const samplingKeys = Object.keys(samplingFields) as (keyof SamplingOptions)[]

/** libllama's own word for a random seed: -1 as an unsigned number. */
const randomSeed = 2 ** 32 - 1

/** @throws RequestError naming the field that cannot be served. */
export function readSampling(fields: GenerationOptions, tokenizer: Tokenizer): SamplingParams {
  const { penaltyPrompt, logitBias, mirostat, samplers, seed, ...rest } = samplingOf(fields)
  const grammar = readGrammar(fields, tokenizer)
  if (!Number.isFinite(1 / Math.fround(fields.repeatPenalty))) {
    throw badField('repeat_penalty', fields.repeatPenalty, 'is too close to 0')
  }
  const { eot, eos } = tokenizer.vocab
  if (samplers.includes('infill') && eot < 0 && eos < 0) {
    throw badField('samplers', samplers, 'has "infill", which this model cannot do: it has no token that ends a text')
  }
  return {
    ...rest,
    grammar,
    grammarTriggers: undefined,
    mirostat: mirostat as 0 | 1 | 2,
    seed: seed === -1 || seed === randomSeed ? randomInt(randomSeed) : seed,
    samplers: [...new Set(samplers.map((name: string) => (name === 'typ_p' ? 'typical_p' : name) as SamplerName))],
    penaltyPrompt: readPenaltyPrompt(penaltyPrompt, tokenizer),
    logitBias: readLogitBias(logitBias, tokenizer),
  }
}

function samplingOf(fields: GenerationOptions): SamplingOptions {
  return Object.fromEntries(samplingKeys.map((key) => [key, fields[key]])) as SamplingOptions
}

/** The grammar that was given, or that of the schema. */
function readGrammar({ grammar, jsonSchema }: GenerationOptions, tokenizer: Tokenizer): string {
  if (jsonSchema === undefined) {
    checkGrammarField(grammar, tokenizer)
    return grammar
  }
  if (grammar !== '') throw badField('grammar', grammar, 'cannot be followed beside a JSON schema')
  return grammarOfSchema(jsonSchema)
}

/** @throws RequestError naming the place in the schema that cannot be followed. */
function grammarOfSchema(schema: NonNullable<GenerationOptions['jsonSchema']>): string {
  const refuse = (message: string) =>
    new RequestError('invalid_request', `Cannot read "json_schema": ${message}`, { param: 'json_schema' })
  const isEmpty = typeof schema === 'object' && Object.keys(schema).length === 0
  let source: string
  try {
    source = schemaToGrammar(isEmpty ? { type: 'object' } : schema)
  } catch (error) {
    if (error instanceof SchemaError) throw refuse(error.message)
    throw error
  }
  const result = parseGrammar(source)
  if (!result.ok) throw refuse(`its grammar is one that the engine cannot take: ${result.problem.message}`)
  return source
}

function checkGrammarField(source: string, tokenizer: Tokenizer): void {
  if (source === '') return
  const refuse = ({ line, column, message }: GrammarProblem) => {
    const where = `line ${line}, column ${column}`
    return new RequestError('invalid_request', `Cannot read "grammar": ${where}: ${message}`, { param: 'grammar' })
  }
  const result = parseGrammar(source)
  if (!result.ok) throw refuse(result.problem)
  for (const reference of result.grammar.tokens) {
    const message = tokenProblem(reference, tokenizer)
    if (message !== undefined) throw refuse({ ...positionAt(source, reference.at), message })
  }
}

/** A token that a grammar names must be one of the vocabulary, and none that ends the text: libllama never lets one match. */
function tokenProblem(reference: TokenReference, { vocab }: Tokenizer): string | undefined {
  const ids = reference.kind === 'id' ? [reference.id] : vocab.tokenize(reference.text, false, true)
  const name = reference.kind === 'id' ? `token ${reference.id}` : reference.text
  const [id] = ids
  if (ids.length !== 1 || id === undefined || !vocab.has(id)) return `${name} is not one token of this model`
  return vocab.isEndOfGeneration(id) ? `${name} ends the text and cannot be part of it` : undefined
}

function readPenaltyPrompt(
  given: string | readonly number[] | undefined,
  tokenizer: Tokenizer,
): readonly number[] | undefined {
  if (typeof given === 'string') return tokenizer.tokenize(given)
  return given?.map((token) => tokenizer.known(token, 'penalty_prompt'))
}

/** Tokens by id or by text; a text of several tokens biases each of them. */
function readLogitBias(given: LogitBias, tokenizer: Tokenizer): SamplingParams['logitBias'] {
  const pairs: readonly (readonly [number | string, number | false])[] = Array.isArray(given)
    ? (given as readonly (readonly [number | string, number | false])[])
    : Object.entries(given).map(([key, bias]) => [/^-?\d+$/.test(key) ? Number(key) : key, bias] as const)
  return pairs.flatMap(([token, bias]) => {
    const ids = typeof token === 'string' ? tokenizer.tokenize(token) : [tokenizer.known(token, 'logit_bias')]
    return ids.map((id) => [id, bias === false ? null : bias] as const)
  })
}

/**
 * Runs a task to its end.
 * @returns its last event, with all that was generated.
 * @throws RequestError when the engine ends it with an error, or the client has gone.
 */
export async function complete(
  task: TaskBody,
  services: Pick<Services, 'engine'>,
  signal: AbortSignal,
): Promise<FinishEvent> {
  const before: TextEvent[] = []
  for await (const event of checked(services.engine.generate(task, signal))) {
    if (event.kind === 'text') before.push(event)
    if (event.kind !== 'finish') continue
    return {
      ...event,
      text: before.map(({ text }) => text).join('') + event.text,
      tokens: [...before.flatMap(({ tokens }) => tokens), ...event.tokens],
      probs: [...before.flatMap(({ probs }) => probs), ...event.probs],
    }
  }
  throw new RequestError('unavailable', 'The client has gone')
}

/** The events of a task; its error event is thrown. */
export async function* checked(
  events: AsyncIterable<GenerationEvent>,
): AsyncGenerator<TextEvent | FinishEvent | ProgressEvent> {
  for await (const event of events) {
    if (event.kind === 'error') throw RequestError.from(event.error)
    yield event
  }
}

/** Timings under the names that llama.cpp's servers have always used; rates are per second, 0 where nothing was timed. */
export function timingsJson({ timings }: { readonly timings: TextEvent['timings'] }): Record<string, number> {
  const { nCached, nPrompt, promptMs, nPredicted, predictedMs } = timings
  const nIntervals = Math.max(0, nPredicted - 1) // the first token comes out of the prompt
  return {
    cache_n: nCached,
    prompt_n: nPrompt,
    prompt_ms: promptMs,
    prompt_per_token_ms: nPrompt > 0 ? promptMs / nPrompt : 0,
    prompt_per_second: promptMs > 0 ? (nPrompt / promptMs) * 1000 : 0,
    predicted_n: nPredicted,
    predicted_ms: predictedMs,
    predicted_per_token_ms: nIntervals > 0 ? predictedMs / nIntervals : 0,
    predicted_per_second: predictedMs > 0 ? (nIntervals / predictedMs) * 1000 : 0,
  }
}
