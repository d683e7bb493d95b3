// Calls with the name in the clear and the arguments as one JSON object:
// `<function=NAME>{…}</function>`
import type { CallWriter } from './call-writer.ts'
import type { Reading } from './chat-parser.ts'
import { readJson } from './json-text.ts'
import type { TextReader } from './text-reader.ts'
import type { CallBody } from './tool-syntax.ts'

type NamedBody = Extract<CallBody, { kind: 'named' }>

/** Reads one call after its start. @returns whether it was one; if not, nothing was emitted. */
export function* readNamedCall(reader: TextReader, body: NamedBody, calls: CallWriter): Reading<boolean> {
  let id: string | undefined
  if (body.idBefore !== undefined) {
    const { text, marker } = yield* reader.textUntil([body.idBefore.end.trim()])
    if (marker === undefined) return false
    id = text.trim()
  }
  const ends = [body.nameEnd, body.idAfter?.start ?? ''].map((end) => end.trim()).filter((end) => end !== '')
  const { text, marker } = yield* readName(reader, ends)
  const inId = body.isNameInId ? /^(?:functions\.)?(.+?)(?::\d+)?$/s.exec(text) : null
  const name = inId?.[1] ?? text
  if (name === '') return false
  if (inId !== null) id = text
  if (body.idAfter !== undefined && marker === body.idAfter.start.trim()) {
    const { text } = yield* reader.textUntil([body.nameEnd.trim()])
    id = text.trim()
  }
  yield* reader.skipSpace()
  if ((yield* reader.peek()) !== '{') return false
  yield* calls.start(name, id)
  if (yield* readJson(reader, (delta) => calls.arguments(delta))) yield* calls.end()
  return true
}

/** A name ends at a marker or, without markers, at a blank or the arguments. */
function* readName(reader: TextReader, ends: readonly string[]): Reading<{ text: string; marker: string | undefined }> {
  yield* reader.skipSpace()
  if (ends.length > 0) {
    const { text, marker } = yield* reader.textUntil(ends)
    return { text: marker === undefined ? '' : text.trim(), marker }
  }
  let text = ''
  for (;;) {
    const next = yield* reader.peek()
    if (next === '' || next === '{' || /\s/.test(next)) return { text, marker: undefined }
    text += reader.take(1)
  }
}
