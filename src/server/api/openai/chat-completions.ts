// POST /v1/chat/completions: messages → prompt → task; events → OpenAI's answer or chunks.
import { badField, RequestError } from '../../../base/errors.ts'
import { bodySchema, type ReadBy, readFields } from '../../../options/field.ts'
import { readMessages } from '../../chat/messages.ts'
import type { ChatTemplate } from '../../chat/template.ts'
import { errorJson, toRequestError } from '../../http/errors.ts'
import { type Answer, DONE, type HttpRequest } from '../../http/handler.ts'
import { checked, complete, makeTask, overflowOf, serverDefaults, type TaskBody } from '../generation.ts'
import type { Services } from '../services.ts'
import { chatFields } from './chat-fields.ts'
import { ChatReply } from './chat-reply.ts'

export const chatBody = bodySchema(chatFields, ['messages'])

type ChatOptions = ReadBy<typeof chatFields>

export async function chatCompletions(
  request: HttpRequest,
  services: Services,
  template: ChatTemplate,
): Promise<Answer> {
  const fields = readFields(chatFields, request.body, serverDefaults(services.options))
  refuseUnserved(fields)
  const task = makeChatTask(fields, services, template)
  const reply = new ChatReply({
    modelName: services.modelName,
    version: services.version,
    vocab: services.tokenizer.vocab,
    nTopLogprobs: fields.logprobs || fields.nProbs > 0 ? Math.max(fields.topLogprobs, fields.nProbs) : undefined,
    timingsPerToken: fields.timingsPerToken,
  })
  if (!fields.stream) return { json: reply.whole(await complete(task, services, request.signal)) }
  const includesUsage = fields.streamOptions?.include_usage === true
  return {
    events: stream(task, reply, includesUsage, services, request.signal),
    errorEvent: (error) => errorJson(toRequestError(error)),
  }
}

async function* stream(
  task: TaskBody,
  reply: ChatReply,
  includesUsage: boolean,
  services: Services,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  let isFirst = true
  for await (const event of checked(services.engine.generate(task, signal))) {
    if (isFirst) yield reply.firstChunk()
    isFirst = false
    if (event.text !== '' || event.probs.length > 0) yield reply.chunk(event)
    if (event.kind !== 'finish') continue
    yield reply.lastChunk(event)
    if (includesUsage) yield reply.usageChunk(event)
    yield DONE
  }
}

function makeChatTask(fields: ChatOptions, services: Services, template: ChatTemplate): TaskBody {
  const { tokenizer } = services
  const messages = readMessages(fields.messages ?? [])
  const text = template.render(messages, fields.addGenerationPrompt, fields.chatTemplateKwargs)
  const tokens = tokenizer.tokenize(text, true)
  if (tokens[0] === tokenizer.vocab.bos && tokens[1] === tokenizer.vocab.bos) tokens.shift() // the template brought its own
  if (tokens.length === 0) throw badField('messages', fields.messages, 'make an empty prompt')
  const stop = typeof fields.stop === 'string' ? [fields.stop] : fields.stop
  const nProbs = Math.max(fields.logprobs ? Math.max(1, fields.topLogprobs) : 0, fields.nProbs)
  const options = { ...fields, stop: [...stop, ...template.stop], nProbs }
  return makeTask(options, tokens, overflowOf('openai', services.options), services)
}

function refuseUnserved(fields: ChatOptions): void {
  const { toolChoice, responseFormat, topLogprobs, logprobs } = fields
  if (toolChoice !== undefined && toolChoice !== 'none' && toolChoice !== 'auto') {
    throw new RequestError('not_supported', 'Cannot read "tool_choice": tools are not served yet', {
      param: 'tool_choice',
    })
  }
  if (responseFormat !== undefined && responseFormat.type !== 'text') {
    const message = `Cannot read "response_format.type": "${responseFormat.type}" is not served yet; use "grammar" meanwhile`
    throw new RequestError('not_supported', message, { param: 'response_format' })
  }
  if (topLogprobs > 0 && !logprobs) throw badField('top_logprobs', topLogprobs, 'needs "logprobs": true')
}
