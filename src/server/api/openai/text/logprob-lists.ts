// Logprobs in OpenAI's older shape: parallel lists, and alternatives as an object by their names.
import { incompleteTail, textOf } from '../../../../base/utf8.ts'
import type { PromptTokenProbs, TopLogprob } from '../../../../protocol/event.ts'
import { escapes, tokenName } from '../../shared/token-name.ts'

type Vocab = {
  readonly bos: number
  /** The bytes of a token; control tokens are empty unless `special`. */
  piece(token: number, special?: boolean): Uint8Array
  /** As spelled in the vocabulary, including special tokens. */
  textOf(token: number): string
}

/** A token of an answer, or of a prompt that is sent back. */
type Entry = {
  readonly bytes: readonly number[]
  /** null: nothing came before it. */
  readonly logprob: number | null
  readonly topLogprobs: readonly TopLogprob[] | null
  /**
   * Its bytes in the text, where some are not: a BOS, or a space before the text, that was added.
   */
  readonly shown?: readonly number[]
}

/** The logprobs that one choice has sent. */
export class LogprobLists {
  readonly #nTop: number
  readonly #vocab: Vocab
  /** The offset of the next character, in UTF-16 units of the text. */
  #offset = 0
  /** The first bytes of a character whose other bytes come with the next tokens. */
  #partial: readonly number[] = []

  /** @param nTop alternatives at each position. */
  constructor(nTop: number, vocab: Vocab) {
    this.#nTop = nTop
    this.#vocab = vocab
  }

  /**
   * @param tokens of the prompt; the last of them have `probs`. @param given the prompt as the
   *   request has it.
   */
  promptEntries(tokens: readonly number[], probs: readonly PromptTokenProbs[], given: unknown): Entry[] {
    const nBefore = tokens.length - probs.length
    return tokens.map((token, i) => {
      const { logprob = null, topLogprobs = null } = probs[i - nBefore] ?? {}
      const bytes = Array.from(this.#vocab.piece(token, true))
      const shown = typeof given === 'string' && i < 2 ? this.#shown(tokens, i, given) : bytes
      return { bytes, logprob, topLogprobs, shown }
    })
  }

  /** The bytes of one of the first two tokens that stand in the text. */
  #shown(tokens: readonly number[], i: number, given: string): readonly number[] {
    const { bos } = this.#vocab
    const bytes = Array.from(this.#vocab.piece(tokens[i]!, true))
    const hasBos = tokens[0] === bos && !given.startsWith(this.#vocab.textOf(bos))
    if (i === 0 && hasBos) return []
    const isFirst = i === (hasBos ? 1 : 0)
    return isFirst && bytes[0] === 0x20 && !given.startsWith(' ') ? bytes.slice(1) : bytes
  }

  of(entries: readonly Entry[]): object {
    return {
      tokens: entries.map(({ bytes }) => nameOf(bytes)),
      token_logprobs: entries.map(({ logprob }) => logprob),
      top_logprobs: entries.map(({ topLogprobs: top }) =>
        top === null ? null : this.#named(top.slice(0, this.#nTop)),
      ),
      text_offset: entries.map(({ bytes, shown = bytes }) => this.#next(shown)),
    }
  }

  /** @returns the offset of the token, or of the character that it is a part of. */
  #next(bytes: readonly number[]): number {
    const start = this.#offset
    const all = Uint8Array.from([...this.#partial, ...bytes])
    const nWhole = all.length - incompleteTail(all)
    this.#offset += textOf(all.subarray(0, nWhole)).length
    this.#partial = [...all.subarray(nWhole)]
    return start
  }

  /** Tokens with the same text keep their places under different names. */
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

/** OpenAI's name for a part of a character: `bytes:\\xf0\\x9f`. */
function nameOf(bytes: readonly number[]): string {
  const name = tokenName(bytes)
  return name === escapes(bytes) && bytes.length > 0 ? `bytes:${name}` : name
}
