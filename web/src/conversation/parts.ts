// A message is a list of parts, in the order in which they were written. Pure.
import { splitThoughts } from './thoughts.ts'

export type TextPart = { readonly kind: 'text'; readonly text: string }
/** `url` is a data: URL. */
export type ImagePart = { readonly kind: 'image'; readonly url: string }
/** The text of a file. */
export type AttachmentPart = {
  readonly kind: 'attachment'
  readonly name: string
  /** Of the file, in bytes. */
  readonly size: number
  readonly text: string
}
/** `ms`: how long it took; undefined for an answer that was not written here. */
export type ReasoningPart = { readonly kind: 'reasoning'; readonly text: string; readonly ms?: number }
/** `arguments` is JSON, as the model wrote it. */
export type ToolCallPart = {
  readonly kind: 'tool-call'
  readonly id: string
  readonly name: string
  readonly arguments: string
}
export type ToolResultPart = {
  readonly kind: 'tool-result'
  readonly callId: string
  readonly text: string
  readonly isError?: boolean
}

export type Part = TextPart | ImagePart | AttachmentPart | ReasoningPart | ToolCallPart | ToolResultPart

/** What was said, without what was thought and without files. */
export function textOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.kind === 'text')
    .map(({ text }) => text)
    .join('\n\n')
}

export function reasoningOf(parts: readonly Part[]): string {
  return parts
    .filter((part) => part.kind === 'reasoning')
    .map(({ text }) => text)
    .join('\n\n')
}

export function imagesOf(parts: readonly Part[]): readonly string[] {
  return parts.filter((part) => part.kind === 'image').map(({ url }) => url)
}

/** The parts with another text in place of theirs. */
export function withText(parts: readonly Part[], text: string): readonly Part[] {
  const others = parts.filter((part) => part.kind !== 'text')
  return text === '' ? others : [...others, { kind: 'text', text }]
}

/** An answer up to and including its last tool result, and what the model wrote after that. */
export function lastRound(parts: readonly Part[]): {
  readonly before: readonly Part[]
  readonly last: readonly Part[]
} {
  const at = parts.findLastIndex(({ kind }) => kind === 'tool-result') + 1
  return { before: parts.slice(0, at), last: parts.slice(at) }
}

/** The calls of the last round that have no result yet. */
export function openCalls(parts: readonly Part[]): readonly ToolCallPart[] {
  return lastRound(parts).last.filter((part) => part.kind === 'tool-call')
}

/** The text that a template would have the model write for these parts: its reasoning in `<think>`, then its answer. */
export function rawText(parts: readonly Part[]): string {
  const thoughts = reasoningOf(parts)
  const text = textOf(parts)
  if (thoughts === '') return text
  return `<think>\n${thoughts}${text === '' ? '' : '\n</think>\n\n'}${text}`
}

/**
 * The parts of a text that the model writes: reasoning that the server has split off, or that is within `<think>`.
 * `isThinking`: the passage has not ended yet.
 */
export function splitParts(reasoning: string, content: string): { parts: readonly Part[]; isThinking: boolean } {
  const { thoughts, answer, isThinking } = splitThoughts(content)
  const all = reasoning + thoughts
  return {
    parts: [
      ...(all === '' ? [] : [{ kind: 'reasoning', text: all } as const]),
      ...(answer === '' ? [] : [{ kind: 'text', text: answer } as const]),
    ],
    isThinking: isThinking || (reasoning !== '' && answer === ''),
  }
}

/** How messages were stored and exported before they had parts. */
export type StringMessage = {
  readonly role: 'user' | 'assistant'
  readonly content: string
  readonly reasoning?: string
  readonly images?: readonly string[]
}

export function partsOfString({ role, content, reasoning = '', images = [] }: StringMessage): readonly Part[] {
  const shown = images.map((url): Part => ({ kind: 'image', url }))
  if (role === 'assistant') return [...shown, ...splitParts(reasoning, content).parts]
  return withText(shown, content)
}
