// The grammar of a request. With triggers it sleeps until the text has one of them, and begins with it; without, it is
// awake from the first token. libllama has lazy grammars too, but looks for triggers with std::regex in all of the text at
// every token, and ends the process where the text behind a trigger does not fit.
import { RequestError } from '../../base/errors.ts'
import type { CandidateMemory, NativeSampler, SamplerFactory } from '../../llama/sampler.ts'
import type { Vocab } from '../../llama/vocab.ts'
import type { SamplingParams } from '../../protocol/task.ts'
import type { Candidates } from './candidates.ts'
import { MarkerWatch } from './marker-watch.ts'

export type GrammarRoom = {
  readonly factory: SamplerFactory
  readonly vocab: Vocab
  readonly memory: CandidateMemory
  /** Overwritten by every question. */
  readonly candidates: Candidates
}

/** The grammar as libllama has it. @throws RequestError when it cannot be read. */
export function readable(native: NativeSampler | undefined): NativeSampler {
  if (native !== undefined) return native
  throw new RequestError('invalid_request', 'Cannot read "grammar": the engine cannot parse it')
}

export class RequestGrammar {
  readonly #room: GrammarRoom
  readonly #native: NativeSampler
  #watch: MarkerWatch | undefined

  constructor(room: GrammarRoom, { grammarTriggers }: Pick<SamplingParams, 'grammarTriggers'>, native: NativeSampler) {
    this.#room = room
    this.#native = native
    this.#watch = grammarTriggers === undefined ? undefined : new MarkerWatch(grammarTriggers)
  }

  /** What narrows the next token; undefined while it sleeps. */
  get active(): NativeSampler | undefined {
    return this.#watch === undefined ? this.#native : undefined
  }

  /** Whether it lets this token follow. While it sleeps it lets every token. Overwrites the candidates. */
  allows(token: number): boolean {
    const { candidates, memory } = this.#room
    if (this.#watch !== undefined) return true
    candidates.loadOne(token)
    memory.apply(this.#native, candidates)
    return candidates.logit(0) !== Number.NEGATIVE_INFINITY
  }

  /** @param token one that it allows. */
  accept(token: number): void {
    if (this.#watch === undefined) {
      this.#native.accept(token)
      return
    }
    const { vocab } = this.#room
    if (vocab.isEndOfGeneration(token)) return
    const text = this.#watch.push(vocab.piece(token, true))
    if (text !== undefined) this.#wake(text)
  }

  free(): void {
    this.#native.free()
  }

  /** Goes on behind `text`. Where that does not fit the grammar, what follows a trigger is free after all. */
  #wake(text: string): void {
    this.#watch = undefined
    for (const token of this.#room.vocab.tokenize(text, false, true)) {
      if (!this.allows(token)) {
        this.#watch = new MarkerWatch([])
        return
      }
      this.#native.accept(token)
    }
  }
}
