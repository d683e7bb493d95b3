// The fields that control whether and how long the model reasons.
import type { Options } from '../../../../options/table.ts'
import type { ReasoningOptions } from '../../../chat/chat-request.ts'

export type ReasoningFields = {
  readonly reasoningFormat: 'auto' | 'deepseek' | 'deepseek-legacy' | 'none' | undefined
  readonly enableThinking: boolean | undefined
  readonly reasoningEffort: string | undefined
  readonly thinkingBudgetTokens: number | undefined
  readonly reasoningBudgetMessage: string | undefined
}

/** The request's settings, else the server's. */
export function readReasoning(fields: ReasoningFields, options: Options): ReasoningOptions {
  const { enableThinking, reasoningEffort: effort, thinkingBudgetTokens: budget = options.reasoningBudget } = fields
  const byServer = options.reasoning === 'auto' ? undefined : options.reasoning === 'on'
  const byEffort = effort === undefined ? byServer : effort !== 'none'
  return {
    isSplit: (fields.reasoningFormat ?? options.reasoningFormat) !== 'none',
    isEnabled: enableThinking ?? byEffort,
    effort: effort === 'none' ? undefined : effort,
    maxTokens: budget < 0 ? undefined : budget,
    closingMessage: fields.reasoningBudgetMessage ?? options.reasoningBudgetMessage ?? '',
  }
}
