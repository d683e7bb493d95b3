// Calls written as JSON objects: `{"name": …, "arguments": {…}}`, keys in any order.
import type { CallWriter } from './call-writer.ts'
import type { Reading } from './chat-parser.ts'
import { parseJson, readJson, readJsonText } from './json-text.ts'
import type { TextReader } from './text-reader.ts'

export type JsonCallKeys = {
  /** undefined: the only key of the object is the name, its value the arguments. */
  readonly nameKey: string | undefined
  readonly argumentsKeys: readonly string[]
  readonly idKey: string | undefined
  /** If given, an object with other keys, or with the name of an unknown tool, is not a call. */
  readonly isKnown?: (name: string) => boolean
}

/** Names that models use even where they were shown others. */
export const usualKeys: JsonCallKeys = {
  nameKey: 'name',
  argumentsKeys: ['arguments', 'parameters', 'args'],
  idKey: 'id',
}

type Found = { name: string | undefined; id: string | undefined; held: string | undefined; isStarted: boolean }

/**
 * Reads an object as a call.
 * @returns whether it was one. If not, nothing was emitted: the caller rewinds to its mark.
 */
export function* readJsonCall(reader: TextReader, keys: JsonCallKeys, calls: CallWriter): Reading<boolean> {
  const found: Found = { name: undefined, id: undefined, held: undefined, isStarted: false }
  const isWhole = yield* readObject(reader, keys, calls, found)
  if (!found.isStarted) {
    if (found.name === undefined || !isWhole) return false
    yield* calls.start(found.name, found.id)
    yield* calls.arguments(found.held ?? '')
  }
  if (isWhole) yield* calls.end()
  return true
}

function* readObject(reader: TextReader, keys: JsonCallKeys, calls: CallWriter, found: Found): Reading<boolean> {
  if (!(yield* reader.accepts('{'))) return false
  for (;;) {
    yield* reader.skipSpace()
    if (yield* reader.accepts('}')) return true
    if (yield* reader.accepts(',')) continue
    const key = yield* readString(reader)
    yield* reader.skipSpace()
    if (key === undefined || !(yield* reader.accepts(':'))) return false
    yield* reader.skipSpace()
    if (!(yield* readMember(reader, key, keys, calls, found))) return false
  }
}

function* readMember(
  reader: TextReader,
  key: string,
  keys: JsonCallKeys,
  calls: CallWriter,
  found: Found,
): Reading<boolean> {
  const next = yield* reader.peek()
  if (keys.nameKey === undefined && found.name === undefined) {
    found.name = key
    return yield* readArguments(reader, calls, found)
  }
  if (key === keys.nameKey && next === '"') {
    found.name = yield* readString(reader)
    return found.name !== undefined && keys.isKnown?.(found.name) !== false
  }
  if (keys.argumentsKeys.includes(key)) return yield* readArguments(reader, calls, found)
  if (key === keys.idKey && next === '"') {
    found.id = yield* readString(reader)
    return found.id !== undefined
  }
  // OpenAI's own shape
  if (key === 'function' && next === '{') return yield* readObject(reader, keys, calls, found)
  if (keys.isKnown !== undefined && key !== 'type') return false
  return (yield* readJsonText(reader)).isWhole
}

function* readArguments(reader: TextReader, calls: CallWriter, found: Found): Reading<boolean> {
  if ((yield* reader.peek()) === '"') {
    const text = yield* readString(reader) // arguments as a string that holds JSON
    if (text === undefined) return false
    found.held = text.trim()
    return true
  }
  if (found.name === undefined) {
    const { text, isWhole } = yield* readJsonText(reader)
    found.held = text
    return isWhole
  }
  found.isStarted = true
  yield* calls.start(found.name, found.id)
  return yield* readJson(reader, (delta) => calls.arguments(delta))
}

/** @returns the string that begins here; undefined if there is none, or it does not end. */
function* readString(reader: TextReader): Reading<string | undefined> {
  if ((yield* reader.peek()) !== '"') return undefined
  const { text, isWhole } = yield* readJsonText(reader)
  const value = isWhole ? parseJson(text) : undefined
  return typeof value === 'string' ? value : undefined
}
