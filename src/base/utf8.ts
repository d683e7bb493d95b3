// UTF-8 at the byte level: where whole characters end. Text itself is read by the platform's
// TextDecoder.

/**
 * The number of bytes at the end of `bytes` that begin a character which is not complete yet (0 to
 * 3). Bytes that can never become a character count as complete: they are shown as U+FFFD. Source:
 * RFC 3629, section 3.
 */
export function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const lead = bytes[bytes.length - back]!
    if (isContinuation(lead)) continue // look further left
    const second = back > 1 ? bytes[bytes.length - back + 1] : undefined
    return sequenceLength(lead, second) > back ? back : 0
  }
  return 0
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf
}

/**
 * Length of the character that `lead` begins, given the second byte; 1 for ASCII and for bytes that
 * cannot begin a character.
 */
function sequenceLength(lead: number, second: number | undefined): number {
  if (second !== undefined) {
    if (lead === 0xe0 && second < 0xa0) return 1 // overlong
    if (lead === 0xed && second > 0x9f) return 1 // surrogates
    if (lead === 0xf0 && second < 0x90) return 1 // overlong
    if (lead === 0xf4 && second > 0x8f) return 1 // past U+10FFFF
  }
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  if (lead >= 0xf0 && lead <= 0xf4) return 4
  return 1
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Decodes bytes as text; invalid UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
