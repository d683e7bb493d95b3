// A conversation in OpenAI's shape, which clients send and chat templates read.

export type TemplatePart = { readonly type: string; readonly text?: string; readonly [extra: string]: unknown }

export type TemplateCall = {
  readonly id?: string | null
  readonly type?: string
  /** `arguments`: JSON as a text, or the object itself. */
  readonly function: { readonly name: string; readonly arguments?: unknown; readonly [extra: string]: unknown }
  readonly [extra: string]: unknown
}

export type TemplateMessage = {
  readonly role: string
  readonly content?: string | readonly TemplatePart[] | null
  readonly reasoning_content?: string | null
  readonly tool_calls?: readonly TemplateCall[] | null
  readonly tool_call_id?: string | null
  readonly [extra: string]: unknown
}

/**
 * Whether an answer continues the last message, and which part of it. undefined: the assistant's.
 */
export type Continuation = boolean | 'content' | 'reasoning_content' | undefined

/** The input of a template. */
export type Conversation = {
  readonly messages: readonly TemplateMessage[]
  /** OpenAI's `{ type: 'function', function: { name, description, parameters } }`. */
  readonly tools?: readonly object[]
  /** End with the beginning of the assistant's turn. */
  readonly addGenerationPrompt: boolean
  readonly continueFinalMessage?: Continuation
  /** More variables for the template (`chat_template_kwargs`). */
  readonly extra?: Readonly<Record<string, unknown>>
}

export type Content = string | readonly TemplatePart[]

/** Concatenates contents. @param separator between two texts. */
export function joinContents(left: Content, right: Content, separator: string): Content {
  if (typeof left !== 'string' || typeof right !== 'string') return [...asParts(left), ...asParts(right)]
  return left === '' || right === '' ? left + right : left + separator + right
}

export function asParts(content: Content): readonly TemplatePart[] {
  if (typeof content !== 'string') return content
  return content === '' ? [] : [{ type: 'text', text: content }]
}

/** The texts of parts, each on a line of its own. */
export function asText(content: Content): string {
  if (typeof content === 'string') return content
  return content.flatMap(({ text }) => (text === undefined ? [] : [text])).join('\n')
}
