// One chat as every dialect asks for it. A dialect's reader makes this, and nothing behind it knows the dialect.
import type { GenerationOptions } from '../../options/generation-fields.ts'
import type { Overflow } from '../generate/overflow.ts'
import type { ImageFile } from '../images/image-file.ts'
import type { OutputFormat } from '../text/output-format.ts'
import type { Continuation } from './template/template-message.ts'

export type TextPart = { readonly kind: 'text'; readonly text: string }
export type ImagePart = { readonly kind: 'image'; readonly image: ImageFile }
/** What an earlier answer thought before it spoke. */
export type ReasoningPart = { readonly kind: 'reasoning'; readonly text: string }
/** A call that the model made; `arguments` are JSON. */
export type ToolCallPart = {
  readonly kind: 'tool-call'
  readonly id: string
  readonly name: string
  readonly arguments: string
}
/** What a call came to. */
export type ToolResultPart = {
  readonly kind: 'tool-result'
  readonly callId: string
  readonly parts: readonly (TextPart | ImagePart)[]
}
export type ContentPart = TextPart | ImagePart | ReasoningPart | ToolCallPart | ToolResultPart

export type ChatMessage = {
  /** system, developer, user, assistant, tool, or another that the model's template knows. */
  readonly role: string
  readonly parts: readonly ContentPart[]
  /** What else the message has, as `name`: handed to the template as it is. */
  readonly extra: Readonly<Record<string, unknown>>
}

/** A function that the model may call; `parameters` is a JSON schema. */
export type Tool = {
  readonly name: string
  readonly description: string | undefined
  readonly parameters: Readonly<Record<string, unknown>> | undefined
  /** The arguments must fit the schema. */
  readonly strict: boolean
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'function'; readonly name: string }

export type ReasoningOptions = {
  /** Whether thoughts are told from the text; otherwise they stay in it, markers and all. */
  readonly isSplit: boolean
  /** undefined: as the template has it. */
  readonly isEnabled: boolean | undefined
  /** `low`, `medium`, `high` or what else the template knows; undefined: its own default. */
  readonly effort: string | undefined
  /** Tokens of thought until it is closed; undefined: no limit. */
  readonly maxTokens: number | undefined
  /** Text that comes before the end of a thought that is closed for its length. */
  readonly closingMessage: string
}

export type ChatRequest = {
  readonly messages: readonly ChatMessage[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice
  readonly parallelToolCalls: boolean
  readonly reasoning: ReasoningOptions
  readonly format: OutputFormat
  /** Sampling, limits, stop strings, and how many answers. */
  readonly options: GenerationOptions
  readonly overflow: Overflow
  /** End the prompt with the beginning of the assistant's turn. */
  readonly addGenerationPrompt: boolean
  readonly continueFinalMessage: Continuation
  /** More variables for the template. */
  readonly templateVariables: Readonly<Record<string, unknown>>
}

/** A chat that asks for nothing but an answer in text. */
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
