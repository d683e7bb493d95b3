// The answers of POST /v1/chat/completions, whole or in chunks.
import { textOf } from '../../../../base/utf8.ts'
import type { Vocab } from '../../../../llama/vocab.ts'
import type { TokenProbs } from '../../../../protocol/event.ts'
import type { ProgressEvent } from '../../../../protocol/report.ts'
import { type FinishEvent, type TextEvent, timingsJson } from '../../../generate/request-maker.ts'
import { progressJson } from '../../shared/progress-json.ts'
import { finishReason, type Head, usage } from '../head.ts'

export type ChatReplyOptions = {
  readonly head: Head
  readonly vocab: Vocab
  /** What `__verbose` says of an answer; undefined: nothing. */
  readonly verbose: ((event: FinishEvent) => object) | undefined
  /** How many alternatives to tell at each place; undefined: no logprobs at all. */
  readonly nTopLogprobs: number | undefined
  /** Probabilities after the sampling chain in place of logprobs. */
  readonly isPostSampling: boolean
  readonly timingsPerToken: boolean
}

export class ChatReply {
  readonly #options: ChatReplyOptions
  readonly #head: Head

  constructor(options: ChatReplyOptions) {
    this.#options = options
    this.#head = options.head
  }

  /** @param finished one event for each answer, with its whole text. */
  whole(finished: readonly FinishEvent[]): object {
    const choices = finished.map((event, index) => ({
      index,
      finish_reason: finishReason(event.reason),
      message: { role: 'assistant', content: event.text },
      ...this.#logprobs(event.probs),
    }))
    return { ...this.#head, object: 'chat.completion', choices, ...numbers(finished), ...this.#verbose(finished[0]) }
  }

  firstChunk(index: number): object {
    return this.#chunk(index, { role: 'assistant', content: null }, null)
  }

  chunk(index: number, event: TextEvent | FinishEvent): object {
    const timings = this.#options.timingsPerToken ? { timings: timingsJson(event) } : {}
    return { ...this.#chunk(index, { content: event.text }, null, event.probs), ...timings }
  }

  /** A chunk that says nothing, for clients that know no more than OpenAI's. */
  progressChunk(index: number, event: ProgressEvent): object {
    return { ...this.#chunk(index, {}, null), ...progressJson(event, this.#options) }
  }

  lastChunk(index: number, event: FinishEvent): object {
    return {
      ...this.#chunk(index, {}, finishReason(event.reason)),
      timings: timingsJson(event),
      ...this.#verbose(event),
    }
  }

  usageChunk(finished: readonly FinishEvent[]): object {
    return { ...this.#head, object: 'chat.completion.chunk', choices: [], ...numbers(finished) }
  }

  #chunk(index: number, delta: object, finish: string | null, probs: readonly TokenProbs[] = []): object {
    return chunkOf(this.#head, { index, delta, finish_reason: finish, ...this.#logprobs(probs) })
  }

  #verbose(event: FinishEvent | undefined): object {
    const { verbose } = this.#options
    return verbose === undefined || event === undefined ? {} : { __verbose: verbose(event) }
  }

  #logprobs(probs: readonly TokenProbs[]): object {
    const { nTopLogprobs, isPostSampling } = this.#options
    if (nTopLogprobs === undefined || probs.length === 0) return {}
    const token = (bytes: readonly number[]) => textOf(Uint8Array.from(bytes))
    const content = probs.map((entry) => ({
      id: entry.token,
      token: token(entry.bytes),
      bytes: entry.bytes,
      ...(isPostSampling
        ? {
            prob: entry.prob,
            top_probs: entry.probs
              .slice(0, nTopLogprobs)
              .map((top) => ({ id: top.token, token: token(top.bytes), bytes: top.bytes, prob: top.prob })),
          }
        : {
            logprob: entry.logprob,
            top_logprobs: entry.topLogprobs
              .slice(0, nTopLogprobs)
              .map((top) => ({ id: top.token, token: token(top.bytes), bytes: top.bytes, logprob: top.logprob })),
          }),
    }))
    return { logprobs: { content, refusal: null } }
  }
}

function chunkOf(head: Head, choice: object): object {
  return { ...head, object: 'chat.completion.chunk', choices: [choice] }
}

/** A chunk before there is an answer. */
export function emptyChunk(head: Head): object {
  return chunkOf(head, { index: 0, delta: {}, finish_reason: null })
}

/** What all answers took together, and the timings of the first. */
function numbers(finished: readonly FinishEvent[]): object {
  return {
    usage: usage(finished, finished.length),
    ...(finished[0] === undefined ? {} : { timings: timingsJson(finished[0]) }),
  }
}
