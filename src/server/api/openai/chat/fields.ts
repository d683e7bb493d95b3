// The request fields of POST /v1/chat/completions: OpenAI's, and those of /completion.
import type { Field } from '../../../../options/field.ts'
import { generationFields } from '../../../../options/generation-fields.ts'
import { anyObject, anything, boolean, integer, nullable, openObject, string } from '../../../../options/schema.ts'
import { responseFormatSchema } from '../response-format.ts'
import { truncationField } from '../truncation.ts'
import { messagesSchema } from './messages.ts'

const shared = generationFields

const ignored = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'no effect' }) as const satisfies Field
const later = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'later' }) as const satisfies Field

export const chatFields = {
  ...shared,
  messages: { names: ['messages'], schema: messagesSchema, help: 'The conversation so far.' },
  model: { names: ['model'], schema: string, help: 'Any name: there is one model.' },
  /** Instruction-tuned models write worse with a penalty, so it is off here. */
  repeatPenalty: { ...shared.repeatPenalty, default: 1 },
  logprobs: { names: ['logprobs'], schema: boolean, default: false, help: 'Tell the logprob of each token.' },
  topLogprobs: {
    names: ['top_logprobs'],
    schema: integer(0, 20),
    default: 0,
    help: 'Tell the logprobs of the N most likely tokens as well.',
  },
  streamOptions: {
    names: ['stream_options'],
    schema: openObject({ include_usage: nullable(boolean), include_obfuscation: nullable(boolean) }),
    help: '`include_usage`: end the stream with the numbers of tokens.',
  },
  responseFormat: {
    names: ['response_format'],
    schema: responseFormatSchema,
    help: '`{"type": "text"}`, `{"type": "json_object"}` or `{"type": "json_schema", "json_schema": {"schema": …}}`.',
  },
  truncation: truncationField,
  functionCall: {
    names: ['function_call'],
    schema: anything,
    help: 'The older name of tool_choice: `none` or `auto`.',
  },
  toolChoice: { names: ['tool_choice'], schema: anything, help: '`none` or `auto`: there are no tools yet.' },
  addGenerationPrompt: {
    names: ['add_generation_prompt'],
    schema: boolean,
    default: true,
    help: "End the prompt with the beginning of the assistant's turn.",
  },
  chatTemplateKwargs: {
    names: ['chat_template_kwargs'],
    schema: anyObject,
    default: {},
    help: 'More variables for the chat template.',
  },
  tools: later('tools', 'Functions that the model may call.'),
  functions: later('functions', 'The older name of tools.'),
  audio: later('audio', 'Spoken answers.'),
  prediction: later('prediction', 'Predicted output.'),
  webSearchOptions: later('web_search_options', 'Web search.'),
  reasoningEffort: later('reasoning_effort', 'How long to think.'),
  verbosity: ignored('verbosity', 'How long an answer is: the model decides.'),
  promptCacheRetention: ignored('prompt_cache_retention', 'The cache keeps what it has room for.'),
  user: ignored('user', 'Who asks.'),
  safetyIdentifier: ignored('safety_identifier', 'Who asks.'),
  promptCacheKey: ignored('prompt_cache_key', 'The cache finds prefixes by itself.'),
  metadata: ignored('metadata', 'Notes of the caller.'),
  store: ignored('store', 'Nothing is stored.'),
  serviceTier: ignored('service_tier', 'There is one tier.'),
  parallelToolCalls: ignored('parallel_tool_calls', 'There are no tools yet.'),
  modalities: ignored('modalities', 'Text is what comes.'),
} as const
