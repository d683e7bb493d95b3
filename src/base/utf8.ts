// UTF-8 at the byte level: where whole characters end. Text itself is read by the platform's TextDecoder.

/**
 * How many bytes at the end of `bytes` begin a character that is not complete yet (0 to 3).
 * Bytes that can never become a character count as complete: they are shown as U+FFFD.
 * Source: RFC 3629, section 3.
 */
export function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0b1100_0000) === 0b1000_0000) continue // a continuation byte: look further left
    return sequenceLength(byte) > back ? back : 0
  }
  return 0
}

/** Length of the sequence that `lead` starts; 1 for ASCII and for bytes that start nothing. */
function sequenceLength(lead: number): number {
  if (lead >= 0b1111_0000 && lead < 0b1111_1000) return 4
  if (lead >= 0b1110_0000) return lead < 0b1111_0000 ? 3 : 1
  if (lead >= 0b1100_0000) return 2
  return 1
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}
