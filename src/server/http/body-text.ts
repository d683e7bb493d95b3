// Bytes of a body → text. JSON on the wire is UTF-8 (RFC 8259, section 8.1); nothing is replaced by
// U+FFFD.
import { isAscii, isUtf8 } from 'node:buffer'
import { RequestError } from '../../base/errors.ts'

/**
 * @param contentType the header, whose charset is compared with the bytes.
 * @returns the text without a byte order mark.
 * @throws RequestError (400) naming the actual encoding, or the place where the bytes stop being
 *   UTF-8.
 */
export function bodyText(bytes: Buffer, contentType: string | undefined): string {
  const wide = wideEncoding(bytes)
  if (wide !== undefined) throw notUtf8(`it is ${wide}`)
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1]
  const isOther = charset !== undefined && !/^(utf-?8|us-ascii|ascii)$/i.test(charset)
  // ASCII bytes are the same text in every charset that is still in use
  if (isOther && !isAscii(bytes)) throw notUtf8(`its Content-Type says ${charset}`)
  if (!isUtf8(bytes)) throw notUtf8(firstWrongByte(bytes))
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return bytes.toString('utf8', start)
}

/**
 * Detects UTF-16 and UTF-32 by a byte order mark, or by the zeros beside the first character, which
 * is ASCII in any JSON.
 */
function wideEncoding(bytes: Buffer): string | undefined {
  if (bytes.length < 2) return undefined
  const head = bytes.toString('hex', 0, 4)
  if (/^(fffe0000|0000feff|000000..|(?!00)..000000)/.test(head)) return 'UTF-32'
  if (/^(fffe|feff|00(?!00)..|(?!00)..00)/.test(head)) return 'UTF-16'
  return undefined
}

function notUtf8(why: string): RequestError {
  return new RequestError('invalid_request', `Cannot read the body: ${why}; JSON must be sent as UTF-8`)
}

const blockBytes = 65_536

function firstWrongByte(bytes: Buffer): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for (let start = 0; start < bytes.length; start += blockBytes) {
    try {
      decoder.decode(bytes.subarray(start, start + blockBytes), { stream: true })
    } catch {
      return wrongByteFrom(bytes, Math.max(0, start - 3))
    }
  }
  return 'it ends in the middle of a character'
}

/** @param from at most three bytes before the block with the wrong byte. */
function wrongByteFrom(bytes: Buffer, from: number): string {
  let start = from
  while (start > 0 && (bytes[start]! & 0xc0) === 0x80) start--
  const block = bytes.subarray(start, from + blockBytes + 8)
  // the first difference is the first U+FFFD
  const read = Buffer.from(block.toString('utf8'), 'utf8')
  const at = block.findIndex((byte, i) => read[i] !== byte)
  const byte = block[at]!.toString(16).toUpperCase().padStart(2, '0')
  return `it is not UTF-8 (byte 0x${byte} at position ${start + at})`
}
