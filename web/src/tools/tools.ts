// The tools that the page itself can run when the model calls them: they reach nothing outside the page.
// Fetching an address is not among them: the page's policy lets it talk to its own server only.
import type { ToolCallPart, ToolResultPart } from '../conversation/parts.ts'

type Tool = {
  readonly description: string
  /** A JSON schema of the arguments. */
  readonly parameters: object
  /** @throws Error whose message the model is shown. */
  readonly run: (values: Readonly<Record<string, unknown>>) => Promise<string>
}

const noParameters = { type: 'object', properties: {} }

const tools = {
  calculate: {
    description: 'Calculates an arithmetic expression, such as (1 + 2) * sqrt(16) / 3 ^ 2.',
    parameters: {
      type: 'object',
      properties: {
        expression: { type: 'string', description: 'Numbers, + - * / % ^, parentheses, and functions such as sqrt.' },
      },
      required: ['expression'],
    },
    run: async ({ expression }) => {
      if (typeof expression !== 'string') throw new Error('"expression" is not a string')
      const { calculate } = await import('./calculate.ts')
      return String(calculate(expression))
    },
  },
  current_time: {
    description: "The current date and time where the user is, with the user's time zone.",
    parameters: noParameters,
    run: async () => {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
      const now = new Date()
      return `${now.toLocaleString('en', { dateStyle: 'full', timeStyle: 'long' })} (${timeZone}), ${now.toISOString()}`
    },
  },
} satisfies Record<string, Tool>

export type ToolName = keyof typeof tools
export const toolNames = Object.keys(tools) as readonly ToolName[]

/** As requests name them. */
export function wireTools(names: readonly string[]): readonly object[] {
  return toolNames
    .filter((name) => names.includes(name))
    .map((name) => {
      const { description, parameters } = tools[name]
      return { type: 'function', function: { name, description, parameters } }
    })
}

/** Runs calls one after the other. What is wrong with one becomes its result, for the model to read. */
export async function runTools(
  calls: readonly ToolCallPart[],
  names: readonly string[],
): Promise<readonly ToolResultPart[]> {
  const results: ToolResultPart[] = []
  for (const call of calls) results.push(await runTool(call, names))
  return results
}

async function runTool({ id, name, arguments: json }: ToolCallPart, names: readonly string[]): Promise<ToolResultPart> {
  try {
    if (!names.includes(name) || !Object.hasOwn(tools, name)) throw new Error(`There is no tool "${name}"`)
    const tool: Tool = tools[name as ToolName]
    return { kind: 'tool-result', callId: id, text: await tool.run(readArguments(json)) }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { kind: 'tool-result', callId: id, text, isError: true }
  }
}

function readArguments(json: string): Readonly<Record<string, unknown>> {
  const values: unknown = JSON.parse(json.trim() === '' ? '{}' : json)
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new Error('the arguments are not a JSON object')
  }
  return values as Record<string, unknown>
}
