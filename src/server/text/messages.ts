// Messages between the server and the text worker. They cross the pipe by structured clone, token
// ids as they are.
import type { ErrorRecord } from '../../base/errors.ts'
import type { KvOverride } from '../../options/kv-override.ts'
import type { TemplateChoice } from './make-template.ts'
import type { TextAnswer, TextAsk } from './prepare.ts'

export type TextWorkerOptions = {
  readonly modelPath: string
  readonly kvOverrides: readonly KvOverride[]
  readonly template: TemplateChoice
}

export type ToTextWorker =
  | { readonly kind: 'load'; readonly options: TextWorkerOptions }
  /** One at a time. */
  | { readonly kind: 'job'; readonly ask: TextAsk }

export type PackedAnswer = Omit<TextAnswer, 'prompts'> & {
  readonly prompts: readonly { readonly text: string | undefined; readonly tokens: Int32Array }[]
}

export type FromTextWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  /** Its current work, as the beginning of a sentence: `Tokenizing "prompt"`. */
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'done'; readonly answer: PackedAnswer }
  | { readonly kind: 'error'; readonly error: ErrorRecord }

export function packAnswer(answer: TextAnswer): PackedAnswer {
  return {
    ...answer,
    prompts: answer.prompts.map(({ text, tokens }) => ({ text, tokens: Int32Array.from(tokens) })),
  }
}

export function unpackAnswer(answer: PackedAnswer): TextAnswer {
  return { ...answer, prompts: answer.prompts.map(({ text, tokens }) => ({ text, tokens: Array.from(tokens) })) }
}
