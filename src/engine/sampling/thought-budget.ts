// Limits the length of reasoning: after so many tokens it is closed with the tokens of its end
// marker, in place of the model's. Source: the reasoning budget of llama.cpp
// (common/reasoning-budget.cpp), which libllama does not have.
import type { Vocab } from '../../llama/vocab.ts'
import type { ThoughtLimit } from '../../protocol/task.ts'
import { MarkerWatch } from './marker-watch.ts'

/** Bytes of an answer within which reasoning must begin, if there is any. */
const maxOpeningBytes = 64

export class ThoughtBudget {
  readonly #vocab: Pick<Vocab, 'tokenize' | 'piece'>
  readonly #limit: ThoughtLimit
  readonly #start: MarkerWatch
  readonly #end: MarkerWatch
  #state: 'before' | 'thinking' | 'closing' | 'after'
  #nBytes = 0
  #nTokens = 0
  #closing: number[] = []

  constructor(limit: ThoughtLimit, vocab: Pick<Vocab, 'tokenize' | 'piece'>) {
    this.#vocab = vocab
    this.#limit = limit
    this.#start = new MarkerWatch([limit.start])
    this.#end = new MarkerWatch([limit.end])
    this.#state = limit.isOpen ? 'thinking' : 'before'
    this.#check()
  }

  /** The token that must come next; undefined when the model may choose. */
  get forced(): number | undefined {
    return this.#state === 'closing' ? this.#closing[0] : undefined
  }

  accept(token: number): void {
    if (this.#state === 'after') return
    const piece = this.#vocab.piece(token, true)
    if (this.#state === 'before') {
      this.#nBytes += piece.length
      if (this.#start.push(piece) !== undefined) this.#state = 'thinking'
      else if (this.#nBytes > maxOpeningBytes) this.#state = 'after'
    } else {
      if (this.#closing[0] === token) this.#closing.shift()
      this.#nTokens++
      const isOver = this.#end.push(piece) !== undefined || (this.#state === 'closing' && this.#closing.length === 0)
      if (isOver) this.#state = 'after'
    }
    this.#check()
  }

  /** The forced token is not allowed here: the model continues freely. */
  giveUp(): void {
    this.#state = 'after'
  }

  #check(): void {
    const { maxTokens, message, end } = this.#limit
    if (this.#state !== 'thinking' || this.#nTokens < maxTokens) return
    this.#state = 'closing'
    this.#closing = this.#vocab.tokenize(message + end, false, true)
  }
}
