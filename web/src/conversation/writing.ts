// One answer as it grows: shown frame by frame, saved now and then, and rescued when the page goes away.
import type { GenerationEvent, Numbers, TokenProb } from '../api/generation.ts'
import { saveMessages } from './library.ts'
import { cancelFrame, endLive, type Live, requestFrame, showLive } from './live.ts'
import { lastRound, type Part } from './parts.ts'
import { Reply } from './reply.ts'
import { rescue } from './rescue.ts'
import type { AnswerNumbers, Message } from './types.ts'

export const saveEveryMs = 600
/** An answer that still waits for its first token is saved this often, so that other tabs see that it is alive. */
const beatMs = (20 * saveEveryMs) / 3

export class Writing {
  readonly #message: Message
  #reply: Reply
  #live: Live
  #ending: 'stop' | 'length' | undefined
  #numbers: Numbers | undefined
  #prompt: { readonly promptTokens: number; readonly cachedTokens: number } | undefined
  #frame: number | undefined
  #savedAt = Date.now()
  /** Text that is not in the live state yet. */
  #isDirty = false
  readonly #probs: TokenProb[]
  readonly #beat: number
  readonly #rescue = () => rescue(this.#grown())

  /** @param prefix what the reply begins with already. */
  constructor(message: Message, prefix: string) {
    this.#message = message
    const { before, last } = lastRound(message.parts)
    const reasoning = last.find((part) => part.kind === 'reasoning')
    this.#reply = new Reply(before, prefix, reasoning?.ms)
    this.#probs = [...(message.probs ?? [])]
    this.#live = {
      conversationId: message.conversationId,
      parts: message.parts,
      isThinking: false,
      probs: this.#probs,
      phase: { kind: 'waiting' },
      startedAt: performance.now(),
      firstTokenAt: undefined,
      nTokens: 0,
    }
    this.#show()
    this.#beat = window.setInterval(() => Date.now() - this.#savedAt >= beatMs && this.#save(), beatMs)
    window.addEventListener('pagehide', this.#rescue)
  }

  take(event: GenerationEvent): void {
    switch (event.kind) {
      case 'queue':
      case 'images':
      case 'prefill':
        if (event.kind === 'prefill') this.#prompt = { promptTokens: event.total, cachedTokens: event.cached }
        if (this.#live.firstTokenAt === undefined) this.#change({ phase: event })
        break
      case 'text':
      case 'tool-call': {
        const { nTokens, firstTokenAt = performance.now() } = this.#live
        if (event.kind === 'text') this.#probs.push(...event.probs)
        this.#reply.take(event, performance.now())
        this.#change({ phase: { kind: 'writing' }, nTokens: nTokens + 1, firstTokenAt })
        break
      }
      case 'end':
        this.#ending = event.reason
        this.#numbers = sum(this.#numbers, event.numbers)
    }
  }

  /** The answer as it is now. */
  get parts(): readonly Part[] {
    return this.#reply.read(performance.now()).parts
  }

  /** Puts parts after what is there, results of tools; the next reply of the model follows them. */
  add(parts: readonly Part[]): void {
    this.#reply = new Reply([...this.parts, ...parts])
    this.#change({ phase: { kind: 'waiting' } })
  }

  async end(change: Pick<Message, 'state' | 'error'>): Promise<void> {
    window.removeEventListener('pagehide', this.#rescue)
    clearInterval(this.#beat)
    if (this.#frame !== undefined) cancelFrame(this.#frame)
    const numbers = this.#measured()
    const ending = this.#ending && { ending: this.#ending }
    const message = { ...this.#grown(), ...(numbers && { numbers }), ...ending, ...change }
    try {
      await saveMessages([message]) // first: what is saved takes the place of what was live
    } finally {
      endLive(message.id)
    }
  }

  /** The numbers of the server; of an answer that did not come to its end, what was seen here. */
  #measured(): AnswerNumbers | undefined {
    const { startedAt, firstTokenAt, nTokens } = this.#live
    const firstTokenMs = (firstTokenAt ?? performance.now()) - startedAt
    if (this.#numbers !== undefined) return { ...this.#numbers, firstTokenMs }
    if (firstTokenAt === undefined) return undefined
    const predictedMs = performance.now() - firstTokenAt
    return { ...this.#prompt, predictedTokens: nTokens, predictedMs, firstTokenMs }
  }

  #change(change: Partial<Live>): void {
    this.#live = { ...this.#live, ...change }
    this.#isDirty = true
    this.#frame ??= requestFrame(() => this.#show())
  }

  #show(): void {
    this.#frame = undefined
    if (this.#isDirty) this.#live = { ...this.#live, ...this.#reply.read(performance.now()) }
    // probs grow in place; a new array tells those who watch, and only when there are any
    if (this.#probs.length > 0) this.#live = { ...this.#live, probs: this.#probs.slice() }
    showLive(this.#message.id, this.#live)
    if (this.#isDirty && Date.now() - this.#savedAt > saveEveryMs) this.#save()
  }

  #save(): void {
    this.#savedAt = Date.now()
    this.#isDirty = false
    void saveMessages([{ ...this.#grown(), state: 'streaming' }]).catch((error) => console.error(error))
  }

  #grown(): Message {
    return {
      ...this.#message,
      parts: this.parts,
      ...(this.#probs.length > 0 ? { probs: this.#probs.slice() } : {}),
      savedAt: Date.now(),
    }
  }
}

/** Of several requests that made one answer: what was generated adds up, and the last prompt holds all. */
function sum(before: Numbers | undefined, next: Numbers | undefined): Numbers | undefined {
  if (before === undefined || next === undefined) return next ?? before
  return {
    ...next,
    predictedTokens: before.predictedTokens + next.predictedTokens,
    predictedMs: before.predictedMs + next.predictedMs,
  }
}
