// Python's textwrap.wrap() of one line, with blanks kept as they are.
import { charsOf, lengthOf, offsetOf, strip } from '../text.ts'

// A word ends at blanks, after a hyphen between letters, or around a dash. Source:
// TextWrapper.wordsep_re of CPython.
const letter = '[^\\d\\W]'
const wordPunct = '[\\w!"\'&.,?]'
const separators = new RegExp(
  `([\\t\\n\\v\\f\\r ]+|(?<=${wordPunct})-{2,}(?=\\w)|[^\\t\\n\\v\\f\\r ]+?(?:-(?:(?<=${letter}{2}-)|(?<=${letter}-${letter}-))(?=${letter}-?${letter})|(?=[\\t\\n\\v\\f\\r ]|$)|(?<=${wordPunct})(?=-{2,}\\w)))`,
)
const blanksOnly = /([\t\n\v\f\r ]+)/

/** @returns the lines; none for a line of blanks. */
export function wrapLine(line: string, width: number, breaksWords: boolean, breaksHyphens: boolean): string[] {
  const chunks = line.split(breaksHyphens ? separators : blanksOnly).filter((chunk) => chunk !== '')
  const lines: string[] = []
  chunks.reverse()
  while (chunks.length > 0) {
    const current: string[] = []
    let length = 0
    if (strip(chunks.at(-1)!) === '' && lines.length > 0) chunks.pop()
    while (chunks.length > 0 && length + lengthOf(chunks.at(-1)!) <= width) {
      length += lengthOf(chunks.at(-1)!)
      current.push(chunks.pop()!)
    }
    if (chunks.length > 0 && lengthOf(chunks.at(-1)!) > width) {
      length = breakWord(chunks, current, length, width, breaksWords, breaksHyphens)
    }
    if (current.length > 0 && strip(current.at(-1)!) === '') current.pop()
    if (current.length > 0) lines.push(current.join(''))
  }
  return lines
}

/** Puts as much of a word on the line as fits, or all of it on a line of its own. */
function breakWord(
  chunks: string[],
  current: string[],
  length: number,
  width: number,
  breaksWords: boolean,
  breaksHyphens: boolean,
): number {
  const room = width < 1 ? 1 : width - length
  const word = chunks.at(-1)!
  if (!breaksWords) {
    if (current.length === 0) current.push(chunks.pop()!)
    return length
  }
  let end = room
  if (breaksHyphens && lengthOf(word) > room) {
    const chars = charsOf(word).slice(0, room)
    const hyphen = chars.lastIndexOf('-')
    if (hyphen > 0 && chars.slice(0, hyphen).some((char) => char !== '-')) end = hyphen + 1
  }
  const offset = offsetOf(word, end)
  current.push(word.slice(0, offset))
  chunks[chunks.length - 1] = word.slice(offset)
  return length + end
}
