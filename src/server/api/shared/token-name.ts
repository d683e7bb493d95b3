// The names of tokens in lists of probabilities. Many tokens are parts of characters, which no
// string can contain.
import { textOf } from '../../../base/utf8.ts'

/** The text of a token; for a part of a character its bytes, as in `\\xf0\\x9f`. */
export function tokenName(bytes: readonly number[]): string {
  const text = textOf(Uint8Array.from(bytes))
  return text.includes('\ufffd') ? escapes(bytes) : text
}

export function escapes(bytes: readonly number[]): string {
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
