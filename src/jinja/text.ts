// Texts as Python sees them: sequences of code points, with Python's idea of blanks and lines.

const surrogate = /[\ud800-\udfff]/
const whitespace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const blank = new RegExp(`[${whitespace}]`)
const blanks = new RegExp(`[${whitespace}]+`)
const lineEnd = /\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]/g

/** Whether each code point of a text is one UTF-16 unit, so that indices are the same. */
export function isBasic(text: string): boolean {
  return !surrogate.test(text)
}

/** The code points of a text, each as a text. */
export function charsOf(text: string): string[] {
  return isBasic(text) ? text.split('') : Array.from(text)
}

/** The number of code points. */
export function lengthOf(text: string): number {
  if (isBasic(text)) return text.length
  let length = 0
  for (const _ of text) length += 1
  return length
}

/** The UTF-16 offset of a code point's index; indices past the end give the end. */
export function offsetOf(text: string, index: number): number {
  if (isBasic(text)) return Math.min(index, text.length)
  let offset = 0
  for (let i = 0; i < index && offset < text.length; i++) offset += text.codePointAt(offset)! > 0xffff ? 2 : 1
  return offset
}

/** The index in code points of a UTF-16 offset. */
export function indexOf(text: string, offset: number): number {
  return lengthOf(text.slice(0, offset))
}

/** @returns the end of the blanks that begin at `pos`. */
export function skipWhitespace(text: string, pos: number): number {
  let end = pos
  while (end < text.length && blank.test(text[end]!)) end += 1
  return end
}

/** @param chars undefined: blanks. */
export function stripLeft(text: string, chars?: string): string {
  if (chars === undefined) return text.slice(skipWhitespace(text, 0))
  const set = new Set(charsOf(chars))
  let start = 0
  while (start < text.length) {
    const char = String.fromCodePoint(text.codePointAt(start)!)
    if (!set.has(char)) break
    start += char.length
  }
  return text.slice(start)
}

/** @param chars undefined: blanks. */
export function stripRight(text: string, chars?: string): string {
  let end = text.length
  if (chars === undefined) {
    while (end > 0 && blank.test(text[end - 1]!)) end -= 1
    return text.slice(0, end)
  }
  const set = new Set(charsOf(chars))
  while (end > 0) {
    const isPair = end > 1 && text.codePointAt(end - 2)! > 0xffff
    const char = text.slice(end - (isPair ? 2 : 1), end)
    if (!set.has(char)) break
    end -= char.length
  }
  return text.slice(0, end)
}

export function strip(text: string, chars?: string): string {
  return stripRight(stripLeft(text, chars), chars)
}

/** The words between blanks. @param max the maximum number of splits; negative: unlimited. */
export function splitWords(text: string, max: number): string[] {
  if (max < 0) return strip(text) === '' ? [] : strip(text).split(blanks)
  const words: string[] = []
  let rest = stripLeft(text)
  while (rest !== '' && words.length < max) {
    const end = rest.search(blank)
    if (end < 0) break
    words.push(rest.slice(0, end))
    rest = stripLeft(rest.slice(end))
  }
  if (rest !== '') words.push(rest)
  return words
}

/** As `splitWords`, but split from the right. */
export function splitWordsRight(text: string, max: number): string[] {
  if (max < 0) return splitWords(text, max)
  const words: string[] = []
  let rest = stripRight(text)
  while (rest !== '' && words.length < max) {
    let start = rest.length
    while (start > 0 && !blank.test(rest[start - 1]!)) start -= 1
    if (start === 0) break
    words.unshift(rest.slice(start))
    rest = stripRight(rest.slice(0, start))
  }
  if (rest !== '') words.unshift(rest)
  return words
}

/** Lines, without an empty one after a final line end. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = []
  let start = 0
  for (const { index, 0: end } of text.matchAll(lineEnd)) {
    lines.push(text.slice(start, keepEnds ? index + end.length : index))
    start = index + end.length
  }
  if (start < text.length) lines.push(text.slice(start))
  return lines
}

/** -1, 0 or 1, by code points. */
export function compareTexts(left: string, right: string): number {
  if (left === right) return 0
  if (isBasic(left) && isBasic(right)) return left < right ? -1 : 1
  const [a, b] = [charsOf(left), charsOf(right)]
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = a[i]!.codePointAt(0)! - b[i]!.codePointAt(0)!
    if (difference !== 0) return difference < 0 ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}
