// The answers of POST /v1/chat/completions, whole or in chunks.
import { textOf } from '../../../base/utf8.ts'
import type { Vocab } from '../../../llama/vocab.ts'
import type { TokenProbs } from '../../../protocol/event.ts'
import { type FinishEvent, type TextEvent, timingsJson } from '../generation.ts'
import { finishReason, type Head, makeHead, usage } from './head.ts'

export type ChatReplyOptions = {
  readonly modelName: string
  readonly version: string
  readonly vocab: Vocab
  /** How many alternatives to tell at each place; undefined: no logprobs at all. */
  readonly nTopLogprobs: number | undefined
  readonly timingsPerToken: boolean
}

export class ChatReply {
  readonly #options: ChatReplyOptions
  readonly #head: Head

  constructor(options: ChatReplyOptions) {
    this.#options = options
    this.#head = makeHead('chatcmpl', options.modelName, options.version)
  }

  whole(event: FinishEvent): object {
    const choice = {
      index: 0,
      finish_reason: finishReason(event.reason),
      message: { role: 'assistant', content: event.text },
      ...this.#logprobs(event.probs),
    }
    return {
      ...this.#head,
      object: 'chat.completion',
      choices: [choice],
      usage: usage(event),
      timings: timingsJson(event),
    }
  }

  firstChunk(): object {
    return this.#chunk({ role: 'assistant', content: null }, null)
  }

  chunk(event: TextEvent | FinishEvent): object {
    const timings = this.#options.timingsPerToken ? { timings: timingsJson(event) } : {}
    return { ...this.#chunk({ content: event.text }, null, event.probs), ...timings }
  }

  lastChunk(event: FinishEvent): object {
    return { ...this.#chunk({}, finishReason(event.reason)), timings: timingsJson(event) }
  }

  usageChunk(event: FinishEvent): object {
    return {
      ...this.#head,
      object: 'chat.completion.chunk',
      choices: [],
      usage: usage(event),
      timings: timingsJson(event),
    }
  }

  #chunk(delta: object, finish: string | null, probs: readonly TokenProbs[] = []): object {
    const choice = { index: 0, delta, finish_reason: finish, ...this.#logprobs(probs) }
    return { ...this.#head, object: 'chat.completion.chunk', choices: [choice] }
  }

  #logprobs(probs: readonly TokenProbs[]): object {
    const { nTopLogprobs } = this.#options
    if (nTopLogprobs === undefined || probs.length === 0) return {}
    const token = (bytes: readonly number[]) => textOf(Uint8Array.from(bytes))
    const content = probs.map((entry) => ({
      id: entry.token,
      token: token(entry.bytes),
      bytes: entry.bytes,
      logprob: entry.logprob,
      top_logprobs: entry.topLogprobs
        .slice(0, nTopLogprobs)
        .map((top) => ({ id: top.token, token: token(top.bytes), bytes: top.bytes, logprob: top.logprob })),
    }))
    return { logprobs: { content, refusal: null } }
  }
}
