// gpt-oss (Harmony): every part of an answer is a message with a channel, and calls are messages to
// a recipient. Source: OpenAI's description of the Harmony response format.
import { CallWriter } from '../call-writer.ts'
import type { ChatParser, Reading } from '../chat-parser.ts'
import { readJson } from '../json-text.ts'
import { ReadingParser } from '../reading-parser.ts'
import type { TextReader } from '../text-reader.ts'

const ends = ['<|end|>', '<|call|>', '<|return|>']

/** The possible beginnings of a header. */
const heads = [' ', '<|channel|>', '<|message|>']

export function harmonyParser(): ChatParser {
  return new ReadingParser(readHarmony)
}

/** The prompt ends with `<|start|>assistant`, so the text begins with the rest of a header. */
function* readHarmony(reader: TextReader): Reading {
  const calls = new CallWriter()
  while (!(yield* reader.isAtEnd())) {
    if (yield* reader.accepts('<|start|>')) yield* reader.accepts('assistant')
    if ((yield* reader.peekOneOf(heads)) === undefined) return // no header: plain text
    const { text: header, marker } = yield* reader.textUntil(['<|message|>'])
    if (marker === undefined) return
    yield* readBody(reader, header, calls)
  }
}

function* readBody(reader: TextReader, header: string, calls: CallWriter): Reading {
  const recipient = /(?:^|\s)to=(?:functions\.)?([^\s<]+)/.exec(header)?.[1]
  if (recipient !== undefined && recipient !== 'user') {
    yield* calls.start(recipient, undefined)
    yield* reader.skipSpace()
    if (yield* readJson(reader, (delta) => calls.arguments(delta))) yield* calls.end()
    yield* reader.textUntil([...ends, '<|start|>'])
    return
  }
  const kind = /<\|channel\|>\s*analysis/.test(header) ? 'reasoning' : 'text'
  yield* reader.until(ends, (delta) => [{ kind, delta }])
}
