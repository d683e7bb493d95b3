// How the answers to one chat are written: what the prompt needs for it, what is enforced, and who reads what comes.
import type { ThoughtLimit } from '../../protocol/task.ts'
import type { OutputFormat } from '../text/output-format.ts'
import type { ChatRequest } from './chat-request.ts'
import type { ChatDelta, ChatParser } from './formats/chat-parser.ts'

export type AnswerPlan = {
  /** More variables for the template. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Tools as the template is given them. */
  readonly tools: readonly object[]
  /** The form of all that the model writes, tool calls and thoughts included. */
  readonly format: OutputFormat
  /** Strings that end an answer, beside the request's own. */
  readonly stop: readonly string[]
  /** Control tokens that come out as text, for the parser. */
  readonly shownTokens: readonly number[]
  readonly thought: ThoughtLimit | undefined
  /** One for each answer. */
  readonly parser: () => ChatParser
}

/** All that the model writes is its answer. */
export function planAnswer({ format }: ChatRequest): AnswerPlan {
  return {
    variables: {},
    tools: [],
    format,
    stop: [],
    shownTokens: [],
    thought: undefined,
    parser: () => new PlainParser(),
  }
}

class PlainParser implements ChatParser {
  push(text: string): readonly ChatDelta[] {
    return text === '' ? [] : [{ kind: 'text', delta: text }]
  }

  finish(): readonly ChatDelta[] {
    return []
  }
}
