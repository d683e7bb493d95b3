// One reply of the model as it comes in: its deltas gathered into parts. Knows no page and no database.
import type { GenerationEvent } from '../api/generation.ts'
import { type Part, splitParts, type ToolCallPart } from './parts.ts'

type ReplyEvent = Extract<GenerationEvent, { kind: 'text' | 'tool-call' }>

export class Reply {
  /** What the answer has already: the rounds before this one. */
  readonly #before: readonly Part[]
  #content: string
  #reasoning = ''
  readonly #calls: ToolCallPart[] = []
  #startedAt: number | undefined
  #thoughtMs: number | undefined

  /** @param content what the reply begins with already, as the model wrote it. @param thoughtMs how long it had thought. */
  constructor(before: readonly Part[], content = '', thoughtMs?: number) {
    this.#before = before
    this.#content = content
    this.#thoughtMs = thoughtMs
  }

  /** @param nowMs of a clock that never goes back. */
  take(event: ReplyEvent, nowMs: number): void {
    this.#startedAt ??= nowMs
    if (event.kind === 'tool-call') {
      const { index, id, name, delta } = event
      const known = this.#calls[index] ?? { kind: 'tool-call', id: '', name: '', arguments: '' }
      this.#calls[index] = {
        kind: 'tool-call',
        id: id ?? (known.id || `call-${index}`),
        name: known.name + (name ?? ''),
        arguments: known.arguments + delta,
      }
    } else {
      this.#content = this.#content === '' ? event.text.trimStart() : this.#content + event.text
      this.#reasoning += event.reasoning
    }
  }

  /** The whole answer so far; to be called as often as it is shown, since it measures how long the model thinks. */
  read(nowMs: number): { readonly parts: readonly Part[]; readonly isThinking: boolean } {
    const { parts, isThinking: isOpen } = splitParts(this.#reasoning, this.#content)
    const isThinking = isOpen && this.#calls.length === 0
    const hasThought = !isThinking && parts.some(({ kind }) => kind === 'reasoning')
    if (hasThought && this.#startedAt !== undefined) this.#thoughtMs ??= Math.round(nowMs - this.#startedAt)
    const ms = this.#thoughtMs === undefined ? {} : { ms: this.#thoughtMs }
    const timed = parts.map((part) => (part.kind === 'reasoning' ? { ...part, ...ms } : part))
    return {
      parts: [...this.#before, ...timed, ...this.#calls.filter((call) => call !== undefined)],
      isThinking,
    }
  }
}
