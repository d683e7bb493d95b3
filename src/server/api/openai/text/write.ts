// The answers of POST /v1/completions, whole or in chunks.
import { textOf } from '../../../../base/utf8.ts'
import type { Vocab } from '../../../../llama/vocab.ts'
import type { TokenProbs } from '../../../../protocol/event.ts'
import type { ProgressEvent } from '../../../../protocol/report.ts'
import { type FinishEvent, type TextEvent, timingsJson } from '../../../generate/request-maker.ts'
import { progressJson } from '../../shared/progress-json.ts'
import { finishReason, type Head, makeHead, usage } from '../head.ts'

export type CompletionsReplyOptions = {
  readonly modelName: string
  readonly version: string
  readonly vocab: Vocab
  /** What `__verbose` says of an answer; undefined: nothing. */
  readonly verbose: ((event: FinishEvent) => object) | undefined
  /** How many answers to each prompt. */
  readonly nAnswers: number
  /** How many alternatives to tell at each place; undefined: no logprobs at all. */
  readonly nLogprobs: number | undefined
  /** Whether each chunk and progress bring timings. */
  readonly timingsPerToken: boolean
}

export class CompletionsReply {
  readonly #options: CompletionsReplyOptions
  readonly #head: Head
  /** Characters sent of each choice: where its next token begins. */
  readonly #offsets = new Map<number, number>()

  constructor(options: CompletionsReplyOptions) {
    this.#options = options
    this.#head = makeHead('cmpl', options.modelName, options.version)
  }

  /** @param finished one event per prompt, with the whole text. */
  whole(finished: readonly FinishEvent[]): object {
    const choices = finished.map((event, index) => this.#choice(index, event, finishReason(event.reason)))
    const timings = finished[0] === undefined ? {} : { timings: timingsJson(finished[0]) }
    return {
      ...this.#head,
      object: 'text_completion',
      choices,
      usage: this.#usage(finished),
      ...timings,
      ...this.#verbose(finished[0]),
    }
  }

  chunk(index: number, event: TextEvent | FinishEvent): object {
    const timings = this.#options.timingsPerToken ? { timings: timingsJson(event) } : {}
    return { ...this.#head, object: 'text_completion', choices: [this.#choice(index, event, null)], ...timings }
  }

  /** A chunk that says nothing, for clients that know no more than OpenAI's. */
  progressChunk(index: number, event: ProgressEvent): object {
    const choice = { text: '', index, logprobs: null, finish_reason: null }
    return { ...this.#head, object: 'text_completion', choices: [choice], ...progressJson(event, this.#options) }
  }

  lastChunk(index: number, event: FinishEvent): object {
    const choice = { text: '', index, logprobs: null, finish_reason: finishReason(event.reason) }
    return {
      ...this.#head,
      object: 'text_completion',
      choices: [choice],
      timings: timingsJson(event),
      ...this.#verbose(event),
    }
  }

  usageChunk(finished: readonly FinishEvent[]): object {
    return { ...this.#head, object: 'text_completion', choices: [], usage: this.#usage(finished) }
  }

  #usage(finished: readonly FinishEvent[]): object {
    return usage(finished, this.#options.nAnswers)
  }

  #choice(index: number, event: TextEvent | FinishEvent, finish: string | null): object {
    return { text: event.text, index, logprobs: this.#logprobs(index, event.probs), finish_reason: finish }
  }

  #verbose(event: FinishEvent | undefined): object {
    const { verbose } = this.#options
    return verbose === undefined || event === undefined ? {} : { __verbose: verbose(event) }
  }

  /** OpenAI's older shape: lists side by side. */
  #logprobs(index: number, probs: readonly TokenProbs[]): object | null {
    const { nLogprobs } = this.#options
    if (nLogprobs === undefined) return null
    let offset = this.#offsets.get(index) ?? 0
    const offsets = probs.map(({ bytes }) => {
      const start = offset
      offset += textOf(Uint8Array.from(bytes)).length
      return start
    })
    this.#offsets.set(index, offset)
    const text = (bytes: readonly number[]) => textOf(Uint8Array.from(bytes))
    return {
      tokens: probs.map(({ bytes }) => text(bytes)),
      token_logprobs: probs.map(({ logprob }) => logprob),
      top_logprobs: probs.map(({ topLogprobs }) =>
        Object.fromEntries(topLogprobs.slice(0, nLogprobs).map(({ bytes, logprob }) => [text(bytes), logprob])),
      ),
      text_offset: offsets,
    }
  }
}
