// Runs tasks side by side and merges their events into one stream. All generations come through
// here.
import { RequestError } from '../../base/errors.ts'
import type { GenerationEvent } from '../../protocol/event.ts'
import type { ProgressEvent } from '../../protocol/report.ts'
import type { EngineClient } from '../engine-client/client.ts'
import { cacheScope } from './cache-scope.ts'
import { mergeStreams } from './merge-streams.ts'
import type { TaskBody } from './request-maker.ts'

export type FinishEvent = Extract<GenerationEvent, { kind: 'finish' }>
export type TextEvent = Extract<GenerationEvent, { kind: 'text' }>

/** The probabilities of the tokens of the prompt, part by part, before the first text. */
export type PromptEvent = Extract<GenerationEvent, { kind: 'prompt' }>

/** One requested answer; `index` is its place among them. */
export type Job = { readonly index: number; readonly task: TaskBody }

/** Each job ends with one `finish`. */
export type JobEvent<J extends Job = Job> = {
  readonly kind: 'generation'
  readonly job: J
  readonly event: PromptEvent | TextEvent | FinishEvent | ProgressEvent
}

/**
 * Limit for an answer that is collected before it is sent: tokens, and candidates beside each of
 * them.
 */
const maxWhole = 2 ** 20

export type RunOptions = {
  /**
   * Whether the events are sent as they arrive; otherwise they are collected, and their number is
   * limited by memory.
   */
  readonly stream: boolean
}

/**
 * @throws RequestError when the engine ends a task with an error, when the client goes away, and
 *   when a
 * collected answer becomes too large.
 */
export function runJobs<J extends Job>(
  jobs: readonly J[],
  engine: Pick<EngineClient, 'generate'>,
  signal: AbortSignal,
  options: RunOptions,
): AsyncGenerator<JobEvent<J>> {
  return mergeStreams(jobs.map((job) => runJob(job, engine, signal, options)))
}

async function* runJob<J extends Job>(
  job: J,
  engine: Pick<EngineClient, 'generate'>,
  signal: AbortSignal,
  { stream }: RunOptions,
): AsyncGenerator<JobEvent<J>> {
  const weightOfToken = 1 + job.task.nProbs
  let nLeft = stream ? Number.POSITIVE_INFINITY : maxWhole
  const task = { ...job.task, cacheScope: cacheScope(job.task.cacheScope, signal) }
  for await (const event of engine.generate(task, signal)) {
    if (event.kind === 'error') throw RequestError.from(event.error)
    if (event.kind === 'text') nLeft -= event.tokens.length * weightOfToken
    if (nLeft < 0) throw tooLarge()
    yield { kind: 'generation', job, event }
    if (event.kind === 'finish') return
  }
  throw clientGone()
}

/** A job at its end: the last event, with everything that was generated. */
export type Finished<J extends Job = Job> = { readonly job: J; readonly finish: FinishEvent }

/** The jobs of a run that has ended, in order. */
export function finishedJobs<J extends Job>(events: readonly JobEvent<J>[]): Finished<J>[] {
  const texts = new Map<J, (TextEvent | FinishEvent)[]>()
  const finished: Finished<J>[] = []
  for (const { job, event } of events) {
    if (event.kind !== 'text' && event.kind !== 'finish') continue
    const parts = texts.get(job) ?? []
    texts.set(job, parts)
    parts.push(event)
    if (event.kind === 'finish') finished.push({ job, finish: { ...event, ...joinEvents(parts) } })
  }
  return finished.sort((a, b) => a.job.index - b.job.index)
}

/** The concatenated events of one generation. */
export function joinEvents(
  parts: readonly (TextEvent | FinishEvent)[],
): Pick<FinishEvent, 'text' | 'tokens' | 'probs'> {
  return {
    text: parts.map(({ text }) => text).join(''),
    tokens: parts.flatMap(({ tokens }) => tokens),
    probs: parts.flatMap(({ probs }) => probs),
  }
}

function tooLarge(): RequestError {
  const message = `The answer has more than ${maxWhole} tokens and candidates ("n_probs"); limit it, or ask for a stream`
  return new RequestError('invalid_request', message, { param: 'n_predict' })
}

export function clientGone(): RequestError {
  return new RequestError('unavailable', 'The client has disconnected')
}
