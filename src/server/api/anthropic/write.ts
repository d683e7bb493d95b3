// The answers of POST /v1/messages, whole or as Anthropic's events.
import { createHash, randomBytes } from 'node:crypto'
import type { ChatEvent, ChatFinish, ChoiceEvent } from '../../chat/chat-event.ts'
import { type ChatChoice, collectChoices } from '../../chat/collect.ts'
import type { WireEvent } from '../../http/handler.ts'
import type { ReplyWriter } from '../../http/reply.ts'

type BlockKind = 'text' | 'thinking' | 'tool_use'

export class MessageReply implements ReplyWriter<ChatEvent> {
  readonly #id = `msg_${randomBytes(18).toString('base64url').replaceAll(/[-_]/g, 'x')}`
  readonly #model: string
  #isBegun = false
  #nBlocks = 0
  #open: BlockKind | undefined
  #thought = ''
  #finish: ChatFinish | undefined

  /** @param model the name of the model in the answer. */
  constructor(model: string) {
    this.#model = model
  }

  whole(events: readonly ChatEvent[]): object {
    const [choice] = collectChoices(events)
    const { finish } = choice!
    return { ...this.#message(contentOf(choice!), usageOf(finish)), ...stopOf(finish) }
  }

  *push(event: ChatEvent): Generator<WireEvent> {
    if (event.kind === 'images' || event.kind === 'queued' || event.kind === 'prefill') return
    if (!this.#isBegun) yield* this.#begin(event)
    switch (event.kind) {
      case 'reasoning':
        this.#thought += event.delta
        yield* this.#delta('thinking', { type: 'thinking_delta', thinking: event.delta }, event.delta)
        break
      case 'text':
        yield* this.#delta('text', { type: 'text_delta', text: event.delta }, event.delta)
        break
      case 'tool-start':
        yield* this.#openBlock('tool_use', { id: toolId(event.id), name: event.name, input: {} })
        break
      case 'tool-arguments':
        yield* this.#delta('tool_use', { type: 'input_json_delta', partial_json: event.delta }, event.delta)
        break
      case 'finish':
        this.#finish = event
        break
    }
  }

  *end(): Generator<WireEvent> {
    yield* this.#close()
    const finish = this.#finish
    if (finish === undefined) return
    yield named({ type: 'message_delta', delta: stopOf(finish), usage: usageOf(finish) })
    yield named({ type: 'message_stop' })
  }

  #message(content: readonly object[], usage: object): object {
    return {
      id: this.#id,
      type: 'message',
      role: 'assistant',
      model: this.#model,
      content,
      stop_reason: null,
      stop_sequence: null,
      usage,
    }
  }

  *#begin({ timings }: Extract<ChoiceEvent, { readonly timings: unknown }>): Generator<WireEvent> {
    this.#isBegun = true
    const usage = { ...inputUsage(timings.nPrompt, timings.nCached), output_tokens: 0 }
    yield named({ type: 'message_start', message: this.#message([], usage) })
    yield named({ type: 'ping' })
  }

  *#delta(kind: BlockKind, delta: object, text: string): Generator<WireEvent> {
    if (text === '') return // has only probabilities
    if (this.#open !== kind)
      yield* this.#openBlock(kind, kind === 'text' ? { text: '' } : { thinking: '', signature: '' })
    yield named({ type: 'content_block_delta', index: this.#nBlocks - 1, delta })
  }

  *#openBlock(kind: BlockKind, start: object): Generator<WireEvent> {
    yield* this.#close()
    this.#open = kind
    yield named({ type: 'content_block_start', index: this.#nBlocks++, content_block: { type: kind, ...start } })
  }

  *#close(): Generator<WireEvent> {
    if (this.#open === undefined) return
    const index = this.#nBlocks - 1
    if (this.#open === 'thinking') {
      const delta = { type: 'signature_delta', signature: signatureOf(this.#thought) }
      yield named({ type: 'content_block_delta', index, delta })
    }
    yield named({ type: 'content_block_stop', index })
    this.#open = undefined
  }
}

function named(data: { readonly type: string; readonly [name: string]: unknown }): WireEvent {
  return { event: data.type, data }
}

function contentOf({ text, reasoning, toolCalls }: ChatChoice): readonly object[] {
  const thought = reasoning === '' ? [] : [{ type: 'thinking', thinking: reasoning, signature: signatureOf(reasoning) }]
  const shown = text === '' && toolCalls.length > 0 ? [] : [{ type: 'text', text }]
  const calls = toolCalls.map(({ id, name, arguments: args }) => ({
    type: 'tool_use',
    id: toolId(id),
    name,
    input: parsed(args),
  }))
  return [...thought, ...shown, ...calls]
}

/** Arguments that were cut off are not JSON: they are kept as a text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { partial_json: text }
  }
}

/** Anthropic's ids of calls have another prefix than OpenAI's. */
function toolId(id: string): string {
  return id.startsWith('call_') ? `toolu_${id.slice('call_'.length)}` : id
}

/** Clients send reasoning back only with a signature; any signature will do here. */
function signatureOf(thought: string): string {
  return createHash('sha256').update(thought).digest('base64')
}

function stopOf({ reason, stopString }: ChatFinish): { stop_reason: string; stop_sequence: string | null } {
  const reasons = { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use' } as const
  if (stopString !== undefined) return { stop_reason: 'stop_sequence', stop_sequence: stopString }
  return { stop_reason: reasons[reason], stop_sequence: null }
}

function usageOf({ usage }: ChatFinish): object {
  return { ...inputUsage(usage.nPrompt - usage.nCached, usage.nCached), output_tokens: usage.nPredicted }
}

function inputUsage(nComputed: number, nCached: number): object {
  return { input_tokens: nComputed, cache_creation_input_tokens: 0, cache_read_input_tokens: nCached }
}
