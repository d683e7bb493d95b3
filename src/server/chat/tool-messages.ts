// Tools and calls for templates that do not write them: the system message lists the tools, and the
// calls of earlier answers become text, in the format in which the model is asked to write its own.
import type { ChatMessage, ContentPart, Tool, ToolCallPart } from './chat-request.ts'
import type { ChatFormat } from './formats/chat-format.ts'

/** A tool in OpenAI's shape, which templates read. */
export function templateTool({ name, description, parameters }: Tool): object {
  return {
    type: 'function',
    function: { name, description: description ?? '', parameters: parameters ?? noParameters },
  }
}

const noParameters = { type: 'object', properties: {} }

/** @returns messages that the template can write; unchanged if it knows tools and calls. */
export function fitTools(
  messages: readonly ChatMessage[],
  tools: readonly Tool[],
  format: ChatFormat,
): readonly ChatMessage[] {
  const written = format.showsCalls ? messages : messages.map((message) => withWrittenCalls(message, format))
  return tools.length === 0 || format.showsTools ? written : withToolList(written, tools, format)
}

function withWrittenCalls(message: ChatMessage, format: ChatFormat): ChatMessage {
  const calls = message.parts.filter((part): part is ToolCallPart => part.kind === 'tool-call')
  if (calls.length === 0) return message
  const text = format.writeCalls(calls.map((call) => ({ ...call, arguments: parsed(call.arguments) })))
  const others = message.parts.filter((part) => part.kind !== 'tool-call')
  return { ...message, parts: [...others, { kind: 'text', text }] }
}

/** Arguments that are not an object stay text. */
function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {}
  return { input: text }
}

function withToolList(
  messages: readonly ChatMessage[],
  tools: readonly Tool[],
  format: ChatFormat,
): readonly ChatMessage[] {
  const list: ContentPart = { kind: 'text', text: toolList(tools, format) }
  const [first, ...rest] = messages
  const isSystem = first?.role === 'system' || first?.role === 'developer'
  if (first === undefined || !isSystem) return [{ role: 'system', parts: [list], extra: {} }, ...messages]
  return [{ ...first, parts: [...first.parts, list] }, ...rest]
}

function toolList(tools: readonly Tool[], format: ChatFormat): string {
  const lines = tools.map((tool) => JSON.stringify(templateTool(tool))).join('\n')
  const example = format.writeCalls([{ id: 'call000001', name: '<name>', arguments: { '<argument>': '<value>' } }])
  return `# Tools

You may call one or more of these functions, described in JSON:
<tools>
${lines}
</tools>

To call one, answer with its name and arguments in this form:
${example}`
}
