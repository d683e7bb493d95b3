// Calls in Python: `get_weather(city='Paris', days=3)`, with literals for arguments.
import type { CallWriter } from './call-writer.ts'
import type { Reading } from './chat-parser.ts'
import type { TextReader } from './text-reader.ts'

/** @returns whether there was a call here; if not, nothing was emitted. */
export function* readPythonCall(reader: TextReader, calls: CallWriter): Reading<boolean> {
  const { text, marker } = yield* reader.textUntil(['('])
  const name = text.trim().replace(/\.call$/, '')
  if (marker === undefined || !/^[\w.-]+$/.test(name)) return false
  yield* calls.start(name, undefined)
  let nArguments = 0
  for (;;) {
    yield* reader.skipSpace()
    if (yield* reader.accepts(')')) break
    if (yield* reader.accepts(',')) continue
    const key = yield* reader.textUntil(['='])
    if (key.marker === undefined) return true // cut off
    yield* calls.arguments(`${nArguments++ === 0 ? '{' : ', '}${JSON.stringify(key.text.trim())}: `)
    const value = yield* readLiteral(reader)
    if (value === undefined) return true
    yield* calls.arguments(value)
  }
  if (nArguments > 0) yield* calls.arguments('}')
  yield* calls.end()
  return true
}

/** @returns the literal as JSON; undefined when the text ends first, or there is no literal. */
function* readLiteral(reader: TextReader): Reading<string | undefined> {
  yield* reader.skipSpace()
  const next = yield* reader.peek()
  if (next === '"' || next === "'") return yield* readString(reader, reader.take(1))
  if (next === '[' || next === '(') return yield* readList(reader, reader.take(1) === '[' ? ']' : ')')
  if (next === '{') return yield* readDict(reader)
  let word = ''
  for (;;) {
    const char = yield* reader.peek()
    if (char === '' || /[\s,)\]}:]/.test(char)) break
    word += reader.take(1)
  }
  const named = { True: 'true', False: 'false', None: 'null' }[word]
  if (named !== undefined) return named
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word) ? word : word === '' ? undefined : JSON.stringify(word)
}

function* readString(reader: TextReader, quote: string): Reading<string | undefined> {
  let value = ''
  for (;;) {
    const char = yield* reader.peek()
    if (char === '') return undefined
    reader.take(1)
    if (char === quote) return JSON.stringify(value)
    value += char === '\\' ? yield* readEscape(reader) : char
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0', '\n': '' }

function* readEscape(reader: TextReader): Reading<string> {
  const char = yield* reader.peek()
  reader.take(1)
  const nDigits = { x: 2, u: 4, U: 8 }[char]
  if (nDigits === undefined) return escapes[char] ?? (/["'\\]/.test(char) ? char : `\\${char}`)
  let digits = ''
  while (digits.length < nDigits && /[0-9a-fA-F]/.test(yield* reader.peek())) digits += reader.take(1)
  const code = Number.parseInt(digits, 16)
  return digits.length === nDigits && code <= 0x10ffff ? String.fromCodePoint(code) : `\\${char}${digits}`
}

function* readList(reader: TextReader, end: string): Reading<string | undefined> {
  const values: string[] = []
  for (;;) {
    yield* reader.skipSpace()
    if (yield* reader.accepts(end)) return `[${values.join(', ')}]`
    if (yield* reader.accepts(',')) continue
    const value: string | undefined = yield* readLiteral(reader)
    if (value === undefined) return undefined
    values.push(value)
  }
}

function* readDict(reader: TextReader): Reading<string | undefined> {
  reader.take(1)
  const members: string[] = []
  for (;;) {
    yield* reader.skipSpace()
    if (yield* reader.accepts('}')) return `{${members.join(', ')}}`
    if (yield* reader.accepts(',')) continue
    const key: string | undefined = yield* readLiteral(reader)
    yield* reader.skipSpace()
    if (key === undefined || !(yield* reader.accepts(':'))) return undefined
    const value: string | undefined = yield* readLiteral(reader)
    if (value === undefined) return undefined
    members.push(`${key.startsWith('"') ? key : JSON.stringify(key)}: ${value}`)
  }
}
