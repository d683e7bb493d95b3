// Reads the fields of a response in OpenAI's shape into a ChatRequest.
import { badField, RequestError } from '../../../../base/errors.ts'
import { readFields } from '../../../../options/field.ts'
import { type GenerationOptions, generationFields } from '../../../../options/generation-fields.ts'
import type { Options } from '../../../../options/table.ts'
import { type ChatMessage, type ChatRequest, plainChat } from '../../../chat/chat-request.ts'
import { outputFormat } from '../../../generate/output-format.ts'
import type { Model } from '../../../model/model.ts'
import type { OutputFormat } from '../../../text/output-format.ts'
import { imageReader } from '../chat/read.ts'
import { readReasoning } from '../chat/reasoning.ts'
import { overflowWith } from '../truncation.ts'
import type { InputTokensBody, ResponseBody } from './body.ts'
import { type Item, itemsOf } from './items.ts'
import { readItems } from './messages.ts'
import type { ResponseStore } from './store.ts'
import { type OfferedTool, readToolChoice, readTools } from './tools.ts'

/** The common fields of both bodies. */
type InputBody = InputTokensBody & Partial<ResponseBody>

/** The store of earlier responses, and their owner. */
export type Kept = { readonly store: ResponseStore; readonly owner: string }

export type ReadResponse = {
  readonly chat: ChatRequest
  /** The whole input of the model, items of earlier responses first. */
  readonly input: readonly Item[]
  readonly offered: readonly OfferedTool[]
}

/** @throws RequestError naming the field that cannot be served. */
export async function readResponse(
  body: ResponseBody,
  kept: Kept,
  model: Model,
  signal: AbortSignal,
): Promise<ReadResponse> {
  const { maxOutputTokens: nPredict, topLogprobs } = body
  const wantsProbs = topLogprobs > 0 || body.include.includes('message.output_text.logprobs')
  const nProbs = Math.max(wantsProbs ? Math.max(1, topLogprobs) : 0, body.nProbs)
  const options = { ...readFields(generationFields, {}), ...body, nPredict, nProbs }
  return readInput(body, kept, model, signal, options)
}

/** Reads the parts that make the prompt. */
export async function readInput(
  body: InputBody,
  kept: Kept,
  model: Model,
  signal: AbortSignal,
  options: GenerationOptions = readFields(generationFields, {}),
): Promise<ReadResponse> {
  const offered = readTools(body.tools)
  const earlier = await earlierItems(body.previousResponseId, kept)
  const own = await withReferences(itemsOf(body.input), kept)
  const readImage = imageReader(model, signal)
  const messages = [
    ...instructionsOf(body),
    ...(await readItems(earlier, 'previous_response_id', offered, readImage)),
    ...(await readItems(own, 'input', offered, readImage)),
  ]
  const chat: ChatRequest = {
    ...plainChat,
    // a probe may have no input at all, and templates want a message
    messages: messages.length > 0 ? messages : [{ role: 'user', parts: [], extra: {} }],
    ...readToolChoice(body.toolChoice, offered),
    parallelToolCalls: body.parallelToolCalls,
    reasoning: reasoningOf(body, model.options),
    format: formatOf(body.text?.format ?? undefined, options),
    options,
    overflow: overflowWith(body.truncation, model.options),
    templateVariables: body.chatTemplateKwargs,
  }
  return { chat, input: [...earlier, ...own], offered }
}

function instructionsOf({ instructions = '' }: InputBody): readonly ChatMessage[] {
  return instructions === '' ? [] : [{ role: 'system', parts: [{ kind: 'text', text: instructions }], extra: {} }]
}

/** The whole input of a response, and its answer. */
async function earlierItems(id: string | undefined, { store, owner }: Kept): Promise<readonly Item[]> {
  if (id === undefined) return []
  const stored = await store.get(owner, id)
  if (stored !== undefined) return [...stored.input, ...stored.response.output]
  throw new RequestError('invalid_request', `Previous response with id '${id}' not found.`, {
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  })
}

/** @returns the items with those in the place of references that these name. */
async function withReferences(items: readonly Item[], { store, owner }: Kept): Promise<readonly Item[]> {
  const all: Item[] = []
  for (const [i, item] of items.entries()) {
    const found = item.type === 'item_reference' ? await store.item(owner, item.id) : item
    if (found === undefined) throw badField(`input[${i}].id`, item.id, 'is not the id of an item that is stored')
    all.push(found)
  }
  return all
}

function reasoningOf(body: InputBody, options: Options): ChatRequest['reasoning'] {
  const { reasoningFormat, enableThinking, thinkingBudgetTokens, reasoningBudgetMessage } = body
  const reasoningEffort = body.reasoning?.effort ?? undefined
  return readReasoning(
    { reasoningFormat, enableThinking, reasoningEffort, thinkingBudgetTokens, reasoningBudgetMessage },
    options,
  )
}

/** @throws RequestError when two forms are asked for at once, or a schema is missing. */
function formatOf(format: NonNullable<InputBody['text']>['format'], options: GenerationOptions): OutputFormat {
  const other = outputFormat(options)
  if (format === undefined || format === null || format.type === 'text') return other
  if (other.kind !== 'text' && other.kind !== 'calls') {
    throw badField('text.format', format, `cannot be followed beside "${other.field}"`)
  }
  const schema = format.type === 'json_object' ? {} : format.schema
  if (schema === undefined || schema === null) throw badField('text.format', format, 'has no "schema"')
  return { kind: 'json-schema', schema, field: 'text.format.schema' }
}
