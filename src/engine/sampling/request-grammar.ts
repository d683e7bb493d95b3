// The grammar of a request. With triggers it is inactive until the text contains one of them, and
// begins with that; without triggers it is active from the first token. libllama has lazy grammars
// too, but looks for triggers with std::regex in the whole text at every token, and ends the
// process if the text after a trigger does not match.
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
  /** Overwritten by every test. */
  readonly candidates: Candidates
}

/** libllama's form of the grammar. @throws RequestError when it cannot be read. */
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

  /** The sampler that narrows the next token; undefined while the grammar is inactive. */
  get active(): NativeSampler | undefined {
    return this.#watch === undefined ? this.#native : undefined
  }

  /**
   * Whether it allows this token next. While inactive it allows every token. Overwrites the
   * candidates.
   */
  allows(token: number): boolean {
    const { candidates, memory } = this.#room
    if (this.#watch !== undefined) return true
    candidates.loadOne(token)
    memory.apply(this.#native, candidates)
    return candidates.logit(0) !== Number.NEGATIVE_INFINITY
  }

  /** @param token a token that it allows. */
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

  /**
   * Continues after `text`. If that does not match the grammar, the text after the trigger is not
   * constrained after all.
   */
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
