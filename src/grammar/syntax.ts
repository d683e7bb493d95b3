/**
 * The syntax tree of a GBNF grammar, in source order. Knows nothing of how libllama unrolls it.
 * Every `at` is an offset into the source, in UTF-16 code units; `positionAt` in problem.ts makes a
 * line and a column.
 */

export type Grammar = {
  /** In source order. A name may come twice: the last definition applies, as in libllama. */
  readonly rules: readonly Rule[]
  /** Every token reference, in source order, to be checked by a caller with a vocabulary. */
  readonly tokens: readonly TokenReference[]
}

export type Rule = { readonly name: string; readonly at: number; readonly alternatives: readonly Sequence[] }

/** One alternative: its items one after the other; no items match the empty text. */
export type Sequence = readonly Item[]

/** An element and the repetitions that follow it, innermost first: `"a"{2}+` has two. */
export type Item = { readonly element: Element; readonly repetitions: readonly Repetition[] }

/**
 * `*`, `+`, `?` or `{…}`. `max` is Infinity when unbounded, which is also how libllama reads a
 * maximum over 2000.
 */
export type Repetition = { readonly at: number; readonly min: number; readonly max: number }

export type Element =
  | { readonly kind: 'literal'; readonly at: number; readonly codePoints: readonly number[] }
  /**
   * Ranges are inclusive. With none (`[]`, `[^]`) the class matches the empty text, as in libllama.
   */
  | { readonly kind: 'class'; readonly at: number; readonly negated: boolean; readonly ranges: readonly CharRange[] }
  | { readonly kind: 'any'; readonly at: number }
  | { readonly kind: 'reference'; readonly at: number; readonly name: string }
  | { readonly kind: 'group'; readonly at: number; readonly alternatives: readonly Sequence[] }
  | { readonly kind: 'token'; readonly at: number; readonly negated: boolean; readonly token: TokenReference }

export type CharRange = { readonly from: number; readonly to: number }

/**
 * `<[123]>` names a token by id, `<think>` by text. The text keeps its angle brackets: libllama
 * tokenizes all of it, with special tokens, and refuses the grammar unless that gives exactly one
 * token.
 */
export type TokenReference =
  | { readonly kind: 'id'; readonly at: number; readonly id: number }
  | { readonly kind: 'text'; readonly at: number; readonly text: string }
