// The plan for the answers to one chat: additions to the prompt, the enforced form, and the parser.
import { badField } from '../../base/errors.ts'
import type { ThoughtLimit } from '../../protocol/task.ts'
import { endsInThought, type OutputFormat } from '../text/output-format.ts'
import type { ChatRequest, ReasoningOptions, Tool } from './chat-request.ts'
import type { ChatFormat } from './formats/chat-format.ts'
import type { ChatDelta, ChatParser } from './formats/chat-parser.ts'
import type { KnownTool, Wrapper } from './formats/tool-syntax.ts'

export type AnswerPlan = {
  /** More variables for the template. */
  readonly variables: Readonly<Record<string, unknown>>
  /** The tools that the model sees. */
  readonly tools: readonly Tool[]
  /** The form of everything that the model writes, including tool calls and reasoning. */
  readonly format: OutputFormat
  /** Whether control tokens come out as text, for the parser. */
  readonly showsMarkers: boolean
  /** @param prompt the rendered text, which may end inside reasoning. */
  readonly thought: (prompt: string) => ThoughtLimit | undefined
  /** Makes a parser for each answer. */
  readonly parser: (prompt: string) => ChatParser
}

/** @throws RequestError for a tool choice that cannot be enforced. */
export function planAnswer(request: ChatRequest, format: ChatFormat): AnswerPlan {
  const { reasoning } = request
  const tools = offeredTools(request)
  const markers = format.syntax.reasoning
  const isPlain = tools.length === 0 && !format.splitsText && (markers === undefined || !reasoning.isSplit)
  const known = tools.map(({ name, parameters }) => ({ name, parameters }))
  return {
    variables: reasoningVariables(reasoning),
    tools,
    format: formatOf(request, known, format),
    showsMarkers: !isPlain,
    thought: (prompt) => (markers === undefined ? undefined : thoughtLimit(reasoning, markers, prompt)),
    parser: (prompt) =>
      isPlain
        ? new PlainParser()
        : format.parser({
            isThinking: markers !== undefined && endsInThought(prompt, markers),
            splitsThoughts: reasoning.isSplit,
            tools: known,
          }),
  }
}

/** A choice of none, or of one function, leaves the model no other tools to call. */
function offeredTools({ tools, toolChoice }: ChatRequest): readonly Tool[] {
  if (toolChoice.kind === 'none') return []
  if (toolChoice.kind !== 'function') return tools
  const named = tools.filter(({ name }) => name === toolChoice.name)
  if (named.length === 0) throw badField('tool_choice', toolChoice.name, 'is not the name of one of the "tools"')
  return named
}

function formatOf(
  request: ChatRequest,
  tools: readonly KnownTool[],
  { syntax, tools: calls }: ChatFormat,
): OutputFormat {
  const { format, toolChoice, parallelToolCalls: isParallel } = request
  const thought = syntax.reasoning
  const isRequired = toolChoice.kind === 'required' || toolChoice.kind === 'function'
  // a required form of the text excludes calls; the form has priority unless calls are required
  if (tools.length > 0 && (isRequired || format.kind === 'text')) {
    return { kind: 'calls', syntax: calls, tools, isRequired, isParallel, thought }
  }
  return format.kind === 'json-schema' ? { ...format, thought } : format
}

/** The names of the switch and of the effort in templates. */
function reasoningVariables({ isEnabled, effort }: ReasoningOptions): Readonly<Record<string, unknown>> {
  return {
    ...(isEnabled === undefined ? {} : { enable_thinking: isEnabled, thinking: isEnabled }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
  }
}

/** Reasoning that is disabled, and that the template begins anyway, is closed at once. */
function thoughtLimit(options: ReasoningOptions, { start, end }: Wrapper, prompt: string): ThoughtLimit | undefined {
  const maxTokens = options.isEnabled === false ? 0 : options.maxTokens
  if (maxTokens === undefined) return undefined
  const markers = { start: start.trim(), end: end.trim() }
  return { ...markers, isOpen: endsInThought(prompt, { start, end }), maxTokens, message: options.closingMessage }
}

class PlainParser implements ChatParser {
  push(text: string): readonly ChatDelta[] {
    return text === '' ? [] : [{ kind: 'text', delta: text }]
  }

  finish(): readonly ChatDelta[] {
    return []
  }
}
