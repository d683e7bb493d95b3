// The `prompt` field in all its forms: a string, token ids, a mix of both, or several of these.
import type { Schema } from '../../options/field.ts'
import type { Tokenizer } from '../tokenizer.ts'

type Mixed = readonly (string | number)[]
/** llama-server's: `{"prompt_string": …}`, with images beside it where the model sees. */
type PromptObject = { readonly prompt_string: string }
type Single = string | Mixed | PromptObject
export type PromptField = Single | readonly Single[]

const part = { anyOf: [{ type: 'string' }, { type: 'integer' }] }
const object = {
  type: 'object',
  required: ['prompt_string'],
  properties: { prompt_string: { type: 'string' } },
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

export type Prompt = { readonly given: string | Mixed; readonly tokens: readonly number[] }

/**
 * One prompt, or several: strings in a list are several prompts unless a token id stands among them.
 * @returns the prompts in their order, and whether the answer is a list.
 * @throws RequestError for an id that is not in the vocabulary.
 */
export function readPrompts(
  field: PromptField,
  tokenizer: Tokenizer,
  { addBos = true }: { readonly addBos?: boolean } = {},
): { prompts: Prompt[]; isList: boolean } {
  const isList = isSeveral(field)
  const all = isList ? (field as readonly Single[]) : [field as Single]
  const prompts = all.map((single) => {
    const given = isObject(single) ? single.prompt_string : single
    const parts = typeof given === 'string' ? [given] : given
    return { given, tokens: tokenizer.tokenizeMixed(parts, 'prompt', addBos) }
  })
  return { prompts, isList }
}

function isObject(field: PromptField): field is PromptObject {
  return typeof field === 'object' && !Array.isArray(field)
}

function isSeveral(field: PromptField): field is readonly Single[] {
  if (typeof field === 'string' || isObject(field)) return false
  if (field.some((item) => typeof item === 'object')) return true
  return field.length > 1 && field.every((item) => typeof item === 'string')
}
