// The `prompt` field in all its forms: a string, token ids, a mix of both, or several of these.
import { badField, RequestError } from '../../base/errors.ts'
import { TimeSlices } from '../../base/time-slices.ts'
import type { Schema } from '../../options/field.ts'
import type { Tokenizer } from '../text/tokenizer.ts'
import type { PromptTokens } from './request-maker.ts'

type Mixed = readonly (string | number)[]
/** llama-server's: `{"prompt_string": …}`, with pictures in base64 beside it where the model sees. */
type PromptObject = { readonly prompt_string: string; readonly multimodal_data?: readonly string[] }
export type Single = string | Mixed | PromptObject
export type PromptField = Single | readonly Single[]

const part = { anyOf: [{ type: 'string' }, { type: 'integer' }] }
const object = {
  type: 'object',
  required: ['prompt_string'],
  properties: { prompt_string: { type: 'string' }, multimodal_data: { type: 'array', items: { type: 'string' } } },
  additionalProperties: false,
}

export const promptSchema: Schema<PromptField> = {
  description: 'is not a prompt, nor a list of prompts',
  anyOf: [
    { type: ['string', 'null'] },
    { type: 'array', items: part },
    object,
    { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'array', items: part }, object] } },
  ],
}

/** How many prompts, inputs or documents a request may have: as many as OpenAI takes. */
export const mostPrompts = 2048

/** A prompt as it was given, and as token ids; virtual ones in the place of images. */
export type Prompt = PromptTokens & { readonly given: string | Mixed }
export type Prompts = { readonly prompts: readonly Prompt[]; readonly isList: boolean }

/**
 * One prompt, or several: strings in a list are several prompts unless a token id stands among them.
 * @returns the prompts in their order, and whether the answer is a list.
 * @throws RequestError for an id that is not in the vocabulary.
 */
export function readPrompts(
  field: PromptField,
  tokenizer: Tokenizer,
  { addBos = true }: { readonly addBos?: boolean } = {},
): Prompts {
  const { singles, isList } = listOf(field, 'prompt')
  return { prompts: singles.map((single) => readPrompt(single, tokenizer, addBos)), isList }
}

/** The same, for many: other requests are served in between. */
export async function readManyPrompts(field: PromptField, tokenizer: Tokenizer, name: string): Promise<Prompts> {
  const { singles, isList } = listOf(field, name)
  const slices = new TimeSlices()
  const prompts: Prompt[] = []
  for (const single of singles) {
    prompts.push(readPrompt(single, tokenizer, true, name))
    await slices.pause()
  }
  return { prompts, isList }
}

/** A prompt of text and token ids. @throws RequestError for an id that is not in the vocabulary, and for pictures. */
export function readPrompt(single: Single, tokenizer: Tokenizer, addBos = true, name = 'prompt'): Prompt {
  if (isObject(single) && (single.multimodal_data?.length ?? 0) > 0) {
    throw badField(
      name,
      single.prompt_string,
      'has "multimodal_data", which /completion, /embedding and /embeddings take',
    )
  }
  const given = isObject(single) ? single.prompt_string : single
  const parts = typeof given === 'string' ? [given] : given
  return { given, tokens: tokenizer.tokenizeMixed(parts, name, addBos) }
}

/** @throws RequestError when there are too many. */
export function listOf(field: PromptField, name: string): { singles: readonly Single[]; isList: boolean } {
  const isList = isSeveral(field)
  if (isList) checkNumber(field.length, name)
  return { singles: isList ? field : [field as Single], isList }
}

/** @throws RequestError when a list has more than a request may. */
export function checkNumber(n: number, name: string): void {
  if (n <= mostPrompts) return
  const message = `Cannot read "${name}": ${n} in one request are more than ${mostPrompts}; send several requests`
  throw new RequestError('invalid_request', message, { param: name })
}

export function isObject(field: PromptField): field is PromptObject {
  return typeof field === 'object' && !Array.isArray(field)
}

function isSeveral(field: PromptField): field is readonly Single[] {
  if (typeof field === 'string' || isObject(field)) return false
  if (field.some((item) => typeof item === 'object')) return true
  return field.length > 1 && field.every((item) => typeof item === 'string')
}
