// Prompts → texts: the use case of every route that takes a `prompt`.
import type { GenerationOptions } from '../../options/generation-fields.ts'
import type { Model } from '../model/model.ts'
import type { OutputFormat } from '../text/output-format.ts'
import type { ImagesEvent } from './images.ts'
import { fitOf, type Overflow } from './overflow.ts'
import { type Prompt, type PromptSource, promptsOf, textsOf } from './prompt.ts'
import { makeTasks } from './request-maker.ts'
import { type Job, type JobEvent, runJobs } from './run.ts'

export type TextRequest = {
  readonly prompts: readonly PromptSource[]
  readonly options: GenerationOptions
  readonly format: OutputFormat
  readonly overflow: Overflow
  /** An empty prompt starts a text, or gets an empty answer. */
  readonly whenEmpty: 'begin' | 'answer'
  /**
   * The number of likeliest tokens to report beside the probability of each token of the prompts.
   */
  readonly nPromptProbs?: number | undefined
}

/** One answer to one prompt. */
export type TextJob = Job & { readonly prompt: Prompt }

export type TextRunEvent =
  | ImagesEvent
  | JobEvent<TextJob>
  /** An empty prompt gets an empty answer; its job has no other event. */
  | { readonly kind: 'empty'; readonly job: TextJob }

/**
 * Runs all answers to all prompts, side by side.
 * @throws RequestError naming what cannot be served, before the first event of a job; later, when
 *   the engine fails.
 */
export async function* runText(request: TextRequest, model: Model, signal: AbortSignal): AsyncGenerator<TextRunEvent> {
  const { prompts: sources, options, format, overflow, whenEmpty, nPromptProbs } = request
  const { logitBias, penaltyPrompt } = options
  const fit = fitOf(overflow, options.nKeep, model)
  const prepared = await model.prepare({ prompts: textsOf(sources), fit, format, logitBias, penaltyPrompt }, signal)
  const prompts = yield* promptsOf(sources, prepared.prompts, model, signal)
  const { vocab } = model.tokenizer
  const jobs = prompts.flatMap((prompt, i) => {
    const begins = prompt.tokens.length === 0 && whenEmpty === 'begin'
    const begun = begins ? { ...prompt, tokens: [Math.max(0, vocab.bos)] } : prompt
    const tasks = makeTasks(options, begun, prepared, overflow, model)
    return tasks.map((task, j) => ({ index: i * options.nAnswers + j, prompt: begun, task: { ...task, nPromptProbs } }))
  })
  const isEmpty = ({ prompt }: TextJob) =>
    whenEmpty === 'answer' && model.systemPrompts.behind(prompt.tokens, vocab).length === 0
  for (const job of jobs) if (isEmpty(job)) yield { kind: 'empty', job }
  const rest = jobs.filter((job) => !isEmpty(job))
  yield* runJobs(rest, model.engine, signal, options)
}
