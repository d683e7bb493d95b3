// A text that arrives in deltas, read from its front. Each method that may need more text is a
// generator (see Reading).
import { type Emit, more, type Reading } from './chat-parser.ts'

export class TextReader {
  #text = ''
  #at = 0
  #isEnded = false

  append(text: string): void {
    this.#text = this.#text.slice(this.#keepFrom) + text
    this.#at -= this.#keepFrom
    if (this.#mark !== undefined) this.#mark = 0
  }

  end(): void {
    this.#isEnded = true
  }

  /** The text that has arrived and is still unread. */
  get rest(): string {
    return this.#text.slice(this.#at)
  }

  take(length: number): string {
    const text = this.#text.slice(this.#at, this.#at + length)
    this.#at += length
    return text
  }

  takeAll(): string {
    return this.take(this.#text.length - this.#at)
  }

  /** Remembers the place; `rewind` returns to it, `forget` drops it. Marks do not nest. */
  mark(): void {
    this.#mark = this.#at
  }

  rewind(): void {
    this.#at = this.#mark!
    this.#mark = undefined
  }

  forget(): void {
    this.#mark = undefined
  }

  #mark: number | undefined

  get #keepFrom(): number {
    return this.#mark ?? this.#at
  }

  /** @returns whether the text ends here. */
  *isAtEnd(): Reading<boolean> {
    while (this.#at === this.#text.length && !this.#isEnded) yield more
    return this.#at === this.#text.length
  }

  /** @returns the next character (a UTF-16 unit), not consumed; '' at the end. */
  *peek(): Reading<string> {
    return (yield* this.isAtEnd()) ? '' : this.#text[this.#at]!
  }

  /** Waits for more text. @returns true when there will be no more. */
  *cannotGrow(): Reading<boolean> {
    if (this.#isEnded) return true
    yield more
    return false
  }

  /** Skips blanks. @returns them. */
  *skipSpace(): Reading<string> {
    let skipped = ''
    while (!(yield* this.isAtEnd())) {
      const [space] = /^\s*/.exec(this.rest)!
      skipped += this.take(space.length)
      if (this.rest !== '') break
    }
    return skipped
  }

  /** @returns the longest of `markers` that begins here, not consumed; undefined if none does. */
  *peekOneOf(markers: readonly string[]): Reading<string | undefined> {
    for (;;) {
      const { rest } = this
      const mayStillCome = markers.some((marker) => marker.length > rest.length && marker.startsWith(rest))
      if (!mayStillCome || this.#isEnded) return longest(markers.filter((marker) => rest.startsWith(marker)))
      yield more
    }
  }

  /** Consumes the longest of `markers` that begins here. @returns it, or undefined if none does. */
  *oneOf(markers: readonly string[]): Reading<string | undefined> {
    const found = yield* this.peekOneOf(markers)
    if (found !== undefined) this.take(found.length)
    return found
  }

  /** Consumes `marker` if it begins here. */
  *accepts(marker: string): Reading<boolean> {
    return marker === '' || (yield* this.oneOf([marker])) !== undefined
  }

  /**
   * Consumes `marker`, or its beginning if the text ends with that: a token that ends the answer is
   * not part of its text.
   */
  *acceptsOrEndsIn(marker: string): Reading {
    if ((yield* this.accepts(marker)) || !this.#isEnded) return
    if (marker.startsWith(this.rest)) this.takeAll()
  }

  /**
   * Takes text up to the first of `markers`, and the marker. Text is handed on as soon as no marker
   * can begin in it.
   * @param emit is called with each delta of the text before the marker.
   * @returns the marker; undefined when the text ends first: all of it is emitted then.
   */
  *until(markers: readonly string[], emit: Emit): Reading<string | undefined> {
    for (;;) {
      const { rest } = this
      const found = firstOf(markers, rest)
      // a longer marker may begin at the same place
      const isSure = found !== undefined && (this.#isEnded || !markers.some((marker) => mayGrow(marker, rest, found)))
      if (found !== undefined && isSure) {
        if (found.at > 0) yield* emit(this.take(found.at))
        this.take(found.marker.length)
        return found.marker
      }
      const nSure = found?.at ?? (this.#isEnded ? rest.length : rest.length - heldBack(markers, rest))
      if (nSure > 0) yield* emit(this.take(nSure))
      if (this.#isEnded && found === undefined) return undefined
      if (found === undefined || !isSure) yield more
    }
  }

  /** Like `until`, but collects the text. */
  *textUntil(markers: readonly string[]): Reading<{ readonly text: string; readonly marker: string | undefined }> {
    let text = ''
    const marker = yield* this.until(markers, (delta) => {
      text += delta
      return []
    })
    return { text, marker }
  }
}

function longest(markers: readonly string[]): string | undefined {
  return markers.reduce<string | undefined>(
    (best, marker) => (marker.length > (best?.length ?? -1) ? marker : best),
    undefined,
  )
}

function firstOf(
  markers: readonly string[],
  text: string,
): { readonly at: number; readonly marker: string } | undefined {
  let first: { at: number; marker: string } | undefined
  for (const marker of markers) {
    const at = text.indexOf(marker)
    if (at < 0) continue
    const isBetter = first === undefined || at < first.at || (at === first.at && marker.length > first.marker.length)
    if (isBetter) first = { at, marker }
  }
  return first
}

function mayGrow(marker: string, text: string, found: { readonly at: number; readonly marker: string }): boolean {
  return (
    marker.length > found.marker.length &&
    marker.startsWith(text.slice(found.at)) &&
    marker.length > text.length - found.at
  )
}

/** Length of the longest suffix of `text` that is a prefix of a marker. */
function heldBack(markers: readonly string[], text: string): number {
  let most = 0
  for (const marker of markers) {
    for (let n = Math.min(marker.length - 1, text.length); n > most; n--) {
      if (text.endsWith(marker.slice(0, n))) most = n
    }
  }
  return most
}
