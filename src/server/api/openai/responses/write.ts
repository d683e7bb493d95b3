// The answers of POST /v1/responses, whole or as OpenAI's events.
import type { RequestError } from '../../../../base/errors.ts'
import type { ChatEvent, ChatFinish, ChoiceEvent } from '../../../chat/chat-event.ts'
import type { WireEvent } from '../../../http/handler.ts'
import { imagesJson, progressJson } from '../../shared/progress-json.ts'
import { timingsJson } from '../../shared/timings-json.ts'
import { openaiErrors } from '../errors.ts'
import type { ResponseBody } from './body.ts'
import type { Item } from './items.ts'
import { type ItemEvent, OpenCall, type OpenItem, OpenMessage, OpenThought } from './open-item.ts'
import type { ResponseJson, ResponseState } from './response-json.ts'
import type { OfferedTool } from './tools.ts'

/** An error after the answer has begun, and the client's wish to end it. */
export type Ending = { readonly kind: 'failed'; readonly error: RequestError } | { readonly kind: 'cancelled' }

export type ResponseEvent = ChatEvent | Ending

type Progress = Extract<ChatEvent, { kind: 'images' | 'queued' | 'prefill' }>

export class ResponseReply {
  readonly #body: ResponseBody
  readonly #offered: readonly OfferedTool[]
  readonly #make: (state: ResponseState) => ResponseJson
  readonly #output: Item[] = []
  #open: { readonly kind: ChoiceEvent['kind']; readonly item: OpenItem } | undefined
  #nEvents = 0
  #finish: ChatFinish | undefined
  #ending: Ending | undefined

  /** @param make the response object of a state. */
  constructor(body: ResponseBody, offered: readonly OfferedTool[], make: (state: ResponseState) => ResponseJson) {
    this.#body = body
    this.#offered = offered
    this.#make = make
  }

  /** The response so far. */
  get response(): ResponseJson {
    const status = this.#status
    return this.#make({ status, output: [...this.#output], usage: this.#finish?.usage, error: this.#error })
  }

  /** Whether an event has been written. */
  get isBegun(): boolean {
    return this.#nEvents > 0
  }

  /** The answer that is not a stream, when all events have been pushed. */
  whole(): object {
    return { ...this.response, ...this.#timings(this.#finish) }
  }

  *push(event: ResponseEvent): Generator<WireEvent> {
    if (event.kind === 'images' || event.kind === 'queued' || event.kind === 'prefill') {
      if (this.#body.returnProgress) yield* this.#progress(event)
      return
    }
    yield* this.#begin()
    switch (event.kind) {
      case 'reasoning':
        yield* this.#delta(event, () => new OpenThought(this.#thoughtOptions))
        break
      case 'text':
        yield* this.#delta(event, () => new OpenMessage(this.#nTopLogprobs))
        break
      case 'tool-start':
        yield* this.#start('tool-arguments', new OpenCall(event.id, this.#called(event.name)))
        break
      case 'tool-arguments':
        yield* this.#items(this.#open?.item.push(event.delta, []) ?? [], event)
        break
      case 'tool-end':
        yield* this.#close('completed')
        break
      case 'finish': {
        this.#finish = event
        const isEmpty = this.#output.length === 0 && this.#open === undefined
        if (isEmpty) yield* this.#start('text', new OpenMessage(this.#nTopLogprobs))
        yield* this.#close(event.reason === 'length' ? 'incomplete' : 'completed')
        break
      }
      default:
        this.#ending = event
        yield* this.#close('incomplete')
    }
  }

  *end(): Generator<WireEvent> {
    yield this.#event({ type: this.#lastType, response: this.response, ...this.#timings(this.#finish) })
  }

  get #status(): ResponseState['status'] {
    if (this.#ending !== undefined) return this.#ending.kind
    if (this.#finish === undefined) return 'in_progress'
    return this.#finish.reason === 'length' ? 'incomplete' : 'completed'
  }

  get #error(): ResponseState['error'] {
    if (this.#ending?.kind !== 'failed') return undefined
    const { error } = openaiErrors.body(this.#ending.error) as { error: { code: unknown; message: string } }
    return { code: typeof error.code === 'string' ? error.code : 'server_error', message: error.message }
  }

  /**
   * llama-server ends every stream with response.completed, and clients that ask for its fields
   * wait for that.
   */
  get #lastType(): string {
    const { returnProgress, timingsPerToken } = this.#body
    const status = this.#status
    if (status === 'incomplete' && (returnProgress || timingsPerToken)) return 'response.completed'
    return `response.${status === 'cancelled' ? 'incomplete' : status}`
  }

  get #nTopLogprobs(): number | undefined {
    const { topLogprobs, include } = this.#body
    return topLogprobs > 0 || include.includes('message.output_text.logprobs') ? topLogprobs : undefined
  }

  get #thoughtOptions(): { readonly isSummary: boolean; readonly isPacked: boolean } {
    const { reasoning, include } = this.#body
    const isSummary = typeof reasoning?.summary === 'string'
    return { isSummary, isPacked: include.includes('reasoning.encrypted_content') }
  }

  #called(name: string): Pick<OfferedTool, 'kind' | 'name' | 'namespace'> {
    const found = this.#offered.find(({ tool }) => tool.name === name)
    return found ?? { kind: 'function', name, namespace: undefined }
  }

  *#begin(): Generator<WireEvent> {
    if (this.#nEvents > 0) return
    yield this.#event({ type: 'response.created', response: this.response })
    yield this.#event({ type: 'response.in_progress', response: this.response })
  }

  *#progress(event: Progress): Generator<WireEvent> {
    yield* this.#begin()
    const json = event.kind === 'images' ? imagesJson(event) : progressJson(event, this.#body)
    yield this.#event({ type: 'response.in_progress', response: this.response, ...json })
  }

  *#delta(
    event: Extract<ChoiceEvent, { readonly kind: 'text' | 'reasoning' }>,
    make: () => OpenItem,
  ): Generator<WireEvent> {
    if (event.delta === '' && event.probs.length === 0) return
    if (this.#open?.kind !== event.kind) yield* this.#start(event.kind, make())
    yield* this.#items(this.#open!.item.push(event.delta, event.probs), event)
  }

  *#start(kind: ChoiceEvent['kind'], item: OpenItem): Generator<WireEvent> {
    yield* this.#close('completed')
    this.#open = { kind, item }
    yield this.#event({
      type: 'response.output_item.added',
      output_index: this.#output.length,
      item: item.item('in_progress'),
    })
    yield* this.#items(item.start())
  }

  *#close(status: 'completed' | 'incomplete'): Generator<WireEvent> {
    if (this.#open === undefined) return
    const { item } = this.#open
    yield* this.#items(item.end())
    const whole = item.item(status)
    yield this.#event({ type: 'response.output_item.done', output_index: this.#output.length, item: whole })
    this.#output.push(whole)
    this.#open = undefined
  }

  /** Events of the open item, with its place. */
  *#items(events: readonly ItemEvent[], from?: Parameters<typeof timingsJson>[0]): Generator<WireEvent> {
    for (const { type, ...rest } of events) {
      const place = { item_id: this.#open!.item.id, output_index: this.#output.length }
      yield this.#event({ type, ...place, ...rest, ...this.#timings(from) })
    }
  }

  #event(data: ItemEvent): WireEvent {
    const { type, ...rest } = data
    return { event: type, data: { type, sequence_number: this.#nEvents++, ...rest } }
  }

  #timings(from: Parameters<typeof timingsJson>[0] | undefined): object {
    return this.#body.timingsPerToken && from !== undefined ? { timings: timingsJson(from) } : {}
  }
}
