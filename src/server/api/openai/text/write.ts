// The answers of POST /v1/completions, whole or in chunks.
import type { PromptTokenProbs } from '../../../../protocol/event.ts'
import { type FinishEvent, finishedJobs, type PromptEvent, type TextEvent } from '../../../generate/run.ts'
import type { TextJob, TextRunEvent } from '../../../generate/text.ts'
import type { WireEvent } from '../../../http/handler.ts'
import type { ReplyWriter } from '../../../http/reply.ts'
import type { Model } from '../../../model/model.ts'
import { verboseJson } from '../../shared/completion-json.ts'
import { pickFields } from '../../shared/pick-fields.ts'
import { progressJson } from '../../shared/progress-json.ts'
import { timingsJson } from '../../shared/timings-json.ts'
import { type Head, makeHead, usage } from '../head.ts'
import type { TextBody } from './fields.ts'
import { LogprobLists } from './logprob-lists.ts'
import { promptLogprobsJson } from './prompt-logprobs.ts'

export class TextReply implements ReplyWriter<TextRunEvent> {
  readonly #body: TextBody
  readonly #model: Model
  readonly #head: Head
  /** Alternatives to show at each position; undefined: no logprobs at all. */
  readonly #nLogprobs: number | undefined
  /** By choice. */
  readonly #lists = new Map<number, LogprobLists>()
  readonly #finished: FinishEvent[] = []
  /** The probabilities of each prompt, as far as they have arrived. */
  readonly #prompts = new Map<TextJob, PromptTokenProbs[]>()
  /** Choices of a stream whose prompt was sent back. */
  readonly #begun = new Set<TextJob>()

  constructor(body: TextBody, model: Model, version: string) {
    this.#body = body
    this.#model = model
    this.#head = makeHead('cmpl', model.name, version)
    this.#nLogprobs = body.logprobs ?? (body.nProbs > 0 ? body.nProbs : undefined)
  }

  whole(events: readonly TextRunEvent[]): object {
    const generations = events.filter((event) => event.kind === 'generation')
    for (const { job, event } of generations) if (event.kind === 'prompt') this.#keep(job, event)
    const jobs = finishedJobs(generations)
    const finished = jobs.map(({ finish }) => finish)
    const first = jobs[0]!
    const answer = {
      ...this.#head,
      object: 'text_completion',
      choices: jobs.map(({ job, finish }) => this.#choice(job, finish, finishReason(finish), true)),
      usage: this.#usage(finished),
      timings: timingsJson(first.finish),
      ...this.#verbose(first.job, first.finish),
    }
    return pickFields(answer, this.#body.responseFields)
  }

  *push(event: TextRunEvent): Generator<WireEvent> {
    if (event.kind === 'generation') for (const data of this.#chunks(event)) yield { data }
  }

  *end(): Generator<WireEvent> {
    if (this.#body.streamOptions?.include_usage === true) {
      const usage = this.#usage(this.#finished)
      yield { data: { ...this.#head, object: 'text_completion', choices: [], usage } }
    }
    yield { data: '[DONE]' }
  }

  *#chunks({ job, event }: Extract<TextRunEvent, { kind: 'generation' }>): Generator<object> {
    const { index } = job
    const empty = { text: '', index, logprobs: null, finish_reason: null }
    if (event.kind === 'queued' || event.kind === 'prefill') {
      // a chunk without text, for clients that know only OpenAI's fields
      yield { ...this.#chunk(empty), ...progressJson(event, this.#body) }
      return
    }
    if (event.kind === 'prompt') {
      this.#keep(job, event)
      return
    }
    const { echo, promptLogprobs } = this.#body
    const isFirst = !this.#begun.has(job)
    this.#begun.add(job)
    const hasPrompt = isFirst && (echo || promptLogprobs !== undefined)
    if (event.text !== '' || event.probs.length > 0 || hasPrompt) {
      const timings = this.#body.timingsPerToken ? { timings: timingsJson(event) } : {}
      yield { ...this.#chunk(this.#choice(job, event, null, isFirst)), ...timings }
    }
    if (event.kind !== 'finish') return
    this.#finished.push(event)
    const last = { ...empty, finish_reason: finishReason(event) }
    yield { ...this.#chunk(last), timings: timingsJson(event), ...this.#verbose(job, event) }
  }

  #chunk(choice: object): object {
    return { ...this.#head, object: 'text_completion', choices: [choice] }
  }

  #keep(job: TextJob, { probs }: PromptEvent): void {
    const known = this.#prompts.get(job)
    if (known === undefined) this.#prompts.set(job, [...probs])
    else known.push(...probs)
  }

  /** @param isFirst the prompt goes before the text, where that is asked for. */
  #choice(job: TextJob, event: TextEvent | FinishEvent, finish: string | null, isFirst: boolean): object {
    const { echo, promptLogprobs: nTop } = this.#body
    const text = isFirst && echo ? `${this.#promptText(job)}${event.text}` : event.text
    const logprobs = this.#logprobs(job, event, isFirst && echo)
    const choice = { text, index: job.index, logprobs, finish_reason: finish }
    if (!isFirst || nTop === undefined) return choice
    return { ...choice, prompt_logprobs: promptLogprobsJson(job.prompt.tokens, this.#promptProbs(job), nTop) }
  }

  #promptText({ prompt: { given, tokens } }: TextJob): string {
    return typeof given === 'string' ? given : this.#model.tokenizer.vocab.detokenize(tokens)
  }

  #promptProbs(job: TextJob): readonly PromptTokenProbs[] {
    return this.#prompts.get(job) ?? []
  }

  #usage(finished: readonly FinishEvent[]): object {
    const counts = finished.map(({ nPromptTokens, timings: { nCached, nPredicted } }) => {
      return { nPrompt: nPromptTokens, nCached, nPredicted }
    })
    return usage(counts, this.#body.nAnswers)
  }

  #verbose({ task }: TextJob, finish: FinishEvent): object {
    return this.#body.verbose ? { __verbose: verboseJson(this.#body, task, finish, this.#model) } : {}
  }

  #logprobs(job: TextJob, { probs }: TextEvent | FinishEvent, withPrompt: boolean): object | null {
    if (this.#nLogprobs === undefined) return null
    const lists = this.#lists.get(job.index) ?? new LogprobLists(this.#nLogprobs, this.#model.tokenizer.vocab)
    this.#lists.set(job.index, lists)
    if (!withPrompt) return lists.of(probs)
    const { tokens, given } = job.prompt
    return lists.of([...lists.promptEntries(tokens, this.#promptProbs(job), given), ...probs])
  }
}

function finishReason({ reason }: FinishEvent): 'length' | 'stop' {
  return reason === 'limit' ? 'length' : 'stop'
}
