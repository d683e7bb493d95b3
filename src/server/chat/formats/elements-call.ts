// Calls whose arguments are elements named for them: `<city>Paris</city>`. Objects nest, lists have
// `<item>` elements.
import type { CallWriter } from './call-writer.ts'
import type { Reading } from './chat-parser.ts'
import { type JsonType, parameterTypes, valueToJson } from './parameter-types.ts'
import type { TextReader } from './text-reader.ts'
import type { CallBody, KnownTool } from './tool-syntax.ts'

type ElementsBody = Extract<CallBody, { kind: 'elements' }>

/** Reads one call after its start, up to the closing tag that does not belong to an argument. */
export function* readElementsCall(
  reader: TextReader,
  body: ElementsBody,
  tools: readonly KnownTool[],
  calls: CallWriter,
): Reading<boolean> {
  const { text, marker } = yield* reader.textUntil([body.nameEnd])
  const name = text.trim()
  if (marker === undefined || name === '') return false
  yield* calls.start(name, undefined)
  const parameters = tools.find((tool) => tool.name === name)?.parameters
  let nArguments = 0
  while (yield* opensElement(reader, body.prefix)) {
    const key = (yield* reader.textUntil(['>'])).text
    yield* calls.arguments(`${nArguments++ === 0 ? '{' : ', '}${JSON.stringify(key)}: `)
    const value = yield* readValue(reader, body.prefix, key, parameterTypes(parameters, key))
    if (value === undefined) return true // cut off
    yield* calls.arguments(value)
  }
  if (nArguments > 0) yield* calls.arguments('}')
  yield* calls.end()
  return true
}

/**
 * @returns the JSON text of a value, with its closing tag consumed; undefined when the text ends
 *   first.
 */
function* readValue(
  reader: TextReader,
  prefix: string,
  key: string,
  types: readonly JsonType[],
): Reading<string | undefined> {
  const members: string[] = []
  let isList = false
  while (yield* opensElement(reader, prefix)) {
    const name = (yield* reader.textUntil(['>'])).text
    const value: string | undefined = yield* readValue(reader, prefix, name, anyType)
    if (value === undefined) return undefined
    isList = name === 'item'
    members.push(isList ? value : `${JSON.stringify(name)}: ${value}`)
  }
  const { text, marker } = yield* reader.textUntil([`${prefix}</${key}>`])
  if (marker === undefined) return undefined
  if (members.length === 0) return valueToJson(text, types)
  return isList ? `[${members.join(', ')}]` : `{${members.join(', ')}}`
}

const anyType: readonly JsonType[] = ['number', 'boolean', 'null', 'object', 'array', 'string']

/** Consumes the `<` of an opening tag. */
function* opensElement(reader: TextReader, prefix: string): Reading<boolean> {
  const blanks = /^\s*/.exec(reader.rest)![0]
  const open = `${prefix}<`
  for (;;) {
    const rest = reader.rest.slice(blanks.length)
    if (rest.length > open.length || !open.startsWith(rest.slice(0, open.length))) {
      if (!rest.startsWith(open) || rest[open.length] === '/') return false
      reader.take(blanks.length + open.length)
      return true
    }
    if (yield* reader.cannotGrow()) return false
  }
}
