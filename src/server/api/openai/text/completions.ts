// POST /v1/completions: OpenAI's text completions. Prompts → tasks; events → OpenAI's answer or chunks.
import { badField } from '../../../../base/errors.ts'
import {
  anything,
  bodySchema,
  type Field,
  integer,
  readFields,
  type Schema,
  string,
} from '../../../../options/field.ts'
import { generationFields } from '../../../../options/generation-fields.ts'
import { mergeStreams } from '../../../generate/merge-streams.ts'
import { promptSchema, readPrompts } from '../../../generate/prompt.ts'
import {
  checked,
  complete,
  type FinishEvent,
  makeTasks,
  refuseNative,
  serverDefaults,
  type TaskBody,
} from '../../../generate/request-maker.ts'
import { errorJson, toRequestError } from '../../../http/errors.ts'
import { type Answer, DONE, type HttpRequest } from '../../../http/handler.ts'
import type { Services } from '../../../model/model.ts'
import { verboseJson } from '../../shared/completion-json.ts'
import { isProgress } from '../../shared/progress-json.ts'
import { responseFormatSchema, withResponseFormat } from '../response-format.ts'
import { overflowWith, truncationField } from '../truncation.ts'
import { CompletionsReply } from './write.ts'

const later = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'later' }) as const
const ignored = <const N extends string>(name: N, help: string) =>
  ({ names: [name], schema: anything, help, support: 'no effect' }) as const

export const textCompletionFields = {
  ...generationFields,
  prompt: { names: ['prompt'], schema: promptSchema, default: '' as const, help: 'The text to continue.' },
  model: { names: ['model'], schema: string, help: 'Any name: there is one model.' },
  /** Instruction-tuned models write worse with a penalty, so it is off here. */
  repeatPenalty: { ...generationFields.repeatPenalty, default: 1 },
  bestOf: {
    names: ['best_of'],
    schema: integer(1, 1),
    default: 1,
    help: 'How many answers to choose from; one so far.',
  },
  logprobs: {
    names: ['logprobs'],
    schema: integer(0, 20),
    help: 'Tell the logprobs of the N most likely tokens at each place.',
  },
  streamOptions: {
    names: ['stream_options'],
    schema: { type: ['object', 'null'], properties: { include_usage: { type: ['boolean', 'null'] } } } as Schema<{
      readonly include_usage?: boolean | null
    }>,
    help: '`include_usage`: end the stream with the numbers of tokens.',
  },
  responseFormat: {
    names: ['response_format'],
    schema: responseFormatSchema,
    help: 'The form of the text; as in /v1/chat/completions.',
  },
  truncation: truncationField,
  echo: later('echo', 'Send the prompt back.'),
  suffix: later('suffix', 'What comes after the text; see /infill.'),
  user: ignored('user', 'Who asks.'),
} as const

export const textCompletionBody = bodySchema(textCompletionFields)

const ownNames = Object.entries<Field>(textCompletionFields)
  .filter(([key]) => key !== 'prompt' && !(key in generationFields))
  .flatMap(([, { names }]) => names)

/** Whether a body has a field that only OpenAI's text completion has, as `model`, which its clients always send. */
export function isTextCompletion(body: HttpRequest['body']): boolean {
  return ownNames.some((name) => body[name] !== undefined && body[name] !== null)
}

export async function textCompletions({ body, signal }: HttpRequest, services: Services): Promise<Answer> {
  const { tokenizer, options } = services
  const fields = withResponseFormat(readFields(textCompletionFields, body, serverDefaults(options)))
  refuseNative(fields, 'there are no pictures here')
  if (fields.postSamplingProbs) throw badField('post_sampling_probs', true, 'is for /completion and chats')
  const nProbs = Math.max(fields.nProbs, fields.logprobs === undefined ? 0 : Math.max(1, fields.logprobs))
  const tasks = readPrompts(fields.prompt, tokenizer).prompts.flatMap(({ tokens }) => {
    // an empty prompt is the beginning of a text
    const prompt = tokens.length > 0 ? tokens : [Math.max(0, tokenizer.vocab.bos)]
    return makeTasks({ ...fields, nProbs }, { tokens: prompt }, overflowWith(fields.truncation, options), services)
  })
  const reply = new CompletionsReply({
    modelName: services.modelName,
    version: services.version,
    vocab: tokenizer.vocab,
    verbose: fields.verbose ? (event) => verboseJson(fields, tasks[0]!, event, services) : undefined,
    nAnswers: fields.nAnswers,
    nLogprobs: fields.logprobs ?? (fields.nProbs > 0 ? fields.nProbs : undefined),
    timingsPerToken: fields.timingsPerToken,
  })
  if (!fields.stream)
    return { json: reply.whole(await Promise.all(tasks.map((task) => complete(task, services, signal)))) }
  const includesUsage = fields.streamOptions?.include_usage === true
  return {
    events: streamAll(tasks, reply, includesUsage, services, signal),
    errorEvent: (error) => errorJson(toRequestError(error)),
  }
}

async function* streamAll(
  tasks: readonly TaskBody[],
  reply: CompletionsReply,
  includesUsage: boolean,
  services: Services,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const finished: FinishEvent[] = []
  async function* one(task: TaskBody, index: number): AsyncGenerator<unknown> {
    for await (const event of checked(services.engine.generate(task, signal))) {
      if (isProgress(event)) {
        yield reply.progressChunk(index, event)
        continue
      }
      if (event.text !== '' || event.probs.length > 0) yield reply.chunk(index, event)
      if (event.kind !== 'finish') continue
      finished.push(event)
      yield reply.lastChunk(index, event)
    }
  }
  yield* mergeStreams(tasks.map(one))
  if (includesUsage) yield reply.usageChunk(finished)
  yield DONE
}
