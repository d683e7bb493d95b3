// JSON inside a generated text, read as it arrives. The text of a value is passed on unchanged.
import type { Emit, Reading } from './chat-parser.ts'
import type { TextReader } from './text-reader.ts'

/**
 * Reads one JSON value; its brackets and quotes are followed, nothing else is checked.
 * @param emit is called with deltas of its text.
 * @returns whether it came to its end.
 */
export function* readJson(reader: TextReader, emit: Emit): Reading<boolean> {
  let depth = 0
  let isInString = false
  let isEscaped = false
  while (!(yield* reader.isAtEnd())) {
    const { rest } = reader
    let n = 0
    let isOver = false
    while (n < rest.length && !isOver) {
      const char = rest[n]!
      if (isInString) {
        n++
        if (isEscaped) isEscaped = false
        else if (char === '\\') isEscaped = true
        else if (char === '"') {
          isInString = false
          isOver = depth === 0
        }
      } else if (depth === 0 && n > 0 && /[\s,:\]}]/.test(char)) break
      else {
        n++
        if (char === '"') isInString = true
        else if (char === '{' || char === '[') depth++
        else if (char === '}' || char === ']') {
          depth--
          isOver = depth <= 0
        }
      }
    }
    const isBareEnd = n < rest.length && !isOver
    if (n > 0) yield* emit(reader.take(n))
    if (isOver || isBareEnd) return true
    if (depth === 0 && !isInString && (yield* endsBare(reader))) return true
  }
  return false
}

/** A number or a word has no end of its own: the next character ends it. */
function* endsBare(reader: TextReader): Reading<boolean> {
  const next = yield* reader.peek()
  return next === '' || /[\s,:\]}]/.test(next)
}

/** @returns the text of one JSON value, and whether it was complete. */
export function* readJsonText(reader: TextReader): Reading<{ readonly text: string; readonly isWhole: boolean }> {
  let text = ''
  const isWhole = yield* readJson(reader, (delta) => {
    text += delta
    return []
  })
  return { text, isWhole }
}

/** @returns the value, or undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
