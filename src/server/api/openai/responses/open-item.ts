// Items of an answer that is being written, and the events of each kind of item.
import type { TokenProbs } from '../../../../protocol/event.ts'
import { tokenName } from '../../shared/token-name.ts'
import { type Item, itemId, packThought } from './items.ts'
import { customArgument, type OfferedTool } from './tools.ts'
import type { JsonObject } from './values.ts'

/** An event without its sequence number and the places of its item. */
export type ItemEvent = { readonly type: string } & JsonObject

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** One item while it grows. */
export interface OpenItem {
  readonly id: string
  /** The item so far. */
  item(status: ItemStatus): Item
  /** Sent after the item itself. */
  start(): readonly ItemEvent[]
  push(delta: string, probs: readonly TokenProbs[]): readonly ItemEvent[]
  /** Sent before the complete item. */
  end(): readonly ItemEvent[]
}

export class OpenMessage implements OpenItem {
  readonly id = itemId('message')
  readonly #nTopLogprobs: number | undefined
  readonly #logprobs: object[] = []
  #text = ''

  /** @param nTopLogprobs alternatives to show at each place; undefined: no logprobs at all. */
  constructor(nTopLogprobs: number | undefined) {
    this.#nTopLogprobs = nTopLogprobs
  }

  item(status: ItemStatus): Item {
    const content = status === 'in_progress' ? [] : [this.#part()]
    return { id: this.id, type: 'message', status, role: 'assistant', content }
  }

  start(): readonly ItemEvent[] {
    return [{ type: 'response.content_part.added', content_index: 0, part: this.#part() }]
  }

  push(delta: string, probs: readonly TokenProbs[]): readonly ItemEvent[] {
    const logprobs = this.#nTopLogprobs === undefined ? [] : probs.map((entry) => logprob(entry, this.#nTopLogprobs!))
    this.#text += delta
    this.#logprobs.push(...logprobs)
    return [{ type: 'response.output_text.delta', content_index: 0, delta, logprobs }]
  }

  end(): readonly ItemEvent[] {
    return [
      { type: 'response.output_text.done', content_index: 0, text: this.#text, logprobs: this.#logprobs },
      { type: 'response.content_part.done', content_index: 0, part: this.#part() },
    ]
  }

  #part(): object {
    return { type: 'output_text', text: this.#text, annotations: [], logprobs: [...this.#logprobs] }
  }
}

function logprob({ bytes, logprob, topLogprobs }: TokenProbs, nTop: number): object {
  return {
    token: tokenName(bytes),
    bytes,
    logprob,
    top_logprobs: topLogprobs
      .slice(0, nTop)
      .map((top) => ({ token: tokenName(top.bytes), bytes: top.bytes, logprob: top.logprob })),
  }
}

export type ThoughtOptions = {
  /** The thought is the item's summary, and not its content. */
  readonly isSummary: boolean
  /** The item has `encrypted_content`. */
  readonly isPacked: boolean
}

export class OpenThought implements OpenItem {
  readonly id = itemId('reasoning')
  readonly #options: ThoughtOptions
  #text = ''

  constructor(options: ThoughtOptions) {
    this.#options = options
  }

  item(status: ItemStatus): Item {
    const { isSummary, isPacked } = this.#options
    const parts = status === 'in_progress' ? [] : [this.#part()]
    return {
      id: this.id,
      type: 'reasoning',
      status,
      summary: isSummary ? parts : [],
      content: isSummary ? [] : parts,
      ...(isPacked ? { encrypted_content: packThought(this.#text) } : {}),
    }
  }

  start(): readonly ItemEvent[] {
    return [this.#partEvent('added')]
  }

  push(delta: string): readonly ItemEvent[] {
    this.#text += delta
    return [{ ...this.#textEvent('delta'), delta }]
  }

  end(): readonly ItemEvent[] {
    return [{ ...this.#textEvent('done'), text: this.#text }, this.#partEvent('done')]
  }

  #part(): object {
    return { type: this.#options.isSummary ? 'summary_text' : 'reasoning_text', text: this.#text }
  }

  #partEvent(name: 'added' | 'done'): ItemEvent {
    const part = this.#part()
    return this.#options.isSummary
      ? { type: `response.reasoning_summary_part.${name}`, summary_index: 0, part }
      : { type: `response.content_part.${name}`, content_index: 0, part }
  }

  #textEvent(name: 'delta' | 'done'): ItemEvent {
    return this.#options.isSummary
      ? { type: `response.reasoning_summary_text.${name}`, summary_index: 0 }
      : { type: `response.reasoning_text.${name}`, content_index: 0 }
  }
}

/** A call, by the names under which the client has the tool. */
export type CalledTool = Pick<OfferedTool, 'kind' | 'name' | 'namespace'>

export class OpenCall implements OpenItem {
  readonly id: string
  readonly #callId: string
  readonly #tool: CalledTool
  #arguments = ''

  constructor(callId: string, tool: CalledTool) {
    this.id = itemId(tool.kind === 'custom' ? 'custom_tool_call' : 'function_call')
    this.#callId = callId
    this.#tool = tool
  }

  item(status: ItemStatus): Item {
    const { kind, name, namespace } = this.#tool
    const common = {
      id: this.id,
      status,
      call_id: this.#callId,
      name,
      ...(namespace === undefined ? {} : { namespace }),
    }
    const isBegun = status === 'in_progress'
    return kind === 'custom'
      ? { ...common, type: 'custom_tool_call', input: isBegun ? '' : customInput(this.#arguments) }
      : { ...common, type: 'function_call', arguments: isBegun ? '' : this.#arguments }
  }

  start(): readonly ItemEvent[] {
    return []
  }

  /** The input of a custom tool is known when its arguments are whole. */
  push(delta: string): readonly ItemEvent[] {
    this.#arguments += delta
    return this.#tool.kind === 'custom' ? [] : [{ type: 'response.function_call_arguments.delta', delta }]
  }

  end(): readonly ItemEvent[] {
    if (this.#tool.kind === 'function') {
      return [{ type: 'response.function_call_arguments.done', name: this.#tool.name, arguments: this.#arguments }]
    }
    const input = customInput(this.#arguments)
    return [
      { type: 'response.custom_tool_call_input.delta', delta: input },
      { type: 'response.custom_tool_call_input.done', input },
    ]
  }
}

/** The one argument; arguments that were cut off, or are others, as they are. */
function customInput(json: string): string {
  try {
    const value: unknown = JSON.parse(json)
    const input = (value as JsonObject | null)?.[customArgument]
    if (typeof input === 'string') return input
  } catch {}
  return json
}
