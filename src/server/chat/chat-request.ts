// One chat in the form common to all dialects. A dialect's reader makes it, and nothing after the
// reader knows the dialect.
import type { GenerationOptions } from '../../options/generation-fields.ts'
import type { Overflow } from '../generate/overflow.ts'
import type { ImageFile } from '../images/image-file.ts'
import type { OutputFormat } from '../text/output-format.ts'
import type { Continuation } from './template/template-message.ts'

export type TextPart = { readonly kind: 'text'; readonly text: string }
export type ImagePart = { readonly kind: 'image'; readonly image: ImageFile }
/** The reasoning of an earlier answer. */
export type ReasoningPart = { readonly kind: 'reasoning'; readonly text: string }
/** A call that the model made; `arguments` is JSON. */
export type ToolCallPart = {
  readonly kind: 'tool-call'
  readonly id: string
  readonly name: string
  readonly arguments: string
}
/** The result of a call. */
export type ToolResultPart = {
  readonly kind: 'tool-result'
  readonly callId: string
  readonly parts: readonly (TextPart | ImagePart)[]
}
export type ContentPart = TextPart | ImagePart | ReasoningPart | ToolCallPart | ToolResultPart

export type ChatMessage = {
  /** system, developer, user, assistant, tool, or another role that the model's template knows. */
  readonly role: string
  readonly parts: readonly ContentPart[]
  /** Other fields of the message, such as `name`: passed to the template unchanged. */
  readonly extra: Readonly<Record<string, unknown>>
}

/** A function that the model may call; `parameters` is a JSON schema. */
export type Tool = {
  readonly name: string
  readonly description: string | undefined
  readonly parameters: Readonly<Record<string, unknown>> | undefined
  /** The arguments must match the schema. */
  readonly strict: boolean
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'function'; readonly name: string }

export type ReasoningOptions = {
  /** Whether reasoning is separated from the text; otherwise it stays in it, with its markers. */
  readonly isSplit: boolean
  /** undefined: the template's default. */
  readonly isEnabled: boolean | undefined
  /** `low`, `medium`, `high` or another value that the template knows; undefined: its default. */
  readonly effort: string | undefined
  /** Maximum number of reasoning tokens; undefined: no limit. */
  readonly maxTokens: number | undefined
  /** Text inserted at the end of reasoning that reaches its limit. */
  readonly closingMessage: string
}

export type ChatRequest = {
  readonly messages: readonly ChatMessage[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice
  readonly parallelToolCalls: boolean
  readonly reasoning: ReasoningOptions
  readonly format: OutputFormat
  /** Sampling, limits, stop strings, and the number of answers. */
  readonly options: GenerationOptions
  readonly overflow: Overflow
  /** End the prompt with the beginning of the assistant's turn. */
  readonly addGenerationPrompt: boolean
  readonly continueFinalMessage: Continuation
  /** More variables for the template. */
  readonly templateVariables: Readonly<Record<string, unknown>>
}

/** A chat that asks only for an answer in text. */
export const plainChat = {
  tools: [],
  toolChoice: { kind: 'auto' },
  parallelToolCalls: true,
  reasoning: { isSplit: true, isEnabled: undefined, effort: undefined, maxTokens: undefined, closingMessage: '' },
  format: { kind: 'text' },
  addGenerationPrompt: true,
  continueFinalMessage: undefined,
  templateVariables: {},
} as const satisfies Partial<ChatRequest>
