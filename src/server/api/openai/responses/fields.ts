// The request fields of POST /v1/responses: OpenAI's, and those of /completion and of chats that
// fit.
import type { Field } from '../../../../options/field.ts'
import { generationFields, jsonSchema as jsonSchemaSchema } from '../../../../options/generation-fields.ts'
import {
  anyObject,
  anyOf,
  anything,
  array,
  boolean,
  described,
  nullable,
  oneOf,
  openObject,
  record,
  string,
} from '../../../../options/schema.ts'
import { chatFields } from '../chat/fields.ts'
import { truncationField } from '../truncation.ts'

const ignored = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'no effect' }) as const satisfies Field
const later = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'later' }) as const satisfies Field

const { nPredict, nAnswers, responseFields: _, returnTokens, verbose, imageData, ...sampling } = generationFields

export const itemSchema = openObject({ type: nullable(string) })
export const inputSchema = described('is not a string or a list of items', anyOf(string, array(itemSchema)))

export const toolsSchema = array(openObject({ type: string }, ['type']), { maxItems: 1024 })
export const toolChoiceSchema = anyOf(oneOf('auto', 'none', 'required'), openObject({ type: string }, ['type']))

const formatSchema = openObject(
  { type: oneOf('text', 'json_object', 'json_schema'), schema: nullable(jsonSchemaSchema) },
  ['type'],
)

/** The fields that make the prompt: everything that is counted. */
export const inputFields = {
  input: {
    names: ['input'],
    schema: inputSchema,
    help: 'A text, or items: messages, calls and their outputs, thoughts.',
  },
  instructions: { names: ['instructions'], schema: string, help: 'A system message before the input.' },
  previousResponseId: {
    names: ['previous_response_id'],
    schema: string,
    help: 'A stored response that the input goes on from; its `instructions` do not come with it.',
  },
  tools: {
    names: ['tools'],
    schema: toolsSchema,
    default: [],
    help: 'Tools that the model may call: `function`, `custom`, and `namespace` with tools in it. Others are named in `X-Cria-Ignored`.',
  },
  toolChoice: {
    names: ['tool_choice'],
    schema: toolChoiceSchema,
    help: '`auto`, `none`, `required`, one tool by `type` and `name`, or `allowed_tools`.',
  },
  parallelToolCalls: chatFields.parallelToolCalls,
  reasoning: {
    names: ['reasoning'],
    schema: openObject({
      effort: nullable(oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
      summary: nullable(oneOf('auto', 'concise', 'detailed')),
    }),
    help: '`effort`: how long to think; `summary`: the thought comes as the summary of its item.',
  },
  text: {
    names: ['text'],
    schema: openObject({ format: nullable(formatSchema), verbosity: nullable(oneOf('low', 'medium', 'high')) }),
    help: '`format`: `text`, `json_object`, or `json_schema` with its `schema`. `verbosity` has no effect.',
  },
  truncation: truncationField,
  chatTemplateKwargs: chatFields.chatTemplateKwargs,
} as const

export const responseFields = {
  ...sampling,
  ...inputFields,
  model: { names: ['model'], schema: string, help: 'Any name; the server has one model.' },
  /** Instruction-tuned models write worse with a penalty, so it is off by default. */
  repeatPenalty: chatFields.repeatPenalty,
  maxOutputTokens: {
    ...nPredict,
    names: ['max_output_tokens', ...nPredict.names],
    help: 'Maximum number of tokens to generate, including reasoning; -1 for no limit.',
  },
  topLogprobs: chatFields.topLogprobs,
  include: {
    names: ['include'],
    schema: array(string, { maxItems: 64 }),
    default: [],
    help: '`reasoning.encrypted_content` and `message.output_text.logprobs`; others ask for what there is not.',
  },
  store: {
    names: ['store'],
    schema: boolean,
    default: true,
    help: 'Keep the response, in memory, for `previous_response_id` and `GET /v1/responses/{id}`.',
  },
  metadata: {
    names: ['metadata'],
    schema: record(string),
    default: {},
    help: 'Notes of the caller, which come back with the response.',
  },
  streamOptions: { names: ['stream_options'], schema: anyObject, help: 'Events are never padded: nothing to set.' },
  reasoningFormat: chatFields.reasoningFormat,
  enableThinking: chatFields.enableThinking,
  thinkingBudgetTokens: chatFields.thinkingBudgetTokens,
  reasoningBudgetMessage: chatFields.reasoningBudgetMessage,
  background: later('background', 'Answer at once, and generate without a client.'),
  conversation: later('conversation', 'A conversation that the server keeps.'),
  prompt: later('prompt', 'A prompt that the server keeps.'),
  maxToolCalls: ignored('max_tool_calls', 'The client calls its tools itself.'),
  contextManagement: ignored('context_management', 'The client keeps the conversation.'),
  moderation: ignored('moderation', 'Nothing is moderated.'),
  user: ignored('user', 'Who asks.'),
  safetyIdentifier: ignored('safety_identifier', 'Who asks.'),
  promptCacheKey: ignored('prompt_cache_key', 'The cache finds prefixes by itself.'),
  promptCacheRetention: ignored('prompt_cache_retention', 'The cache keeps what it has room for.'),
  promptCacheOptions: ignored('prompt_cache_options', 'The cache finds prefixes by itself.'),
  serviceTier: ignored('service_tier', 'There is one tier.'),
  clientMetadata: ignored('client_metadata', 'Notes of the client.'),
} as const

export const inputTokensFields = { ...inputFields, model: responseFields.model } as const
