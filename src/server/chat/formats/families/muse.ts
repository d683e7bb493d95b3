// Muse: parts of an answer are messages to a recipient: itself (reasoning), the user (text), or a
// tool.
import { CallWriter } from '../call-writer.ts'
import type { ChatParser, Reading } from '../chat-parser.ts'
import { ReadingParser } from '../reading-parser.ts'
import { readTaggedCall } from '../tagged-call.ts'
import type { TextReader } from '../text-reader.ts'
import type { CallBody, KnownTool } from '../tool-syntax.ts'

const ends = ['<|eom|>', '<|eot|>']

const body: Extract<CallBody, { kind: 'tagged' }> = {
  kind: 'tagged',
  nameEnd: '">',
  attributesEnd: '',
  keyStart: '<atem:parameter name="',
  keyEnd: [{ marker: '">', isText: undefined }],
  valueEnd: '</atem:parameter>',
  pad: '',
}

/** The possible beginnings of a header. */
const heads = [' ', '<|message|>']

export function museParser(tools: readonly KnownTool[]): ChatParser {
  return new ReadingParser((reader) => readMuse(reader, tools))
}

function* readMuse(reader: TextReader, tools: readonly KnownTool[]): Reading {
  const calls = new CallWriter()
  while (!(yield* reader.isAtEnd())) {
    if (yield* reader.accepts('<|start|>')) yield* reader.accepts('assistant')
    if ((yield* reader.peekOneOf(heads)) === undefined) return // no header: plain text
    const { text: header, marker } = yield* reader.textUntil(['<|message|>'])
    if (marker === undefined) return
    const recipient = /to=(\S+)/.exec(header)?.[1] ?? 'user'
    if (recipient === 'self' || recipient === 'user') {
      const kind = recipient === 'self' ? 'reasoning' : 'text'
      yield* reader.until(ends, (delta) => [{ kind, delta }])
    } else yield* readCalls(reader, tools, calls)
  }
}

function* readCalls(reader: TextReader, tools: readonly KnownTool[], calls: CallWriter): Reading {
  for (;;) {
    const found = yield* reader.textUntil(['<atem:invoke name="', ...ends])
    if (found.marker !== '<atem:invoke name="') return
    if (!(yield* readTaggedCall(reader, body, ['</atem:invoke>'], tools, calls))) return
  }
}
