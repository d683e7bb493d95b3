// The response object: the request, the status, and the output.
import type { ChatUsage } from '../../../chat/chat-event.ts'
import type { ResponseBody } from './body.ts'
import { type Item, makeId } from './items.ts'
import type { JsonObject } from './values.ts'

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled'

export type ResponseState = {
  readonly status: ResponseStatus
  readonly output: readonly Item[]
  readonly usage: ChatUsage | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
}

export type ResponseJson = JsonObject & {
  readonly id: string
  readonly status: ResponseStatus
  readonly output: readonly Item[]
}

/**
 * @param given the fields as they were sent: tools and the like come back as they are.
 * @returns makes the response object of a state, the same id and time in each.
 */
export function responseMaker(
  body: ResponseBody,
  given: JsonObject,
  modelName: string,
): (state: ResponseState) => ResponseJson {
  const id = makeId('resp')
  const createdAt = seconds()
  const or = (name: string, otherwise: unknown) => given[name] ?? otherwise
  return ({ status, output, usage, error }) => ({
    id,
    object: 'response',
    created_at: createdAt,
    completed_at: status === 'completed' ? seconds() : null,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: or('instructions', null),
    max_output_tokens: or('max_output_tokens', null),
    max_tool_calls: or('max_tool_calls', null),
    model: body.model ?? modelName,
    output,
    parallel_tool_calls: body.parallelToolCalls,
    previous_response_id: or('previous_response_id', null),
    prompt_cache_key: or('prompt_cache_key', null),
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    safety_identifier: or('safety_identifier', null),
    service_tier: 'default',
    store: body.store,
    temperature: body.temperature,
    text: { format: body.text?.format ?? { type: 'text' }, verbosity: body.text?.verbosity ?? 'medium' },
    tool_choice: or('tool_choice', 'auto'),
    tools: body.tools,
    top_logprobs: body.topLogprobs,
    top_p: body.topP,
    truncation: body.truncation,
    usage: usage === undefined ? null : usageJson(usage),
    user: or('user', null),
    metadata: body.metadata,
  })
}

function usageJson({ nPrompt, nCached, nPredicted, nReasoning }: ChatUsage): object {
  return {
    input_tokens: nPrompt,
    input_tokens_details: { cached_tokens: nCached },
    output_tokens: nPredicted,
    output_tokens_details: { reasoning_tokens: nReasoning },
    total_tokens: nPrompt + nPredicted,
  }
}

/** Since 1970. */
function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
