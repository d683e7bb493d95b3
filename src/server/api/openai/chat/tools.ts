// The fields `tools` and `tool_choice`, and their older forms `functions` and `function_call`.
import { badField } from '../../../../base/errors.ts'
import {
  anyObject,
  anyOf,
  array,
  boolean,
  nullable,
  oneOf,
  openObject,
  type Schema,
  string,
  type ValueOf,
} from '../../../../options/schema.ts'
import type { ChatRequest, Tool, ToolChoice } from '../../../chat/chat-request.ts'

const name: Schema<string> = { ...string, minLength: 1, maxLength: 256 }

const functionSchema = openObject(
  {
    name,
    description: nullable(string),
    parameters: nullable(anyObject),
    strict: nullable(boolean),
  },
  ['name'],
)

export const toolsSchema = array(openObject({ type: oneOf('function'), function: functionSchema }, ['function']), {
  maxItems: 1024,
})
export const functionsSchema = array(functionSchema, { maxItems: 1024 })

const named = openObject({ name }, ['name'])
export const toolChoiceSchema = anyOf(
  oneOf('auto', 'none', 'required'),
  openObject({ type: oneOf('function'), function: named }, ['function']),
)
export const functionCallSchema = anyOf(oneOf('auto', 'none'), named)

export type ToolFields = {
  readonly tools: ValueOf<typeof toolsSchema>
  readonly toolChoice: ValueOf<typeof toolChoiceSchema> | undefined
  readonly parallelToolCalls: boolean
  readonly functions: ValueOf<typeof functionsSchema>
  readonly functionCall: ValueOf<typeof functionCallSchema> | undefined
}

/**
 * @throws RequestError for two tools with the same name, for both forms at once, and for a choice
 *   without tools.
 */
export function readTools(body: ToolFields): Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  const { tools, functions, functionCall, toolChoice: choice = functionCall } = body
  if (tools.length > 0 && functions.length > 0)
    throw badField('functions', functions, 'is the older form of "tools", which is also given')
  const all = [...tools.map((tool) => tool.function), ...functions].map(readTool)
  const seen = new Set<string>()
  for (const { name } of all) {
    if (seen.has(name)) throw badField('tools', name, 'is the name of two tools')
    seen.add(name)
  }
  const toolChoice = readChoice(choice)
  const isDemanded = toolChoice.kind === 'required' || toolChoice.kind === 'function'
  if (isDemanded && all.length === 0) {
    const field = body.toolChoice === undefined ? 'function_call' : 'tool_choice'
    throw badField(field, choice, `needs "${field === 'tool_choice' ? 'tools' : 'functions'}"`)
  }
  return { tools: all, toolChoice, parallelToolCalls: body.parallelToolCalls && functions.length === 0 }
}

function readTool({ name, description, parameters, strict }: ValueOf<typeof functionSchema>): Tool {
  return {
    name,
    description: description ?? undefined,
    parameters: parameters ?? undefined,
    strict: strict === true,
  }
}

function readChoice(choice: ToolFields['toolChoice'] | ToolFields['functionCall']): ToolChoice {
  if (choice === undefined) return { kind: 'auto' }
  if (typeof choice === 'string') return { kind: choice }
  const { name } = 'function' in choice ? (choice.function as { name: string }) : (choice as { name: string })
  return { kind: 'function', name }
}
