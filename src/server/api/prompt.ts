// The `prompt` field in all its forms: a string, token ids, a mix of both, or several of these.
import type { Schema } from '../../options/field.ts'
import type { Tokenizer } from '../tokenizer.ts'

type Mixed = readonly (string | number)[]
export type PromptField = string | Mixed | readonly (string | Mixed)[]

const part = { anyOf: [{ type: 'string' }, { type: 'integer' }] }

export const promptSchema: Schema<PromptField> = {
  description: 'is not a string, a list of strings and token ids, or a list of prompts',
  anyOf: [
    { type: ['string', 'null'] },
    { type: 'array', items: part },
    { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'array', items: part }] } },
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
  const all = isList ? (field as readonly (string | Mixed)[]) : [field as string | Mixed]
  const prompts = all.map((given) => {
    const parts = typeof given === 'string' ? [given] : given
    return { given, tokens: tokenizer.tokenizeMixed(parts, 'prompt', addBos) }
  })
  return { prompts, isList }
}

function isSeveral(field: PromptField): boolean {
  if (typeof field === 'string') return false
  if (field.some((item) => Array.isArray(item))) return true
  return field.length > 1 && field.every((item) => typeof item === 'string')
}
