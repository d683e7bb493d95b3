// Gemma 4's calls: `call:get_weather{city:<|"|>Paris<|"|>,days:3}`. Keys are bare, strings have
// special quotation marks.
import type { CallWriter } from './call-writer.ts'
import type { Reading } from './chat-parser.ts'
import { PaddedValue } from './padded-value.ts'
import type { TextReader } from './text-reader.ts'

const quote = '<|"|>'

/** @returns whether there was a call here; if not, nothing was emitted. */
export function* readGemmaCall(reader: TextReader, calls: CallWriter): Reading<boolean> {
  if (!(yield* reader.accepts('call:'))) return false
  const { text, marker } = yield* reader.textUntil(['{'])
  if (marker === undefined || text.trim() === '') return false
  yield* calls.start(text.trim(), undefined)
  yield* calls.arguments('{')
  if (yield* readMembers(reader, calls)) {
    yield* calls.arguments('}')
    yield* calls.end()
  }
  return true
}

/** @returns whether the object was complete. */
function* readMembers(reader: TextReader, calls: CallWriter): Reading<boolean> {
  for (let n = 0; ; n++) {
    yield* reader.skipSpace()
    if (yield* reader.accepts('}')) return true
    if (n > 0 && !(yield* reader.accepts(','))) return false
    yield* reader.skipSpace()
    const isQuoted = yield* reader.accepts(quote)
    const { text, marker } = yield* reader.textUntil(isQuoted ? [quote] : [':'])
    if (marker === undefined || (isQuoted && !(yield* reader.accepts(':')))) return false
    yield* calls.arguments(`${n > 0 ? ', ' : ''}${JSON.stringify(isQuoted ? text : text.trim())}: `)
    if (!(yield* readValue(reader, calls))) return false
  }
}

function* readValue(reader: TextReader, calls: CallWriter): Reading<boolean> {
  yield* reader.skipSpace()
  if (yield* reader.accepts(quote)) {
    yield* calls.arguments('"')
    const value = new PaddedValue('')
    const escaped = (text: string) => JSON.stringify(text).slice(1, -1)
    const end = yield* reader.until([quote], (delta) => calls.arguments(escaped(value.push(delta))))
    if (end !== undefined) yield* calls.arguments(`${escaped(value.finish())}"`)
    return end !== undefined
  }
  if (yield* reader.accepts('{')) {
    yield* calls.arguments('{')
    const isWhole: boolean = yield* readMembers(reader, calls)
    if (isWhole) yield* calls.arguments('}')
    return isWhole
  }
  if (yield* reader.accepts('[')) return yield* readItems(reader, calls)
  let word = ''
  for (;;) {
    const char = yield* reader.peek()
    if (char === '') return false
    if (/[,}\]]/.test(char)) break
    word += reader.take(1)
  }
  const isJson = /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null)$/.test(word.trim())
  yield* calls.arguments(isJson ? word.trim() : JSON.stringify(word.trim()))
  return true
}

function* readItems(reader: TextReader, calls: CallWriter): Reading<boolean> {
  yield* calls.arguments('[')
  for (let n = 0; ; n++) {
    yield* reader.skipSpace()
    if (yield* reader.accepts(']')) break
    if (n > 0) {
      if (!(yield* reader.accepts(','))) return false
      yield* calls.arguments(', ')
    }
    const isWhole: boolean = yield* readValue(reader, calls)
    if (!isWhole) return false
  }
  yield* calls.arguments(']')
  return true
}
