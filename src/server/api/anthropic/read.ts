// Reads the fields of a chat in Anthropic's shape into a ChatRequest.
import { badField } from '../../../base/errors.ts'
import { type BodyOf, bodyOf, readFields } from '../../../options/field.ts'
import { type GenerationOptions, generationFields } from '../../../options/generation-fields.ts'
import type { Options } from '../../../options/table.ts'
import {
  type ChatRequest,
  plainChat,
  type ReasoningOptions,
  type Tool,
  type ToolChoice,
} from '../../chat/chat-request.ts'
import { imageInputFor } from '../../generate/images.ts'
import { overflowOf } from '../../generate/overflow.ts'
import { checkTogether, type ImageFile } from '../../images/image-file.ts'
import { readImageUrl } from '../../images/image-url.ts'
import type { Model } from '../../model/model.ts'
import type { OutputFormat } from '../../text/output-format.ts'
import { messageFields } from './fields.ts'
import { type ReadImage, readMessages } from './messages.ts'

export const messagesBody = bodyOf(messageFields, ['messages'])
export type MessagesBody = BodyOf<typeof messagesBody>

/** @throws RequestError naming the field that cannot be served. */
export async function readChat(body: MessagesBody, model: Model, signal: AbortSignal): Promise<ChatRequest> {
  const { stopSequences: stop, maxTokens: nPredict = -1, ...rest } = body
  const options: GenerationOptions = { ...readFields(generationFields, {}), ...rest, stop, nPredict }
  return { ...(await readCounted(body, model, signal)), options }
}

/** Reads the parts that make the prompt. */
export async function readCounted(body: MessagesBody, model: Model, signal: AbortSignal): Promise<ChatRequest> {
  const { messages, system, outputConfig, outputFormat } = body
  return {
    ...plainChat,
    messages: await readMessages(messages, system, imageReader(model, signal)),
    ...readTools(body),
    reasoning: readReasoning(body, model.options),
    format: formatOf(outputConfig?.format?.schema ?? outputFormat?.schema),
    options: readFields(generationFields, {}),
    overflow: overflowOf('refuse', model.options),
  }
}

/** Tools without a schema run on Anthropic's servers: the model does not see them. */
function readTools({
  tools,
  toolChoice,
}: MessagesBody): Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  const own = tools.filter(({ input_schema: schema }) => schema !== undefined && schema !== null)
  const all = own.map(
    ({ name, description, input_schema: parameters }): Tool => ({
      name,
      description: description ?? undefined,
      parameters: parameters ?? undefined,
      strict: true,
    }),
  )
  const choice = readChoice(toolChoice)
  if ((choice.kind === 'required' || choice.kind === 'function') && all.length === 0) {
    throw badField('tool_choice', toolChoice, 'needs "tools" that have an "input_schema"')
  }
  return { tools: all, toolChoice: choice, parallelToolCalls: toolChoice?.disable_parallel_tool_use !== true }
}

function readChoice(choice: MessagesBody['toolChoice']): ToolChoice {
  if (choice === undefined) return { kind: 'auto' }
  if (choice.type !== 'tool') return { kind: choice.type === 'any' ? 'required' : choice.type }
  if (typeof choice.name !== 'string') throw badField('tool_choice', choice, 'has no "name"')
  return { kind: 'function', name: choice.name }
}

function readReasoning({ thinking, outputConfig }: MessagesBody, options: Options): ReasoningOptions {
  const byServer = options.reasoning === 'auto' ? undefined : options.reasoning === 'on'
  const isEnabled = thinking === undefined || thinking.type === 'adaptive' ? byServer : thinking.type === 'enabled'
  const budget = thinking?.budget_tokens ?? options.reasoningBudget
  return {
    isSplit: true,
    isEnabled,
    effort: outputConfig?.effort ?? undefined,
    maxTokens: budget < 0 ? undefined : budget,
    closingMessage: options.reasoningBudgetMessage ?? '',
  }
}

function formatOf(schema: Readonly<Record<string, unknown>> | undefined): OutputFormat {
  return schema === undefined ? { kind: 'text' } : { kind: 'json-schema', schema, field: 'output_config.format' }
}

/** Each image is checked together with those before it. */
function imageReader(model: Model, signal: AbortSignal): ReadImage {
  const all: ImageFile[] = []
  return async (url, name) => {
    const { limits } = imageInputFor(name, model)
    const image = await readImageUrl(url, name, limits, signal)
    all.push(image)
    checkTogether(all, limits)
    return image
  }
}
