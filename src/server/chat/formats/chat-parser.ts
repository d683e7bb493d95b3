// Generated text → the parts of an answer. A parser is pure, knows no request, and accepts text
// that is cut anywhere.

/** A step of an answer. The concatenated deltas of a part are the part. */
export type ChatDelta =
  | { readonly kind: 'text' | 'reasoning'; readonly delta: string }
  /** `id` is undefined in formats without ids. */
  | { readonly kind: 'tool-start'; readonly index: number; readonly id: string | undefined; readonly name: string }
  /**
   * The arguments as JSON text: concatenated, those of a call are one object, unless the answer is
   * cut off.
   */
  | { readonly kind: 'tool-arguments'; readonly index: number; readonly delta: string }
  | { readonly kind: 'tool-end'; readonly index: number }

export interface ChatParser {
  push(text: string): readonly ChatDelta[]
  /** Ends the text. @returns what was withheld. */
  finish(): readonly ChatDelta[]
}

/** Yielded by a reading that needs more text. */
export const more = Symbol('more text')

/**
 * A parser as straight-line code: it reads, yields deltas, and yields `more` when the text ends too
 * early.
 */
export type Reading<T = void> = Generator<ChatDelta | typeof more, T, void>

/** Turns a delta of text into those of a chat; none, where the text is only collected. */
export type Emit = (text: string) => Iterable<ChatDelta | typeof more>
