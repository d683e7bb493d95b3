// POST /v1/chat/completions: messages → prompt → task; events → OpenAI's answer or chunks.
import { badField, RequestError } from '../../../../base/errors.ts'
import { bodySchema, type ReadBy, readFields } from '../../../../options/field.ts'
import type { ChatTemplate } from '../../../chat/template.ts'
import { encodePrompt, visionFor, withPrompts } from '../../../generate/images.ts'
import { mergeStreams } from '../../../generate/merge-streams.ts'
import {
  checked,
  complete,
  type FinishEvent,
  makeTasks,
  type PromptTokens,
  refuseNative,
  serverDefaults,
  type TaskBody,
} from '../../../generate/request-maker.ts'
import { errorJson, toRequestError } from '../../../http/errors.ts'
import { type Answer, DONE, type HttpRequest } from '../../../http/handler.ts'
import { readImageUrl } from '../../../images/image-url.ts'
import { freshMarker, partsOfMarker } from '../../../images/media-prompt.ts'
import { checkTogether, type Picture } from '../../../images/picture.ts'
import type { Services } from '../../../model/model.ts'
import type { VisionProgress } from '../../../vision-client/vision-client.ts'
import { verboseJson } from '../../shared/completion-json.ts'
import { isProgress } from '../../shared/progress-json.ts'
import { type Head, makeHead } from '../head.ts'
import { withResponseFormat } from '../response-format.ts'
import { overflowWith } from '../truncation.ts'
import { chatFields } from './fields.ts'
import { readMessages } from './messages.ts'
import { ChatReply, emptyChunk } from './write.ts'

export const chatBody = bodySchema(chatFields, ['messages'])

type ChatOptions = ReadBy<typeof chatFields>

export async function chatCompletions(
  request: HttpRequest,
  services: Services,
  template: ChatTemplate,
): Promise<Answer> {
  const fields = withResponseFormat(readFields(chatFields, request.body, serverDefaults(services.options)))
  refuseUnserved(fields)
  refuseNative(fields, 'a message has image_url parts')
  const head = makeHead('chatcmpl', services.modelName, services.version)
  return withPrompts(
    chatPrompt(fields, services, template, request.signal),
    fields,
    (progress) => ({ ...emptyChunk(head), ...progress }),
    (prompt) => answerChat(fields, makeChatTasks(fields, prompt, services, template), head, services, request.signal),
  )
}

async function answerChat(
  fields: ChatOptions,
  tasks: readonly TaskBody[],
  head: Head,
  services: Services,
  signal: AbortSignal,
): Promise<Answer> {
  const reply = new ChatReply({
    head,
    vocab: services.tokenizer.vocab,
    verbose: fields.verbose ? (event) => verboseJson(fields, tasks[0]!, event, services) : undefined,
    nTopLogprobs: fields.logprobs || fields.nProbs > 0 ? Math.max(fields.topLogprobs, fields.nProbs) : undefined,
    isPostSampling: fields.postSamplingProbs,
    timingsPerToken: fields.timingsPerToken,
  })
  if (!fields.stream) {
    return { json: reply.whole(await Promise.all(tasks.map((task) => complete(task, services, signal)))) }
  }
  const includesUsage = fields.streamOptions?.include_usage === true
  return {
    events: streamAll(tasks, reply, includesUsage, services, signal),
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

/** The prompt that the messages become; pictures are fetched and encoded on the way. */
async function* chatPrompt(
  fields: ChatOptions,
  services: Services,
  template: ChatTemplate,
  signal: AbortSignal,
): AsyncGenerator<VisionProgress, PromptTokens> {
  const urls: { readonly value: unknown; readonly name: string }[] = []
  const marker = freshMarker()
  const messages = readMessages(fields.messages ?? [], (value, name) => {
    visionFor(name, services)
    urls.push({ value, name })
    return marker
  })
  const text = template.render(messages, fields.addGenerationPrompt, fields.chatTemplateKwargs)
  if (urls.length === 0) return { tokens: services.tokenizer.tokenize(text, true) }
  const pictures: Picture[] = []
  for (const { value, name } of urls) {
    pictures.push(await readImageUrl(value, name, services.vision!.limits, signal))
    checkTogether(pictures, services.vision!.limits)
  }
  return yield* encodePrompt(partsOfMarker(text, marker, pictures, 'messages'), services, signal)
}

function makeChatTasks(
  fields: ChatOptions,
  prompt: PromptTokens,
  services: Services,
  template: ChatTemplate,
): TaskBody[] {
  const { tokens, images } = withOneBos(prompt, services.tokenizer.vocab.bos)
  if (tokens.length === 0) throw badField('messages', fields.messages, 'make an empty prompt')
  const stop = typeof fields.stop === 'string' ? [fields.stop] : fields.stop
  const nProbs = Math.max(fields.logprobs ? Math.max(1, fields.topLogprobs) : 0, fields.nProbs)
  const options = { ...fields, stop: [...stop, ...template.stop], nProbs }
  return makeTasks(options, { tokens, images }, overflowWith(fields.truncation, services.options), services)
}

/** A template may have brought its own. */
function withOneBos({ tokens, images = [] }: PromptTokens, bos: number): Required<PromptTokens> {
  if (tokens[0] !== bos || tokens[1] !== bos) return { tokens, images }
  return { tokens: tokens.slice(1), images: images.map((image) => ({ ...image, start: image.start - 1 })) }
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
