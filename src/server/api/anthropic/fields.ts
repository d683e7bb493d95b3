// The request fields of POST /v1/messages: Anthropic's, and the sampling fields of /completion.
import type { Field } from '../../../options/field.ts'
import { generationFields } from '../../../options/generation-fields.ts'
import {
  anyObject,
  anything,
  array,
  boolean,
  integer,
  nullable,
  oneOf,
  openObject,
  string,
} from '../../../options/schema.ts'
import { contentSchema, messagesSchema } from './messages.ts'

const ignored = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'no effect' }) as const satisfies Field

const { nPredict, stop, jsonSchema, responseFields, returnTokens, verbose, imageData, nAnswers, ...sampling } =
  generationFields

/** Tools of the client have a schema; those of Anthropic's servers have a type of their own. */
const toolsSchema = array(
  openObject(
    {
      name: { ...string, minLength: 1 },
      type: nullable(string),
      description: nullable(string),
      input_schema: nullable(anyObject),
    },
    ['name'],
  ),
  { maxItems: 1024 },
)

const toolChoiceSchema = openObject(
  { type: oneOf('auto', 'any', 'tool', 'none'), name: nullable(string), disable_parallel_tool_use: nullable(boolean) },
  ['type'],
)

const thinkingSchema = openObject(
  { type: oneOf('enabled', 'adaptive', 'disabled'), budget_tokens: nullable(integer(0)) },
  ['type'],
)

const formatSchema = openObject({ type: oneOf('json_schema'), schema: anyObject }, ['type', 'schema'])

export const messageFields = {
  ...sampling,
  /** Instruction-tuned models write worse with a penalty, so it is off by default. */
  repeatPenalty: { ...sampling.repeatPenalty, default: 1 },
  messages: { names: ['messages'], schema: messagesSchema, help: 'The conversation so far.' },
  model: { names: ['model'], schema: string, help: 'Any name; the server has one model.' },
  maxTokens: { names: ['max_tokens'], schema: integer(0), help: 'Maximum number of tokens to generate.' },
  system: { names: ['system'], schema: contentSchema, help: 'The system prompt, a text or text blocks.' },
  stopSequences: {
    names: ['stop_sequences'],
    schema: array(string, { maxItems: 1024 }),
    default: [],
    help: 'Texts that end the answer.',
  },
  tools: { names: ['tools'], schema: toolsSchema, default: [], help: 'Tools that the model may use.' },
  toolChoice: {
    names: ['tool_choice'],
    schema: toolChoiceSchema,
    help: '`auto`, `any`, `none`, or `tool` with its `name`; `disable_parallel_tool_use` allows one call.',
  },
  thinking: {
    names: ['thinking'],
    schema: thinkingSchema,
    help: '`enabled` with `budget_tokens`, `adaptive`, or `disabled`.',
  },
  outputConfig: {
    names: ['output_config'],
    schema: openObject({ effort: nullable(string), format: nullable(formatSchema) }),
    help: '`effort`, and `format` with a JSON schema for the answer.',
  },
  outputFormat: { names: ['output_format'], schema: formatSchema, help: 'The older form of `output_config.format`.' },
  metadata: ignored('metadata', 'Notes of the caller.'),
  contextManagement: ignored('context_management', 'The client keeps the conversation.'),
  serviceTier: ignored('service_tier', 'There is one tier.'),
  container: ignored('container', 'There are no containers.'),
  mcpServers: ignored('mcp_servers', 'The client calls its servers itself.'),
  inferenceGeo: ignored('inference_geo', 'The model is where the server is.'),
  cacheControl: ignored('cache_control', 'The cache finds prefixes by itself.'),
  speed: ignored('speed', 'There is one speed.'),
  betas: ignored('betas', 'What is served needs no beta.'),
} as const
