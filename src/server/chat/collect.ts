// Collects the complete answers of a chat that has ended.
import type { TokenProbs } from '../../protocol/event.ts'
import type { ChatEvent, ChatFinish } from './chat-event.ts'

export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string }

export type ChatChoice = {
  readonly choice: number
  readonly text: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly probs: readonly TokenProbs[]
  readonly finish: ChatFinish
}

type Growing = {
  text: string
  reasoning: string
  toolCalls: { id: string; name: string; arguments: string }[]
  probs: TokenProbs[]
}

/** @returns the answers in order. */
export function collectChoices(events: readonly ChatEvent[]): ChatChoice[] {
  const growing = new Map<number, Growing>()
  const choices: ChatChoice[] = []
  for (const event of events) {
    if (event.kind === 'images' || event.kind === 'queued' || event.kind === 'prefill') continue
    const { choice } = event
    const own = growing.get(choice) ?? { text: '', reasoning: '', toolCalls: [], probs: [] }
    growing.set(choice, own)
    if (event.kind === 'finish') choices.push({ choice, ...own, finish: event })
    else grow(own, event)
  }
  return choices.sort((a, b) => a.choice - b.choice)
}

function grow(own: Growing, event: Extract<ChatEvent, { readonly probs: unknown }>): void {
  own.probs.push(...event.probs)
  switch (event.kind) {
    case 'text':
      own.text += event.delta
      break
    case 'reasoning':
      own.reasoning += event.delta
      break
    case 'tool-start':
      own.toolCalls[event.index] = { id: event.id, name: event.name, arguments: '' }
      break
    case 'tool-arguments':
      own.toolCalls[event.index]!.arguments += event.delta
      break
    case 'tool-end':
      break
  }
}
