// Calls that small models write without the markers of their format: an answer that is only JSON of
// a known tool, bare or in a code fence. An example in prose is not a call: words before or after
// it make the whole answer text.
import { CallWriter } from './call-writer.ts'
import { type ChatDelta, more, type Reading } from './chat-parser.ts'
import { readJsonCall, usualKeys } from './json-call.ts'
import type { TextReader } from './text-reader.ts'

/**
 * Reads calls from here to the end of the text.
 * @param isKnown whether a tool has this name.
 * @returns whether the text was calls; if not, nothing was consumed or emitted.
 */
export function* readBareCalls(reader: TextReader, isKnown: (name: string) => boolean): Reading<boolean> {
  reader.mark()
  const deltas: ChatDelta[] = []
  if (yield* collectDeltas(readAll(reader, isKnown), deltas)) {
    reader.forget()
    yield* deltas
    return true
  }
  reader.rewind()
  return false
}

function* readAll(reader: TextReader, isKnown: (name: string) => boolean): Reading<boolean> {
  const calls = new CallWriter()
  const keys = { ...usualKeys, isKnown }
  while (!(yield* reader.isAtEnd())) {
    const isFenced = yield* reader.accepts('```')
    if (isFenced && !/^[\w-]*$/.test((yield* reader.textUntil(['\n'])).text.trim())) return false
    yield* reader.skipSpace()
    const isArray = yield* reader.accepts('[')
    do {
      yield* reader.skipSpace()
      if (!(yield* readJsonCall(reader, keys, calls))) return false
      yield* reader.skipSpace()
    } while (yield* reader.accepts(','))
    if (isArray && !(yield* reader.accepts(']'))) return false
    yield* reader.skipSpace()
    if (isFenced && !(yield* reader.accepts('```'))) return false
    yield* reader.skipSpace()
  }
  return calls.nCalls > 0
}

/** Runs a reading and withholds its deltas. */
function* collectDeltas<T>(reading: Reading<T>, deltas: ChatDelta[]): Reading<T> {
  for (;;) {
    const { value, done } = reading.next()
    if (done === true) return value
    if (value === more) yield more
    else deltas.push(value)
  }
}
