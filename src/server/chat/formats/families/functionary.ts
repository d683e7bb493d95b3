// Functionary 3.2: each part of an answer is `>>>RECIPIENT`, a line break and its content; the
// prompt ends with `>>>`.
import { CallWriter } from '../call-writer.ts'
import type { ChatParser, Reading } from '../chat-parser.ts'
import { readJson } from '../json-text.ts'
import { ReadingParser } from '../reading-parser.ts'
import type { TextReader } from '../text-reader.ts'

export function functionaryParser(): ChatParser {
  return new ReadingParser(readFunctionary)
}

function* readFunctionary(reader: TextReader): Reading {
  const calls = new CallWriter()
  while (!(yield* reader.isAtEnd())) {
    yield* reader.accepts('>>>')
    const { text, marker } = yield* reader.textUntil(['\n'])
    const recipient = text.trim()
    if (marker === undefined || !/^[\w.-]+$/.test(recipient)) {
      yield { kind: 'text', delta: text + (marker ?? '') }
      return
    }
    if (recipient === 'all') {
      yield* untilNext(reader)
    } else {
      yield* calls.start(recipient, undefined)
      yield* reader.skipSpace()
      if ((yield* reader.peek()) === '{' && (yield* readJson(reader, (delta) => calls.arguments(delta))))
        yield* calls.end()
      yield* reader.textUntil(['>>>'])
    }
  }
}

function* untilNext(reader: TextReader): Reading {
  yield* reader.until(['>>>'], (delta) => [{ kind: 'text', delta }])
}
