// The parts of a request that the settings shape: the user's own template, and fields.
import { ApiError } from '../api/errors.ts'
import type { OwnTemplate, Shape } from '../settings/settings.ts'
import { wireTools } from '../tools/tools.ts'
import { t } from '../words/words.ts'
import type { Message } from './types.ts'
import { markedText } from './wire.ts'

/** The whole prompt by the user's own template. */
export function ownPrompt(path: readonly Message[], own: OwnTemplate): string {
  const fill = (template: string, values: Readonly<Record<string, string>>) =>
    template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
  const names = { char: own.bot, user: own.user }
  const lines = path.map((message) =>
    fill(own.history, {
      ...names,
      name: message.role === 'user' ? own.user : own.bot,
      message: markedText(message),
    }),
  )
  return fill(own.template, { ...names, prompt: fill(own.prompt, names), history: lines.join('\n') })
}

/** What ends an answer under the user's own template. */
export function ownStops(own: OwnTemplate): readonly string[] {
  return ['</s>', `${own.bot}:`, `${own.user}:`]
}

/** The fields of every route that a shape asks for. @throws ApiError (`refused`) for a schema that cannot be used. */
export async function requestFields({ sampling, output }: Shape): Promise<Readonly<Record<string, unknown>>> {
  const { penalty_prompt: penaltyPrompt, ...fields } = sampling
  return {
    ...fields,
    ...(typeof penaltyPrompt === 'string' && penaltyPrompt !== '' ? { penalty_prompt: penaltyPrompt } : {}),
    ...(await grammarField(output)),
  }
}

/** What a shape tells the chat template: whether and how much the model thinks, and which tools it has. */
export function templateFields({ thinking, tools }: Shape): {
  chat_template_kwargs?: object
  tools?: readonly object[]
} {
  const kwargs = thinkingVariables[thinking]
  return {
    ...(kwargs === undefined ? {} : { chat_template_kwargs: kwargs }),
    ...(tools.length === 0 ? {} : { tools: wireTools(tools) }),
  }
}

const thinkingVariables = {
  auto: undefined,
  on: { enable_thinking: true },
  off: { enable_thinking: false },
  low: { reasoning_effort: 'low' },
  medium: { reasoning_effort: 'medium' },
  high: { reasoning_effort: 'high' },
} as const

async function grammarField(output: Shape['output']): Promise<{ grammar?: string }> {
  switch (output.kind) {
    case 'free':
      return {}
    case 'grammar':
      return output.grammar.trim() === '' ? {} : { grammar: output.grammar }
    case 'json': {
      const { outputGrammar } = await import('./output-grammar.ts')
      try {
        return { grammar: outputGrammar(output) }
      } catch (error) {
        throw new ApiError('refused', `${t('settings.schema')}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
}
