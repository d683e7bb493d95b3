// The answers of POST /v1/chat/completions, whole or in chunks.
import type { TokenProbs } from '../../../../protocol/event.ts'
import type { Timings } from '../../../../protocol/timings.ts'
import type { ChatEvent, ChatFinish, ChoiceEvent } from '../../../chat/chat-event.ts'
import { type ChatChoice, collectChoices, type ToolCall } from '../../../chat/collect.ts'
import type { WireEvent } from '../../../http/handler.ts'
import type { ReplyWriter } from '../../../http/reply.ts'
import type { Model } from '../../../model/model.ts'
import { verboseJson } from '../../shared/completion-json.ts'
import { pickFields } from '../../shared/pick-fields.ts'
import { imagesJson, progressJson } from '../../shared/progress-json.ts'
import { timingsJson } from '../../shared/timings-json.ts'
import { tokenName } from '../../shared/token-name.ts'
import { type Head, makeHead, usage } from '../head.ts'
import type { ChatBody } from './read.ts'

const finishReasons = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' } as const

export class ChatReply implements ReplyWriter<ChatEvent> {
  readonly #body: ChatBody
  readonly #model: Model
  readonly #head: Head
  /** Alternatives to show at each position; undefined: no logprobs at all. */
  readonly #nTopLogprobs: number | undefined
  readonly #begun = new Set<number>()
  readonly #finished: ChatFinish[] = []

  constructor(body: ChatBody, model: Model, version: string) {
    this.#body = body
    this.#model = model
    this.#head = makeHead('chatcmpl', model.name, version)
    const { logprobs, nProbs, topLogprobs } = body
    this.#nTopLogprobs = logprobs || nProbs > 0 ? Math.max(topLogprobs, nProbs) : undefined
  }

  whole(events: readonly ChatEvent[]): object {
    const all = collectChoices(events)
    const choices = all.map((answer) => ({
      index: answer.choice,
      finish_reason: this.#finishReason(answer.finish),
      message: this.#message(answer),
      logprobs: this.#logprobs(answer.probs),
    }))
    const finished = all.map(({ finish }) => finish)
    const answer = {
      ...this.#head,
      object: 'chat.completion',
      choices,
      ...numbers(finished),
      ...this.#verbose(finished[0]!),
    }
    return pickFields(answer, this.#body.responseFields)
  }

  *push(event: ChatEvent): Generator<WireEvent> {
    if (event.kind === 'images') {
      if (this.#body.returnProgress) yield { data: { ...this.#chunk(0, {}), ...imagesJson(event) } }
      return
    }
    if (!this.#begun.has(event.choice)) {
      this.#begun.add(event.choice)
      yield { data: this.#chunk(event.choice, { role: 'assistant', content: '', refusal: null }) }
    }
    yield* this.#chunks(event)
  }

  *end(): Generator<WireEvent> {
    if (this.#body.streamOptions?.include_usage === true) {
      yield { data: { ...this.#head, object: 'chat.completion.chunk', choices: [], ...numbers(this.#finished) } }
    }
    yield { data: '[DONE]' }
  }

  #finishReason({ reason }: ChatFinish): string {
    return reason === 'tool-calls' && this.#hasOldFunctions ? 'function_call' : finishReasons[reason]
  }

  #message({ text, reasoning, toolCalls }: ChatChoice): object {
    const [first] = toolCalls
    return {
      role: 'assistant',
      content: text === '' && first !== undefined ? null : text,
      refusal: null,
      ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
      ...(first === undefined
        ? {}
        : this.#hasOldFunctions
          ? { function_call: called(first) }
          : {
              tool_calls: toolCalls.map((call) => ({ id: call.id, type: 'function', function: called(call) })),
            }),
    }
  }

  /** The request has `functions`, the older form of tools, so the answer has it, too. */
  get #hasOldFunctions(): boolean {
    return this.#body.functions.length > 0
  }

  #toolStart({ index, id, name }: { index: number; id: string; name: string }): object {
    const call = { name, arguments: '' }
    return this.#hasOldFunctions
      ? { function_call: call }
      : { tool_calls: [{ index, id, type: 'function', function: call }] }
  }

  #toolArguments(index: number, delta: string): object {
    const call = { arguments: delta }
    return this.#hasOldFunctions ? { function_call: call } : { tool_calls: [{ index, function: call }] }
  }

  *#chunks(event: ChoiceEvent): Generator<WireEvent> {
    const { choice } = event
    switch (event.kind) {
      case 'queued':
      case 'prefill':
        // a chunk without text, for clients that know only OpenAI's fields
        yield { data: { ...this.#chunk(choice, {}), ...progressJson(event, this.#body) } }
        break
      case 'text':
        yield this.#delta(event, { content: event.delta })
        break
      case 'reasoning':
        yield this.#delta(event, { reasoning_content: event.delta })
        break
      case 'tool-start':
        yield this.#delta(event, this.#toolStart(event))
        break
      case 'tool-arguments':
        yield this.#delta(event, this.#toolArguments(event.index, event.delta))
        break
      case 'finish':
        this.#finished.push(event)
        yield {
          data: {
            ...this.#chunk(choice, {}, this.#finishReason(event)),
            timings: timingsJson(event),
            ...this.#verbose(event),
          },
        }
        break
    }
  }

  #delta(event: Extract<ChoiceEvent, { readonly probs: unknown }>, delta: object): WireEvent {
    return { data: { ...this.#chunk(event.choice, delta, null, event.probs), ...this.#timings(event) } }
  }

  #timings(event: { readonly timings: Timings }): object {
    return this.#body.timingsPerToken ? { timings: timingsJson(event) } : {}
  }

  #chunk(index: number, delta: object, finish: string | null = null, probs: readonly TokenProbs[] = []): object {
    const choice = { index, delta, finish_reason: finish, logprobs: this.#logprobs(probs) }
    return { ...this.#head, object: 'chat.completion.chunk', choices: [choice] }
  }

  #verbose({ generation: { task, finish } }: ChatFinish): object {
    return this.#body.verbose ? { __verbose: verboseJson(this.#body, task, finish, this.#model) } : {}
  }

  #logprobs(probs: readonly TokenProbs[]): object | null {
    const nTop = this.#nTopLogprobs
    if (nTop === undefined || probs.length === 0) return null
    const content = probs.map((entry) => ({
      id: entry.token,
      token: tokenName(entry.bytes),
      bytes: entry.bytes,
      ...(this.#body.postSamplingProbs
        ? {
            prob: entry.prob,
            top_probs: entry.probs
              .slice(0, nTop)
              .map((top) => ({ id: top.token, token: tokenName(top.bytes), bytes: top.bytes, prob: top.prob })),
          }
        : {
            logprob: entry.logprob,
            top_logprobs: entry.topLogprobs
              .slice(0, nTop)
              .map((top) => ({ id: top.token, token: tokenName(top.bytes), bytes: top.bytes, logprob: top.logprob })),
          }),
    }))
    return { content, refusal: null }
  }
}

/** Tokens of all answers together, and the timings of the first. */
function numbers(finished: readonly ChatFinish[]): object {
  const [first] = finished
  return {
    usage: usage(
      finished.map(({ usage }) => usage),
      finished.length,
    ),
    ...(first === undefined ? {} : { timings: timingsJson(first) }),
  }
}

function called({ name, arguments: args }: ToolCall): object {
  return { name, arguments: args }
}
