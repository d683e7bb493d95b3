// One generation as a stream of events, the same for both routes: POST v1/chat/completions and POST completion.
import { postStream } from './client.ts'
import { ApiError } from './errors.ts'

export type Alternative = { readonly text: string; readonly bytes: readonly number[]; readonly prob: number }

/** One generated token and what the model could have said in its place. */
export type TokenProb = Alternative & { readonly alternatives: readonly Alternative[] }

/** The numbers of a finished generation. */
export type Numbers = {
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly predictedTokens: number
  readonly promptMs: number
  readonly predictedMs: number
}

export type GenerationEvent =
  | { readonly kind: 'queue'; readonly position: number; readonly waiting: number }
  | { readonly kind: 'images'; readonly processed: number; readonly total: number }
  | { readonly kind: 'prefill'; readonly processed: number; readonly total: number; readonly cached: number }
  | { readonly kind: 'text'; readonly text: string; readonly reasoning: string; readonly probs: readonly TokenProb[] }
  | {
      readonly kind: 'tool-call'
      /** Which call of the reply; `id` and `name` come with its first delta. */
      readonly index: number
      readonly id: string | undefined
      readonly name: string | undefined
      readonly delta: string
    }
  | { readonly kind: 'end'; readonly reason: 'stop' | 'length'; readonly numbers: Numbers | undefined }

type WireTimings = Readonly<Record<'cache_n' | 'prompt_n' | 'prompt_ms' | 'predicted_n' | 'predicted_ms', number>>
type WireProb = {
  readonly token: string
  readonly bytes: readonly number[]
  readonly logprob: number
  readonly top_logprobs?: readonly Omit<WireProb, 'top_logprobs'>[]
  readonly probs?: readonly { readonly tok_str: string; readonly prob: number }[]
}
type WireToolCall = {
  readonly index?: number
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}
type WireEvent = {
  readonly queue?: { readonly position: number; readonly waiting: number }
  readonly image_progress?: { readonly processed: number; readonly total: number }
  readonly prompt_progress?: Readonly<Record<'total' | 'cache' | 'processed' | 'time_ms', number>>
  readonly timings?: WireTimings
  readonly content?: string
  readonly stop?: boolean
  readonly stop_type?: string
  readonly completion_probabilities?: readonly WireProb[]
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: string | null
      readonly reasoning_content?: string | null
      readonly tool_calls?: readonly WireToolCall[] | null
    }
    readonly finish_reason?: string | null
    readonly logprobs?: { readonly content?: readonly WireProb[] } | null
  }[]
}

/** Whether the server knows the field: an older one refuses it, and is asked without from then on. */
let hasProgress = true

/**
 * @param body without `stream`.
 * @throws ApiError; `gone` also when the stream breaks off before its end. The AbortError of the signal.
 */
export async function* generate(path: string, body: object, signal: AbortSignal): AsyncGenerator<GenerationEvent> {
  const full = { ...body, stream: true, ...(hasProgress ? { return_progress: true } : {}) }
  let ended = false
  try {
    for await (const event of postStream<WireEvent>(path, full, signal)) {
      for (const read of readEvent(event)) {
        ended ||= read.kind === 'end'
        yield read
      }
    }
  } catch (error) {
    const isOld = hasProgress && error instanceof ApiError && /return_progress/.test(error.param ?? error.message)
    if (!isOld) throw error
    hasProgress = false
    yield* generate(path, body, signal)
    return
  }
  if (!ended) throw new ApiError('gone', 'The connection ended before the answer did')
}

function* readEvent(event: WireEvent): Generator<GenerationEvent> {
  const { queue, image_progress: images, prompt_progress: progress } = event
  if (queue) yield { kind: 'queue', position: queue.position, waiting: queue.waiting }
  if (images) yield { kind: 'images', processed: images.processed, total: images.total }
  if (progress) {
    yield { kind: 'prefill', processed: progress.processed, total: progress.total, cached: progress.cache }
  }
  const choice = event.choices?.[0]
  const text = choice?.delta?.content ?? event.content ?? ''
  const reasoning = choice?.delta?.reasoning_content ?? ''
  const probs = (choice?.logprobs?.content ?? event.completion_probabilities ?? []).map(readProb)
  if (text !== '' || reasoning !== '' || probs.length > 0) yield { kind: 'text', text, reasoning, probs }
  for (const { index = 0, id, function: { name, arguments: delta = '' } = {} } of choice?.delta?.tool_calls ?? []) {
    yield { kind: 'tool-call', index, id, name, delta }
  }
  const finish = choice?.finish_reason ?? (event.stop === true ? event.stop_type : undefined)
  if (finish) {
    const numbers = event.timings === undefined ? undefined : readTimings(event.timings)
    yield { kind: 'end', reason: finish === 'length' || finish === 'limit' ? 'length' : 'stop', numbers }
  }
}

function readProb(wire: WireProb): TokenProb {
  const one = ({ token, bytes, logprob }: Omit<WireProb, 'top_logprobs'>): Alternative => ({
    text: token,
    bytes,
    prob: Math.exp(logprob),
  })
  return { ...one(wire), alternatives: (wire.top_logprobs ?? []).map(one) }
}

function readTimings(timings: WireTimings): Numbers {
  return {
    promptTokens: timings.prompt_n + (timings.cache_n ?? 0),
    cachedTokens: timings.cache_n ?? 0,
    predictedTokens: timings.predicted_n,
    promptMs: timings.prompt_ms,
    predictedMs: timings.predicted_ms,
  }
}
