// Splits a text at its special tokens, so libllama gets only the text between them. It would find
// them itself, but in quadratic time, and it compiles its regular expressions again for each
// stretch of text, even for equal ones.

export type SpecialToken = {
  readonly id: number
  readonly text: string
  /** Control tokens are read only when special tokens are requested; others always are. */
  readonly isControl: boolean
  /** Absorbs white space beside it. */
  readonly strips: boolean
}

export type Stretch = { readonly token: number } | { readonly text: string }

/**
 * Two tokens of this shape cannot overlap: the first character occurs nowhere else in it, nor does
 * the last.
 */
const shape = /<[^<>]{1,100}>|\[[^[\]]{1,100}\]/g
const isShaped = (text: string) => text.replace(shape, '') === ''

export class SpecialTokens {
  readonly #shaped = new Map<string, SpecialToken>()
  /** All others: where one of them might overlap a shaped one, libllama decides. */
  readonly #others: readonly string[]

  constructor(tokens: readonly SpecialToken[]) {
    for (const token of tokens) if (isShaped(token.text) && !token.strips) this.#shaped.set(token.text, token)
    this.#others = tokens.map(({ text }) => text).filter((text) => text !== '' && !this.#shaped.has(text))
  }

  /**
   * @param withControl also read control tokens.
   * @returns the text in non-empty parts; tokenized one after the other, they give the tokens of
   *   the whole.
   */
  split(text: string, withControl: boolean): Stretch[] {
    const stretches: Stretch[] = []
    const safe = new Map<string, number | undefined>()
    let start = 0
    for (const match of text.matchAll(shape)) {
      const [found] = match
      if (!safe.has(found)) safe.set(found, this.#safeId(found, withControl))
      const token = safe.get(found)
      if (token === undefined) continue
      if (match.index > start) stretches.push({ text: text.slice(start, match.index) })
      stretches.push({ token })
      start = match.index + found.length
    }
    if (start < text.length) stretches.push({ text: text.slice(start) })
    return stretches
  }

  #safeId(text: string, withControl: boolean): number | undefined {
    const token = this.#shaped.get(text)
    if (token === undefined || (token.isControl && !withControl)) return undefined
    return this.#others.some((other) => mayOverlap(text, other)) ? undefined : token.id
  }
}

/** Whether occurrences of both can share a character. */
function mayOverlap(a: string, b: string): boolean {
  if (a.includes(b) || b.includes(a)) return true
  for (let n = 1; n < Math.min(a.length, b.length); n++) {
    if (a.endsWith(b.slice(0, n)) || b.endsWith(a.slice(0, n))) return true
  }
  return false
}
