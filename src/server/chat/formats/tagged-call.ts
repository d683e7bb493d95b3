// Calls with the name and each argument unquoted:
// `<function=NAME><parameter=KEY>VALUE</parameter></function>`
import type { CallWriter } from './call-writer.ts'
import type { Reading } from './chat-parser.ts'
import { PaddedValue } from './padded-value.ts'
import { parameterTypes, valueToJson } from './parameter-types.ts'
import type { TextReader } from './text-reader.ts'
import type { CallBody, KnownTool } from './tool-syntax.ts'

type TaggedBody = Extract<CallBody, { kind: 'tagged' }>

/**
 * Reads one call after its start.
 * @param ends the texts that end a call without arguments if no marker ends its name; not consumed.
 * @returns whether it was one; if not, nothing was emitted.
 */
export function* readTaggedCall(
  reader: TextReader,
  body: TaggedBody,
  ends: readonly string[],
  tools: readonly KnownTool[],
  calls: CallWriter,
): Reading<boolean> {
  const keyStart = body.keyStart.trim()
  const nameEnd = body.nameEnd.trim()
  const { name, marker } = yield* readName(reader, nameEnd === '' ? [keyStart] : [nameEnd], nameEnd === '' ? ends : [])
  if (name === '') return false
  yield* calls.start(name, undefined)
  if (body.attributesEnd !== '') yield* reader.textUntil([body.attributesEnd])
  const parameters = tools.find((tool) => tool.name === name)?.parameters
  let nArguments = 0
  let isKeyOpen = marker === keyStart
  for (;;) {
    yield* reader.skipSpace()
    if (!isKeyOpen && !(yield* reader.accepts(keyStart))) break
    isKeyOpen = false
    // cut off
    if (!(yield* readArgument(reader, body, parameters, nArguments === 0, calls))) return true
    nArguments++
  }
  if (nArguments > 0) yield* calls.arguments('}')
  yield* calls.end()
  return true
}

function* readName(
  reader: TextReader,
  markers: readonly string[],
  ends: readonly string[],
): Reading<{ readonly name: string; readonly marker: string | undefined }> {
  let text = ''
  for (;;) {
    const marker = yield* reader.peekOneOf([...markers, ...ends])
    if (marker !== undefined && ends.includes(marker)) return { name: text.trim(), marker: undefined }
    if (marker !== undefined) return { name: text.trim(), marker: reader.take(marker.length) }
    if (yield* reader.isAtEnd()) return { name: '', marker: undefined }
    text += reader.take(1)
  }
}

/** @returns whether the argument was complete. */
function* readArgument(
  reader: TextReader,
  body: TaggedBody,
  parameters: unknown,
  isFirst: boolean,
  calls: CallWriter,
): Reading<boolean> {
  const { text, marker } = yield* reader.textUntil(body.keyEnd.map((end) => end.marker.trim()))
  const key = text.trim()
  if (marker === undefined) return false
  const said = body.keyEnd.find((end) => end.marker.trim() === marker)!.isText
  const types = said === true ? (['string'] as const) : parameterTypes(parameters, key)
  yield* calls.arguments(`${isFirst ? '{' : ', '}${JSON.stringify(key)}: `)
  const value = new PaddedValue(body.pad)
  const end = [body.valueEnd.trim()]
  if (said !== false && types.every((type) => type === 'string')) {
    yield* calls.arguments('"')
    const found = yield* reader.until(end, (delta) => calls.arguments(escaped(value.push(delta))))
    if (found === undefined) return false
    yield* calls.arguments(`${escaped(value.finish())}"`)
    return true
  }
  const raw = yield* reader.textUntil(end)
  if (raw.marker === undefined) return false
  const whole = value.push(raw.text) + value.finish()
  yield* calls.arguments(valueToJson(whole, said === false ? types.filter((type) => type !== 'string') : types))
  return true
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
