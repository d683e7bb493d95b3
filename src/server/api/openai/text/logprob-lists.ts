// Logprobs in OpenAI's older shape: lists side by side, and alternatives as an object by their names.
import { incompleteTail, textOf } from '../../../../base/utf8.ts'
import type { TokenProbs, TopLogprob } from '../../../../protocol/event.ts'
import { escapes, tokenName } from '../../shared/token-name.ts'

type Vocab = {
  /** As it is written in the vocabulary, special tokens too. */
  textOf(token: number): string
}

/** What one choice has sent. */
export class LogprobLists {
  readonly #nTop: number
  readonly #vocab: Vocab
  /** Whole characters so far: where the next begins, in UTF-16 units of the text. */
  #offset = 0
  /** The beginning of a character whose other bytes come with the next tokens. */
  #partial: readonly number[] = []

  /** @param nTop alternatives at each place. */
  constructor(nTop: number, vocab: Vocab) {
    this.#nTop = nTop
    this.#vocab = vocab
  }

  of(probs: readonly TokenProbs[]): object {
    return {
      tokens: probs.map(({ bytes }) => nameOf(bytes)),
      token_logprobs: probs.map(({ logprob }) => logprob),
      top_logprobs: probs.map(({ topLogprobs }) => this.#named(topLogprobs.slice(0, this.#nTop))),
      text_offset: probs.map(({ bytes }) => this.#next(bytes)),
    }
  }

  /** @returns where the token begins, or the character that it is a part of. */
  #next(bytes: readonly number[]): number {
    const start = this.#offset
    const all = Uint8Array.from([...this.#partial, ...bytes])
    const nWhole = all.length - incompleteTail(all)
    this.#offset += textOf(all.subarray(0, nWhole)).length
    this.#partial = [...all.subarray(nWhole)]
    return start
  }

  /** Tokens that read alike keep their places under other names of theirs. */
  #named(tops: readonly TopLogprob[]): Readonly<Record<string, number>> {
    const named = new Map<string, number>()
    for (const { token, bytes, logprob } of tops) {
      const names = [nameOf(bytes), this.#vocab.textOf(token), `bytes:${escapes(bytes)}`]
      const name = names.find((name) => name !== '' && !named.has(name)) ?? `token:${token}`
      named.set(name, logprob)
    }
    return Object.fromEntries(named)
  }
}

/** As OpenAI names parts of characters: `bytes:\\xf0\\x9f`. */
function nameOf(bytes: readonly number[]): string {
  const name = tokenName(bytes)
  return name === escapes(bytes) && bytes.length > 0 ? `bytes:${name}` : name
}
