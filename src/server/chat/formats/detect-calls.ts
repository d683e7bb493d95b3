// Detects the syntax of calls from the text that a template writes for one call, and for two.
import { commonPrefix, commonSuffix, probe } from './template-probe.ts'
import type { CallBody, KeyEnd, ToolSyntax } from './tool-syntax.ts'

/**
 * A call within its text: the range [start, end) that differs from call to call, and its syntax.
 */
type Core = { readonly start: number; readonly end: number; readonly body: CallBody }

/**
 * @param one the text that a template writes for one call; it contains the words of `probe`.
 * @param two the same for two calls; undefined if the template takes only one.
 * @returns undefined for an unknown kind of text.
 */
export function detectCalls(one: string, two: string | undefined): ToolSyntax | undefined {
  const core = coreOf(one, probe.tool, 0)
  if (core === undefined) return undefined
  const before = one.slice(0, core.start)
  const after = one.slice(core.end)
  if (core.body.kind === 'json' && core.body.isArray) {
    return { section: { start: before, end: after }, call: { start: '', end: '' }, separator: ',', body: core.body }
  }
  const between = two === undefined ? undefined : textBetween(two)
  if (between === undefined) {
    return { section: { start: '', end: '' }, call: { start: before, end: after }, separator: '', body: core.body }
  }
  const start = commonSuffix(before, between)
  const end = commonPrefix(after, between.slice(0, between.length - start.length))
  return {
    section: { start: before.slice(0, before.length - start.length), end: after.slice(end.length) },
    call: { start, end },
    separator: between.slice(end.length, between.length - start.length),
    body: core.body,
  }
}

/** The text between the first call and the second. */
function textBetween(two: string): string | undefined {
  const first = coreOf(two, probe.tool, 0)
  const second = first === undefined ? undefined : coreOf(two, probe.otherTool, first.end)
  return first === undefined || second === undefined ? undefined : two.slice(first.end, second.start)
}

function coreOf(text: string, name: string, from: number): Core | undefined {
  const at = text.indexOf(name, from)
  if (at < 0) return undefined
  return jsonCore(text, name, at, from) ?? namedCore(text, name, at) ?? taggedCore(text, name, at)
}

/** The smallest JSON value that contains the name and the arguments. */
function jsonCore(text: string, name: string, at: number, from: number): Core | undefined {
  for (let start = at; start >= from; start--) {
    if (text[start] !== '{' && text[start] !== '[') continue
    const end = endOfJson(text, start)
    if (end === undefined || end < at) continue
    const value = JSON.parse(text.slice(start, end)) as unknown
    const body = jsonBody(Array.isArray(value) ? value[0] : value, name, Array.isArray(value))
    if (body === undefined) continue
    // the array around the call, if all calls are in one array
    const outer = body.isArray ? undefined : arrayAround(text, start, from)
    if (outer !== undefined) return { ...outer, body: { ...body, isArray: true } }
    return { start, end, body }
  }
  return undefined
}

function arrayAround(text: string, at: number, from: number): { start: number; end: number } | undefined {
  const before = text.slice(from, at).trimEnd()
  if (!before.endsWith('[')) return undefined
  const start = from + before.length - 1
  const end = endOfJson(text, start)
  return end === undefined ? undefined : { start, end }
}

function jsonBody(value: unknown, name: string, isArray: boolean): Extract<CallBody, { kind: 'json' }> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const members = Object.entries(value)
  const inner = members.find(([key, member]) => key === 'function' && typeof member === 'object')?.[1]
  if (inner !== undefined) return jsonBody(inner, name, isArray)
  const nameKey = members.find(([, member]) => member === name)?.[0]
  const idAt = members.findIndex(([, member]) => typeof member === 'string' && /^criaid00\d$/.test(member))
  const idKey = idAt < 0 ? undefined : { key: members[idAt]![0], isFirst: idAt === 0 }
  if (nameKey === undefined) {
    const isNameTheKey = members.length === 1 && members[0]![0] === name
    return isNameTheKey ? { kind: 'json', isArray, nameKey: undefined, argumentsKey: '', idKey: undefined } : undefined
  }
  const argumentsKey = members.find(([, member]) => isArguments(member))?.[0]
  return argumentsKey === undefined ? undefined : { kind: 'json', isArray, nameKey, argumentsKey, idKey }
}

function isArguments(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, probe.textKey)
}

function namedCore(text: string, name: string, at: number): Core | undefined {
  const nameEnd = at + name.length
  const start = text.indexOf('{', nameEnd)
  const end = start < 0 ? undefined : endOfJson(text, start)
  if (end === undefined || !isArguments(JSON.parse(text.slice(start, end)))) return undefined
  const between = text.slice(nameEnd, start)
  const inside = /criaid00\d/.exec(between)
  if (inside !== null) {
    const idAfter = { start: between.slice(0, inside.index) }
    return {
      start: at,
      end,
      body: {
        kind: 'named',
        idBefore: undefined,
        idAfter,
        nameEnd: between.slice(inside.index + 9),
        isNameInId: false,
      },
    }
  }
  const before = /criaid00\d(?=\D?[^{}]*$)/.exec(text.slice(0, at))
  const isNear = before !== null && !/cria_/.test(text.slice(before.index + 9, at))
  if (before === null || !isNear) {
    return {
      start: at,
      end,
      body: { kind: 'named', idBefore: undefined, idAfter: undefined, nameEnd: between, isNameInId: false },
    }
  }
  const idBefore = { end: text.slice(before.index + 9, at) }
  return {
    start: before.index,
    end,
    body: { kind: 'named', idBefore, idAfter: undefined, nameEnd: between, isNameInId: false },
  }
}

function taggedCore(text: string, name: string, at: number): Core | undefined {
  const nameEnd = at + name.length
  const textKey = text.indexOf(probe.textKey, nameEnd)
  const value = text.indexOf(probe.text, textKey)
  const numberKey = text.indexOf(probe.numberKey, value)
  const number = text.indexOf(String(probe.number), numberKey)
  if (textKey < 0 || value < 0 || numberKey < 0 || number < 0) return undefined
  const beforeKey = text.slice(nameEnd, textKey)
  const betweenValues = text.slice(value + probe.text.length, numberKey)
  const keyStart = fromLastMarker(commonSuffix(beforeKey, betweenValues))
  const afterNumber = text.slice(number + String(probe.number).length)
  const valueEnd = toLastMarker(commonPrefix(betweenValues, afterNumber))
  if (keyStart.trim() === '' || valueEnd.trim() === '') return undefined
  const ofText = text.slice(textKey + probe.textKey.length, value)
  const ofNumber = text.slice(numberKey + probe.numberKey.length, number)
  const isQuoted = /["']$/.test(ofText) && !/["']$/.test(ofNumber)
  if (isQuoted) return undefined // a language of its own
  const keyEnd: readonly KeyEnd[] =
    ofText === ofNumber
      ? [{ marker: ofText, isText: undefined }]
      : [
          { marker: ofText, isText: true },
          { marker: ofNumber, isText: false },
        ]
  const pad = /^\s*/.exec(valueEnd)![0]
  return {
    start: at,
    end: number + String(probe.number).length + valueEnd.length,
    body: {
      kind: 'tagged',
      nameEnd: beforeKey.slice(0, beforeKey.length - keyStart.length),
      attributesEnd: '',
      keyStart,
      keyEnd,
      valueEnd,
      pad: ofText.endsWith(pad) ? pad : '',
    },
  }
}

function fromLastMarker(text: string): string {
  const at = text.lastIndexOf('<')
  return at < 0 ? text.trimStart() : text.slice(at)
}

function toLastMarker(text: string): string {
  return text.slice(0, text.lastIndexOf('>') + 1)
}

/** @returns the end of the JSON value that starts here; undefined if there is none. */
function endOfJson(text: string, start: number): number | undefined {
  let depth = 0
  let isInString = false
  for (let at = start; at < text.length; at++) {
    const char = text[at]!
    if (isInString) {
      if (char === '\\') at++
      else if (char === '"') isInString = false
    } else if (char === '"') isInString = true
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) {
      try {
        JSON.parse(text.slice(start, at + 1))
        return at + 1
      } catch {
        return undefined
      }
    }
  }
  return undefined
}
