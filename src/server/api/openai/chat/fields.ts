// The request fields of POST /v1/chat/completions: OpenAI's, and those of /completion.
import type { Field } from '../../../../options/field.ts'
import { generationFields } from '../../../../options/generation-fields.ts'
import {
  anyObject,
  anything,
  boolean,
  integer,
  nullable,
  oneOf,
  openObject,
  string,
} from '../../../../options/schema.ts'
import { responseFormatSchema } from '../response-format.ts'
import { truncationField } from '../truncation.ts'
import { messagesSchema } from './messages.ts'
import { functionCallSchema, functionsSchema, toolChoiceSchema, toolsSchema } from './tools.ts'

const shared = generationFields

const ignored = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'no effect' }) as const satisfies Field
const later = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'later' }) as const satisfies Field

export const chatFields = {
  ...shared,
  messages: { names: ['messages'], schema: messagesSchema, help: 'The conversation so far.' },
  model: { names: ['model'], schema: string, help: 'Any name; the server has one model.' },
  /** Instruction-tuned models write worse with a penalty, so it is off by default. */
  repeatPenalty: { ...shared.repeatPenalty, default: 1 },
  logprobs: { names: ['logprobs'], schema: boolean, default: false, help: 'Report the logprob of each token.' },
  topLogprobs: {
    names: ['top_logprobs'],
    schema: integer(0, 20),
    default: 0,
    help: 'Also report the logprobs of the N most likely tokens.',
  },
  streamOptions: {
    names: ['stream_options'],
    schema: openObject({ include_usage: nullable(boolean), include_obfuscation: nullable(boolean) }),
    help: '`include_usage`: end the stream with the token counts.',
  },
  responseFormat: {
    names: ['response_format'],
    schema: responseFormatSchema,
    help: '`{"type": "text"}`, `{"type": "json_object"}` or `{"type": "json_schema", "json_schema": {"schema": …}}`.',
  },
  truncation: truncationField,
  tools: { names: ['tools'], schema: toolsSchema, default: [], help: 'Functions that the model may call.' },
  toolChoice: {
    names: ['tool_choice'],
    schema: toolChoiceSchema,
    help: '`auto`, `none`, `required`, or a function to call: `{"type": "function", "function": {"name": …}}`.',
  },
  parallelToolCalls: {
    names: ['parallel_tool_calls'],
    schema: boolean,
    default: true,
    help: 'Whether one answer may have several calls.',
  },
  functions: { names: ['functions'], schema: functionsSchema, default: [], help: 'The older form of `tools`.' },
  functionCall: {
    names: ['function_call'],
    schema: functionCallSchema,
    help: 'The older form of `tool_choice`.',
  },
  reasoningFormat: {
    names: ['reasoning_format'],
    schema: oneOf('auto', 'deepseek', 'deepseek-legacy', 'none'),
    help: '`none` leaves reasoning in the text; otherwise it is sent as `reasoning_content`.',
  },
  enableThinking: {
    names: ['enable_thinking'],
    schema: boolean,
    help: 'Whether to reason before answering, if the template has a switch for it.',
  },
  reasoningEffort: {
    names: ['reasoning_effort'],
    schema: oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
    help: 'The amount of reasoning, if the template supports it; `none` switches reasoning off.',
  },
  thinkingBudgetTokens: {
    names: ['thinking_budget_tokens', 'reasoning_budget_tokens'],
    schema: integer(-1),
    help: 'Maximum number of reasoning tokens; -1 for no limit.',
  },
  reasoningBudgetMessage: {
    names: ['reasoning_budget_message'],
    schema: string,
    help: 'Text inserted at the end of reasoning that reaches its limit.',
  },
  addGenerationPrompt: {
    names: ['add_generation_prompt'],
    schema: boolean,
    default: true,
    help: "End the prompt with the beginning of the assistant's turn.",
  },
  continueFinalMessage: {
    names: ['continue_final_message'],
    schema: oneOf(true, false, 'content', 'reasoning_content'),
    help: "Whether the answer goes on with the last message, and with which part. Without it: when that is the assistant's.",
  },
  chatTemplateKwargs: {
    names: ['chat_template_kwargs'],
    schema: anyObject,
    default: {},
    help: 'Additional variables for the chat template.',
  },
  audio: later('audio', 'Spoken answers.'),
  prediction: later('prediction', 'Predicted output.'),
  webSearchOptions: later('web_search_options', 'Web search.'),
  verbosity: ignored('verbosity', 'How long an answer is: the model decides.'),
  promptCacheRetention: ignored('prompt_cache_retention', 'The cache keeps what it has room for.'),
  user: ignored('user', 'Who asks.'),
  safetyIdentifier: ignored('safety_identifier', 'Who asks.'),
  promptCacheKey: ignored('prompt_cache_key', 'The cache finds prefixes by itself.'),
  metadata: ignored('metadata', 'Notes of the caller.'),
  store: ignored('store', 'Nothing is stored.'),
  serviceTier: ignored('service_tier', 'There is one tier.'),
  modalities: ignored('modalities', 'Text is what comes.'),
} as const
