// Generated text → the parts of an answer. A parser is pure, knows no request, and may be fed a text cut anywhere.

/** A step of an answer. Concatenated, the deltas of a part are the part. */
export type ChatDelta =
  | { readonly kind: 'text' | 'reasoning'; readonly delta: string }
  /** `id` is undefined where the format has no ids. */
  | { readonly kind: 'tool-start'; readonly index: number; readonly id: string | undefined; readonly name: string }
  /** The arguments as JSON text: those of a call together are one object, unless the answer is cut off. */
  | { readonly kind: 'tool-arguments'; readonly index: number; readonly delta: string }
  | { readonly kind: 'tool-end'; readonly index: number }

export interface ChatParser {
  push(text: string): readonly ChatDelta[]
  /** The text is over: returns what was held back. */
  finish(): readonly ChatDelta[]
}

/** Yielded by a reading that cannot go on without more text. */
export const more = Symbol('more text')

/** A parser as straight-line code: it reads, yields deltas, and yields `more` where the text ends too early. */
export type Reading<T = void> = Generator<ChatDelta | typeof more, T, void>

/** Turns a delta of text into those of a chat; none, where the text is only collected. */
export type Emit = (text: string) => Iterable<ChatDelta | typeof more>
