// A chat: messages → prompt → answers. The one use case of all chat dialects.
import { randomUUID } from 'node:crypto'
import { badField } from '../../base/errors.ts'
import type { ProgressEvent } from '../../protocol/report.ts'
import { encodePrompt, type ImagesEvent } from '../generate/images.ts'
import { fitOf } from '../generate/overflow.ts'
import { makeTasks, type PromptTokens } from '../generate/request-maker.ts'
import { type FinishEvent, type Job, type JobEvent, joinEvents, runJobs, type TextEvent } from '../generate/run.ts'
import type { ImageFile } from '../images/image-file.ts'
import { freshMarker, mediaMarker, partsOfMarker } from '../images/image-prompt.ts'
import type { Model } from '../model/model.ts'
import type { ChatText, TextAnswer } from '../text/prepare.ts'
import { type AnswerPlan, planAnswer } from './answer-plan.ts'
import type { ChatEvent, ChatFinish, ChoiceEvent } from './chat-event.ts'
import type { ChatRequest } from './chat-request.ts'
import type { ChatFormat } from './formats/chat-format.ts'
import type { ChatDelta, ChatParser } from './formats/chat-parser.ts'
import { templateMessages } from './template-messages.ts'
import { fitTools, templateTool } from './tool-messages.ts'

/** One answer, and the parts found in it so far. */
type ChatJob = Job & {
  readonly parser: ChatParser
  /** Kept for a request that wants the generation itself; otherwise undefined. */
  readonly parts: (TextEvent | FinishEvent)[] | undefined
  nReasoning: number
  hasCalled: boolean
}

/**
 * Runs all answers to the messages, side by side.
 * @throws RequestError naming what cannot be served, before the first event of an answer; later,
 *   when the engine fails.
 */
export async function* runChat(request: ChatRequest, model: Model, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  const plan = planAnswer(request, model.chatFormat)
  const { text, prompt, answer } = yield* preparePrompt(request, plan, model, signal)
  const shownTokens = plan.showsMarkers ? model.markerTokens : []
  const thought = plan.thought(text)
  const options = { ...request.options, stop: [...request.options.stop, ...model.template.stop] }
  const jobs = makeTasks(options, prompt, answer, request.overflow, model).map(
    (task, index): ChatJob => ({
      index,
      task: { ...task, shownTokens, thought },
      parser: plan.parser(text),
      parts: options.verbose ? [] : undefined,
      nReasoning: 0,
      hasCalled: false,
    }),
  )
  for await (const event of runJobs(jobs, model.engine, signal, options)) yield* chatEvents(event)
}

/** Renders the messages as a prompt. @throws RequestError when the template refuses them. */
export async function renderChat(request: ChatRequest, model: Model, signal: AbortSignal): Promise<string> {
  const { chat } = chatText(request, planAnswer(request, model.chatFormat), mediaMarker, model.chatFormat)
  const { prompts } = await model.prepare({ prompts: [{ ...chat, textOnly: true }] }, signal)
  return prompts[0]!.text ?? ''
}

/**
 * The tokens of the prompt that messages without images become, without the server's system prompt.
 */
export async function tokenizeChat(
  request: ChatRequest,
  model: Model,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { chat } = chatText(request, planAnswer(request, model.chatFormat), mediaMarker, model.chatFormat)
  const { prompts } = await model.prepare({ prompts: [chat] }, signal)
  return withOneBos(prompts[0]!, model.tokenizer.vocab.bos).tokens
}

/**
 * Tokens of the prompt of the messages, including the rows of its images and the server's system
 * prompt.
 */
export async function countTokens(request: ChatRequest, model: Model, signal: AbortSignal): Promise<number> {
  const prepared = preparePrompt(request, planAnswer(request, model.chatFormat), model, signal)
  for (;;) {
    const { value, done } = await prepared.next()
    if (done === true) return model.systemPrompts.before(value.prompt.tokens, model.tokenizer.vocab).length
  }
}

/** Renders and tokenizes the messages, and encodes images. */
async function* preparePrompt(
  request: ChatRequest,
  plan: AnswerPlan,
  model: Model,
  signal: AbortSignal,
): AsyncGenerator<ImagesEvent, { readonly text: string; readonly prompt: PromptTokens; readonly answer: TextAnswer }> {
  const { logitBias, penaltyPrompt } = request.options
  const marker = freshMarker()
  const { chat, images } = chatText(request, plan, marker, model.chatFormat)
  const fit = images.length > 0 ? undefined : fitOf(request.overflow, request.options.nKeep, model)
  const ask = { prompts: [chat], fit, format: plan.format, logitBias, penaltyPrompt }
  const answer = await model.prepare(ask, signal)
  const { text = '', tokens } = answer.prompts[0]!
  const read =
    images.length === 0
      ? { tokens }
      : yield* encodePrompt(partsOfMarker(text, marker, images, 'messages'), model, signal)
  const prompt = withOneBos(read, model.tokenizer.vocab.bos)
  if (prompt.tokens.length === 0) throw badField('messages', request.messages, 'make an empty prompt')
  return { text, prompt, answer }
}

/** The text to render, and the images in the order of their markers. */
function chatText(
  request: ChatRequest,
  { variables, tools }: AnswerPlan,
  marker: string,
  format: ChatFormat,
): { readonly chat: { readonly kind: 'chat' } & ChatText; readonly images: readonly ImageFile[] } {
  const { addGenerationPrompt, continueFinalMessage, templateVariables } = request
  const { messages, images } = templateMessages(fitTools(request.messages, tools, format), marker)
  return {
    chat: {
      kind: 'chat',
      messages,
      tools: tools.map(templateTool),
      addGenerationPrompt,
      continueFinalMessage,
      variables: { ...templateVariables, ...variables },
      textOnly: images.length > 0,
    },
    images,
  }
}

/** A template may already contain BOS. */
function withOneBos({ tokens, images = [] }: PromptTokens, bos: number): PromptTokens {
  if (tokens[0] !== bos || tokens[1] !== bos) return { tokens, images }
  return { tokens: tokens.slice(1), images: images.map((image) => ({ ...image, start: image.start - 1 })) }
}

function* chatEvents({ job, event }: JobEvent<ChatJob>): Generator<ChoiceEvent> {
  if (event.kind === 'prompt') return // a chat asks for none
  if (isProgress(event)) {
    yield { ...event, choice: job.index }
    return
  }
  job.parts?.push(event)
  const found = job.parser.push(event.text)
  yield* deltas(job, event.kind === 'finish' ? [...found, ...job.parser.finish()] : found, event)
  if (event.kind === 'finish') yield { ...finishOf(job, event), choice: job.index }
}

/**
 * The tokens of an event go with its first delta; if there is none, an empty delta carries them.
 */
function* deltas(job: ChatJob, found: readonly ChatDelta[], event: TextEvent | FinishEvent): Generator<ChoiceEvent> {
  const { probs, timings } = event
  if (found.at(-1)?.kind === 'reasoning') job.nReasoning += event.tokens.length
  const all: readonly ChatDelta[] = found.length === 0 && probs.length > 0 ? [{ kind: 'text', delta: '' }] : found
  for (const [i, delta] of all.entries()) {
    const common = { choice: job.index, probs: i === 0 ? probs : [], timings }
    if (delta.kind === 'tool-start') {
      job.hasCalled = true
      yield { ...delta, id: delta.id ?? makeCallId(), ...common }
    } else {
      yield { ...delta, ...common }
    }
  }
}

/** 32 letters and digits, for formats whose calls have no ids. */
function makeCallId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`
}

function finishOf({ task, parts, nReasoning, hasCalled }: ChatJob, event: FinishEvent): ChatFinish {
  const { reason, stoppingWord, nPromptTokens, timings } = event
  return {
    kind: 'finish',
    reason: reason === 'limit' ? 'length' : hasCalled ? 'tool-calls' : 'stop',
    stopString: reason === 'word' ? stoppingWord : undefined,
    usage: { nPrompt: nPromptTokens, nCached: timings.nCached, nPredicted: timings.nPredicted, nReasoning },
    timings,
    generation: { task, finish: parts === undefined ? event : { ...event, ...joinEvents(parts) } },
  }
}

function isProgress(event: TextEvent | FinishEvent | ProgressEvent): event is ProgressEvent {
  return event.kind === 'queued' || event.kind === 'prefill'
}
