// Token pieces in, whole text out: characters are never cut, and stop strings are never shown, not
// even in part.
import { incompleteTail, textOf } from '../../../base/utf8.ts'
import { StopScanner } from './stop-scanner.ts'

/** A generated token with the data that travels beside its text. */
export type TextToken<T> = { readonly token: number; readonly extra: T }

export type Released<T> = { readonly text: string; readonly tokens: readonly TextToken<T>[] }

/**
 * Text and tokens leave together: a token is released with the delta that its last character is in.
 * Tokens whose text lies wholly inside the stop string are never released.
 */
export class TextStream<T> {
  readonly #scanner: StopScanner
  #bytes: Uint8Array = new Uint8Array(0)
  #text = '' // withheld
  #textStart = 0
  #pending: { readonly token: TextToken<T>; end: number }[] = []
  #word: string | undefined
  /** The length of coming text that was sent before. */
  #nSent = 0

  constructor(stop: readonly string[]) {
    this.#scanner = new StopScanner(stop)
  }

  /** The stop string that ended the text. */
  get stoppingWord(): string | undefined {
    return this.#word
  }

  /** Whether the last token ended inside a character. */
  get isInsideCharacter(): boolean {
    return this.#bytes.length > 0
  }

  push(token: number, piece: Uint8Array, extra: T): Released<T> {
    const bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece])
    const nTail = incompleteTail(bytes)
    const text = textOf(bytes.subarray(0, bytes.length - nTail))
    this.#bytes = nTail === 0 ? emptyBytes : bytes.slice(bytes.length - nTail)
    this.#text += text
    const end = this.#textStart + this.#text.length
    this.#pending.push({ token: { token, extra }, end: nTail === 0 ? end : Number.POSITIVE_INFINITY })
    if (nTail === 0) for (const held of this.#pending) held.end = Math.min(held.end, end)
    const { safeEnd, word } = this.#scanner.push(text)
    this.#word = word
    return this.#release(safeEnd)
  }

  /**
   * The text still withheld when a generation ends without a stop string; an incomplete character
   * is dropped.
   */
  finish(): Released<T> {
    this.#bytes = emptyBytes
    const end = this.#textStart + this.#text.length
    for (const held of this.#pending) held.end = Math.min(held.end, end)
    return this.#release(this.#word === undefined ? end : this.#textStart)
  }

  /**
   * The tokens that were pushed have all been released before, by another stream; what is released
   * from now on is new.
   * @param nChars UTF-16 units of text that were released.
   */
  resume(nChars: number): void {
    this.#pending = []
    this.#nSent = Math.max(0, nChars - this.#textStart)
  }

  #release(safeEnd: number): Released<T> {
    const text = this.#text.slice(0, safeEnd - this.#textStart)
    this.#text = this.#text.slice(text.length)
    this.#textStart = safeEnd
    let n = 0
    while (n < this.#pending.length && this.#pending[n]!.end <= safeEnd) n++
    const tokens = this.#pending.splice(0, n).map((held) => held.token)
    if (this.#nSent === 0) return { text, tokens }
    const fresh = text.slice(this.#nSent)
    this.#nSent -= text.length - fresh.length
    return { text: fresh, tokens }
  }
}

const emptyBytes = new Uint8Array(0)
