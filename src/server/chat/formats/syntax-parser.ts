// The parser of an answer whose format is described by an OutputSyntax.
import { readBareCalls } from './bare-call.ts'
import { CallWriter } from './call-writer.ts'
import type { ChatDelta, ChatParser, Reading } from './chat-parser.ts'
import { readElementsCall } from './elements-call.ts'
import { readGemmaCall } from './gemma-call.ts'
import { readJsonCall } from './json-call.ts'
import { readNamedCall } from './named-call.ts'
import { readPythonCall } from './python-call.ts'
import { ReadingParser } from './reading-parser.ts'
import { readTaggedCall } from './tagged-call.ts'
import type { TextReader } from './text-reader.ts'
import type { KnownTool, OutputSyntax, ToolSyntax, Wrapper } from './tool-syntax.ts'
import { TrimmedText } from './trimmed-text.ts'

export type ParserContext = {
  /** The prompt ends inside reasoning. */
  readonly isThinking: boolean
  /** Whether reasoning is separated from the text; otherwise it stays in it. */
  readonly splitsThoughts: boolean
  /** Tools of the request; empty: the parser does not look for calls. */
  readonly tools: readonly KnownTool[]
}

export function syntaxParser(syntax: OutputSyntax, context: ParserContext): ChatParser {
  return new ReadingParser((reader) => readAnswer(reader, syntax, context))
}

function* readAnswer(reader: TextReader, syntax: OutputSyntax, context: ParserContext): Reading {
  const { isThinking, splitsThoughts, tools } = context
  const calls = new CallWriter()
  let blanks = yield* reader.skipSpace()
  if (splitsThoughts && syntax.reasoning !== undefined && (yield* readThought(reader, syntax.reasoning, isThinking))) {
    yield* reader.skipSpace()
    blanks = ''
  }
  if (tools.length > 0) {
    const isKnown = (name: string) => tools.some((tool) => tool.name === name)
    const next = yield* reader.peek()
    if ((next === '{' || next === '[' || next === '`') && (yield* readBareCalls(reader, isKnown))) return
  }
  yield* readContent(reader, syntax, tools, calls, blanks)
  while (!(yield* reader.isAtEnd())) yield* readContent(reader, syntax, tools, calls, '')
}

function deltas(kind: 'text' | 'reasoning', delta: string): readonly ChatDelta[] {
  return delta === '' ? [] : [{ kind, delta }]
}

/** @returns whether there was reasoning. */
function* readThought(reader: TextReader, { start, end }: Wrapper, isOpen: boolean): Reading<boolean> {
  const begins = start.trim() !== '' && (yield* reader.accepts(start.trim()))
  // the prompt closed the reasoning already, and the model closes it once more
  if (!isOpen && !begins) return yield* reader.accepts(end.trim())
  const thought = new TrimmedText(true)
  yield* reader.until([end.trim()], (delta) => deltas('reasoning', thought.push(delta)))
  return true
}

/** Reads text up to calls, then the calls. */
function* readContent(
  reader: TextReader,
  syntax: OutputSyntax,
  tools: readonly KnownTool[],
  calls: CallWriter,
  blanks: string,
): Reading {
  const starts = tools.length > 0 && syntax.tools !== undefined ? startsOf(syntax.tools) : []
  const dropped = syntax.frame
  const text = new TrimmedText(dropped.length > 0)
  yield* deltas('text', text.push(blanks))
  let marker: string | undefined
  do {
    marker = yield* reader.until([...starts, ...dropped], (delta) => deltas('text', text.push(delta)))
  } while (marker !== undefined && dropped.includes(marker))
  if (marker === undefined) {
    if (text.held !== '' && dropped.length === 0) yield { kind: 'text', delta: text.held }
    return
  }
  const nBefore = calls.nCalls
  yield* readCalls(reader, syntax.tools!, marker, tools, calls)
  // it only looked like a call
  if (calls.nCalls === nBefore) yield { kind: 'text', delta: text.held + marker }
}

function startsOf({ section, call }: ToolSyntax): string[] {
  return [...new Set([section.start.trim(), call.start.trim()])].filter((start) => start !== '')
}

/** Reads calls after the marker that began them. Leaves input that is not a call. */
function* readCalls(
  reader: TextReader,
  syntax: ToolSyntax,
  marker: string,
  tools: readonly KnownTool[],
  calls: CallWriter,
): Reading {
  const callStart = syntax.call.start.trim()
  const sectionEnd = syntax.section.end.trim()
  let isCallOpen = marker === callStart
  for (;;) {
    reader.mark()
    const isNext = isCallOpen || (yield* toNextCall(reader, syntax))
    isCallOpen = false
    if (!isNext || !(yield* readCall(reader, syntax, tools, calls))) {
      reader.rewind()
      break
    }
    reader.forget()
  }
  if (calls.nCalls === 0) return
  yield* reader.skipSpace()
  if (isInArray(syntax.body)) yield* reader.accepts(']')
  yield* reader.skipSpace()
  yield* reader.acceptsOrEndsIn(sectionEnd)
  yield* reader.skipSpace()
}

function* toNextCall(reader: TextReader, { call, separator, body }: ToolSyntax): Reading<boolean> {
  yield* reader.skipSpace()
  if (isInArray(body)) yield* reader.accepts('[')
  yield* reader.accepts(separator.trim())
  yield* reader.skipSpace()
  const next = yield* reader.peek()
  if (call.start.trim() === '' && (body.kind === 'json' ? next === '{' : /[A-Za-z_]/.test(next))) return true
  return call.start.trim() !== '' && (yield* reader.accepts(call.start.trim()))
}

function isInArray(body: ToolSyntax['body']): boolean {
  return body.kind === 'python' || (body.kind === 'json' && body.isArray)
}

function* readCall(
  reader: TextReader,
  syntax: ToolSyntax,
  tools: readonly KnownTool[],
  calls: CallWriter,
): Reading<boolean> {
  const { body, call, section } = syntax
  yield* reader.skipSpace()
  const ends = [call.end.trim(), section.end.trim()].filter((end) => end !== '')
  let isCall: boolean
  if (body.kind === 'python') isCall = yield* readPythonCall(reader, calls)
  else if (body.kind === 'gemma') isCall = yield* readGemmaCall(reader, calls)
  else if (body.kind === 'elements') isCall = yield* readElementsCall(reader, body, tools, calls)
  else if (body.kind === 'named') isCall = yield* readNamedCall(reader, body, calls)
  else if (body.kind === 'tagged') isCall = yield* readTaggedCall(reader, body, ends, tools, calls)
  else {
    const argumentsKeys = [body.argumentsKey, 'arguments', 'parameters']
    isCall = yield* readJsonCall(
      reader,
      { nameKey: body.nameKey, argumentsKeys, idKey: body.idKey?.key ?? 'id' },
      calls,
    )
  }
  if (!isCall) return false
  yield* reader.skipSpace()
  yield* reader.acceptsOrEndsIn(call.end.trim())
  return true
}
