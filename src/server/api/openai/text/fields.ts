// The request fields of POST /v1/completions: OpenAI's, and those of /completion.
import { type BodyOf, bodyOf, type Field } from '../../../../options/field.ts'
import { generationFields } from '../../../../options/generation-fields.ts'
import { anything, boolean, integer, nullable, openObject, string } from '../../../../options/schema.ts'
import { promptSchema } from '../../../generate/prompt.ts'
import { responseFormatSchema } from '../response-format.ts'
import { truncationField } from '../truncation.ts'

const ignored = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'no effect' }) as const

export const textCompletionFields = {
  ...generationFields,
  prompt: { names: ['prompt'], schema: promptSchema, default: '', help: 'The text to continue.' },
  model: { names: ['model'], schema: string, help: 'Any name; the server has one model.' },
  /** Instruction-tuned models write worse with a penalty, so it is off by default. */
  repeatPenalty: { ...generationFields.repeatPenalty, default: 1 },
  bestOf: {
    names: ['best_of'],
    schema: integer(1, 1),
    default: 1,
    help: 'The number of answers to choose from; only 1 is supported.',
  },
  logprobs: {
    names: ['logprobs'],
    schema: integer(0, 20),
    help: 'Report the logprobs of the N most likely tokens at each position.',
  },
  streamOptions: {
    names: ['stream_options'],
    schema: openObject({ include_usage: nullable(boolean) }),
    help: '`include_usage`: end the stream with the token counts.',
  },
  responseFormat: {
    names: ['response_format'],
    schema: responseFormatSchema,
    help: 'The form of the text; as in /v1/chat/completions.',
  },
  truncation: truncationField,
  echo: {
    names: ['echo'],
    schema: boolean,
    default: false,
    help: 'Send the prompt before the text, and with `logprobs` also how likely its tokens were.',
  },
  promptLogprobs: {
    names: ['prompt_logprobs'],
    schema: integer(0, 20),
    help: 'Report the logprob and the rank of each token of the prompt, and the N most likely tokens at its position.',
  },
  suffix: {
    names: ['suffix'],
    schema: string,
    default: '',
    help: 'What comes after the text, which fills the gap; for models with the tokens for it.',
  },
  user: ignored('user', 'Who asks.'),
} as const

export const textCompletionBody = bodyOf(textCompletionFields)
export type TextBody = BodyOf<typeof textCompletionBody>

const ownNames = Object.entries<Field>(textCompletionFields)
  .filter(([key]) => key !== 'prompt' && !(key in generationFields))
  .flatMap(([, { names }]) => names)

/**
 * Whether a body has a field that only OpenAI's text completion has, such as `model`, which its
 * clients always send.
 */
export function isTextCompletion(given: Readonly<Record<string, unknown>>): boolean {
  return ownNames.some((name) => given[name] !== undefined && given[name] !== null)
}
