// POST /v1/chat/completions: messages → prompt → task; events → OpenAI's answer or chunks.
import { badField, RequestError } from '../../../base/errors.ts'
import { bodySchema, type ReadBy, readFields } from '../../../options/field.ts'
import { readMessages } from '../../chat/messages.ts'
import type { ChatTemplate } from '../../chat/template.ts'
import { errorJson, toRequestError } from '../../http/errors.ts'
import { type Answer, DONE, type HttpRequest } from '../../http/handler.ts'
import { verboseJson } from '../completion-reply.ts'
import {
  checked,
  complete,
  type FinishEvent,
  makeTasks,
  overflowOf,
  serverDefaults,
  type TaskBody,
} from '../generation.ts'
import { mergeStreams } from '../merge-streams.ts'
import type { Services } from '../services.ts'
import { chatFields } from './chat-fields.ts'
import { ChatReply } from './chat-reply.ts'
import { withResponseFormat } from './response-format.ts'

export const chatBody = bodySchema(chatFields, ['messages'])

type ChatOptions = ReadBy<typeof chatFields>

export async function chatCompletions(
  request: HttpRequest,
  services: Services,
  template: ChatTemplate,
): Promise<Answer> {
  const fields = withResponseFormat(readFields(chatFields, request.body, serverDefaults(services.options)))
  refuseUnserved(fields)
  const tasks = makeChatTasks(fields, services, template)
  const reply = new ChatReply({
    modelName: services.modelName,
    version: services.version,
    vocab: services.tokenizer.vocab,
    verbose: fields.verbose ? (event) => verboseJson(fields, tasks[0]!, event, services) : undefined,
    nTopLogprobs: fields.logprobs || fields.nProbs > 0 ? Math.max(fields.topLogprobs, fields.nProbs) : undefined,
    timingsPerToken: fields.timingsPerToken,
  })
  if (!fields.stream) {
    return { json: reply.whole(await Promise.all(tasks.map((task) => complete(task, services, request.signal)))) }
  }
  const includesUsage = fields.streamOptions?.include_usage === true
  return {
    events: streamAll(tasks, reply, includesUsage, services, request.signal),
    errorEvent: (error) => errorJson(toRequestError(error)),
  }
}

async function* streamAll(
  tasks: readonly TaskBody[],
  reply: ChatReply,
  includesUsage: boolean,
  services: Services,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const finished: FinishEvent[] = []
  async function* one(task: TaskBody, index: number): AsyncGenerator<unknown> {
    let isFirst = true
    for await (const event of checked(services.engine.generate(task, signal))) {
      if (isFirst) yield reply.firstChunk(index)
      isFirst = false
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

function makeChatTasks(fields: ChatOptions, services: Services, template: ChatTemplate): TaskBody[] {
  const { tokenizer } = services
  const messages = readMessages(fields.messages ?? [])
  const text = template.render(messages, fields.addGenerationPrompt, fields.chatTemplateKwargs)
  const tokens = tokenizer.tokenize(text, true)
  if (tokens[0] === tokenizer.vocab.bos && tokens[1] === tokenizer.vocab.bos) tokens.shift() // the template brought its own
  if (tokens.length === 0) throw badField('messages', fields.messages, 'make an empty prompt')
  const stop = typeof fields.stop === 'string' ? [fields.stop] : fields.stop
  const nProbs = Math.max(fields.logprobs ? Math.max(1, fields.topLogprobs) : 0, fields.nProbs)
  const options = { ...fields, stop: [...stop, ...template.stop], nProbs }
  return makeTasks(options, tokens, overflowOf('openai', services.options), services)
}

function refuseUnserved(fields: ChatOptions): void {
  const { toolChoice, topLogprobs, logprobs } = fields
  if (toolChoice !== undefined && toolChoice !== 'none' && toolChoice !== 'auto') {
    throw new RequestError('not_supported', 'Cannot read "tool_choice": tools are not served yet', {
      param: 'tool_choice',
    })
  }
  if (topLogprobs > 0 && !logprobs) throw badField('top_logprobs', topLogprobs, 'needs "logprobs": true')
}
