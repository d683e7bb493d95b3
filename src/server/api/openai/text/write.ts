// The answers of POST /v1/completions, whole or in chunks.
import type { TokenProbs } from '../../../../protocol/event.ts'
import { type FinishEvent, finishedJobs, type TextEvent } from '../../../generate/run.ts'
import type { TextJob, TextRunEvent } from '../../../generate/text.ts'
import type { WireEvent } from '../../../http/handler.ts'
import type { ReplyWriter } from '../../../http/reply.ts'
import type { Model } from '../../../model/model.ts'
import { verboseJson } from '../../shared/completion-json.ts'
import { progressJson } from '../../shared/progress-json.ts'
import { timingsJson } from '../../shared/timings-json.ts'
import { type Head, makeHead, usage } from '../head.ts'
import type { TextBody } from './fields.ts'
import { LogprobLists } from './logprob-lists.ts'

export class TextReply implements ReplyWriter<TextRunEvent> {
  readonly #body: TextBody
  readonly #model: Model
  readonly #head: Head
  /** Alternatives to show at each place; undefined: no logprobs at all. */
  readonly #nLogprobs: number | undefined
  /** Of each choice. */
  readonly #lists = new Map<number, LogprobLists>()
  readonly #finished: FinishEvent[] = []

  constructor(body: TextBody, model: Model, version: string) {
    this.#body = body
    this.#model = model
    this.#head = makeHead('cmpl', model.name, version)
    this.#nLogprobs = body.logprobs ?? (body.nProbs > 0 ? body.nProbs : undefined)
  }

  whole(events: readonly TextRunEvent[]): object {
    const jobs = finishedJobs(events.filter((event) => event.kind === 'generation'))
    const finished = jobs.map(({ finish }) => finish)
    const first = jobs[0]!
    return {
      ...this.#head,
      object: 'text_completion',
      choices: jobs.map(({ job, finish }) => this.#choice(job.index, finish, finishReason(finish))),
      usage: this.#usage(finished),
      timings: timingsJson(first.finish),
      ...this.#verbose(first.job, first.finish),
    }
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
      // a chunk without a text, for clients that know no more than OpenAI's
      yield { ...this.#chunk(empty), ...progressJson(event, this.#body) }
      return
    }
    if (event.text !== '' || event.probs.length > 0) {
      const timings = this.#body.timingsPerToken ? { timings: timingsJson(event) } : {}
      yield { ...this.#chunk(this.#choice(index, event, null)), ...timings }
    }
    if (event.kind !== 'finish') return
    this.#finished.push(event)
    const last = { ...empty, finish_reason: finishReason(event) }
    yield { ...this.#chunk(last), timings: timingsJson(event), ...this.#verbose(job, event) }
  }

  #chunk(choice: object): object {
    return { ...this.#head, object: 'text_completion', choices: [choice] }
  }

  #choice(index: number, event: TextEvent | FinishEvent, finish: string | null): object {
    return { text: event.text, index, logprobs: this.#logprobs(index, event.probs), finish_reason: finish }
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

  #logprobs(index: number, probs: readonly TokenProbs[]): object | null {
    if (this.#nLogprobs === undefined) return null
    const lists = this.#lists.get(index) ?? new LogprobLists(this.#nLogprobs, this.#model.tokenizer.vocab)
    this.#lists.set(index, lists)
    return lists.of(probs)
  }
}

function finishReason({ reason }: FinishEvent): 'length' | 'stop' {
  return reason === 'limit' ? 'length' : 'stop'
}
