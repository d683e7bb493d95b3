// Answers of random parts, written in each kind of format and read back: whole, and cut at random places.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChatDelta, ChatParser } from '../../../../../src/server/chat/formats/chat-parser.ts'
import { syntaxParser } from '../../../../../src/server/chat/formats/syntax-parser.ts'
import type { CallBody, KnownTool, OutputSyntax } from '../../../../../src/server/chat/formats/tool-syntax.ts'
import { type WrittenCall, writeCalls } from '../../../../../src/server/chat/formats/write-calls.ts'
import { seededRandom } from '../../../../support/random.ts'

const none = { start: '', end: '' }
const json = { kind: 'json', isArray: false, nameKey: 'name', argumentsKey: 'arguments', idKey: undefined } as const
const named = { kind: 'named', idBefore: undefined, idAfter: undefined, isNameInId: false } as const

const syntaxes: Readonly<Record<string, NonNullable<OutputSyntax['tools']>>> = {
  'JSON between tags': {
    section: none,
    call: { start: '<tool_call>\n', end: '\n</tool_call>' },
    separator: '\n',
    body: json,
  },
  'an array behind a marker': {
    section: { start: '[TOOL_CALLS]', end: '' },
    call: none,
    separator: ',',
    body: { ...json, isArray: true, idKey: { key: 'id', isFirst: false } },
  },
  'the name as key': {
    section: { start: '<|tools_prefix|>', end: '<|tools_suffix|>' },
    call: none,
    separator: ',',
    body: { ...json, isArray: true, nameKey: undefined, argumentsKey: '' },
  },
  'a name, then JSON': {
    section: none,
    call: { start: '<function=', end: '</function>' },
    separator: '',
    body: { ...named, nameEnd: '>' },
  },
  'a name and an id': {
    section: none,
    call: { start: '[TOOL_CALLS]', end: '' },
    separator: '',
    body: { ...named, idAfter: { start: '[CALL_ID]' }, nameEnd: '[ARGS]' },
  },
  'an id, then a name': {
    section: { start: '<|tool_calls|>', end: '<|calls|>' },
    call: { start: '<|tool_call:begin|>', end: '<|tool_call:end|>' },
    separator: '',
    body: { ...named, idBefore: { end: '<|tool_call:name|>' }, nameEnd: '<|tool_call:args|>' },
  },
  'a fence within a section': {
    section: { start: '<｜tool▁calls▁begin｜>', end: '<｜tool▁calls▁end｜>' },
    call: { start: '<｜tool▁call▁begin｜>function<｜tool▁sep｜>', end: '\n```<｜tool▁call▁end｜>' },
    separator: '\n',
    body: { ...named, nameEnd: '\n```json\n' },
  },
  'arguments in tags, on lines of their own': {
    section: none,
    call: { start: '<tool_call>\n<function=', end: '\n</function>\n</tool_call>' },
    separator: '\n',
    body: tagged({
      nameEnd: '>\n',
      keyStart: '<parameter=',
      keyEnd: [{ marker: '>\n', isText: undefined }],
      valueEnd: '\n</parameter>',
      pad: '\n',
    }),
  },
  'keys and values in tags': {
    section: none,
    call: { start: '<tool_call>', end: '</tool_call>' },
    separator: '',
    body: tagged({
      nameEnd: '',
      keyStart: '<arg_key>',
      keyEnd: [{ marker: '</arg_key><arg_value>', isText: undefined }],
      valueEnd: '</arg_value>',
      pad: '',
    }),
  },
  'attributes that name the type': {
    section: { start: '<｜DSML｜calls>', end: '\n</｜DSML｜calls>' },
    call: { start: '\n<｜DSML｜invoke name="', end: '\n</｜DSML｜invoke>' },
    separator: '',
    body: tagged({
      nameEnd: '">\n',
      keyStart: '<｜DSML｜parameter name="',
      keyEnd: [
        { marker: '" string="true">', isText: true },
        { marker: '" string="false">', isText: false },
      ],
      valueEnd: '</｜DSML｜parameter>',
      pad: '',
    }),
  },
  'elements that nest': {
    section: { start: ']<]mm[>[<tool_call>', end: ']<]mm[>[</tool_call>' },
    call: { start: ']<]mm[>[<invoke name="', end: ']<]mm[>[</invoke>' },
    separator: '\n',
    body: { kind: 'elements', nameEnd: '">', prefix: ']<]mm[>[' },
  },
  Python: {
    section: { start: '<|tool_call_start|>', end: '<|tool_call_end|>' },
    call: none,
    separator: ',',
    body: { kind: 'python' },
  },
  Gemma: {
    section: none,
    call: { start: '<|tool_call>', end: '<tool_call|>' },
    separator: '',
    body: { kind: 'gemma' },
  },
}

function tagged(body: Omit<Extract<CallBody, { kind: 'tagged' }>, 'kind' | 'attributesEnd'>): CallBody {
  return { kind: 'tagged', attributesEnd: '', ...body }
}

const reasoning = { start: '<think>', end: '</think>' }
const tools: readonly KnownTool[] = ['get_weather', 'search-web', 'f'].map((name) => ({
  name,
  parameters: {
    type: 'object',
    properties: {
      text: { type: 'string' },
      count: { type: 'integer' },
      ratio: { type: 'number' },
      flag: { type: 'boolean' },
      list: { type: 'array', items: { type: 'string' } },
      nested: { type: 'object' },
      nothing: { type: 'null' },
    },
  },
}))

type Parts = {
  thought: string
  text: string
  calls: { name: string; id: string | undefined; arguments: string; isEnded: boolean }[]
}

function read(parser: ChatParser, pieces: readonly string[]): Parts {
  const deltas: ChatDelta[] = [...pieces.flatMap((piece) => [...parser.push(piece)]), ...parser.finish()]
  const parts: Parts = { thought: '', text: '', calls: [] }
  for (const delta of deltas) {
    if (delta.kind === 'text') parts.text += delta.delta
    else if (delta.kind === 'reasoning') parts.thought += delta.delta
    else if (delta.kind === 'tool-start') {
      assert.equal(delta.index, parts.calls.length, 'calls are numbered in their order')
      parts.calls.push({ name: delta.name, id: delta.id, arguments: '', isEnded: false })
    } else if (delta.kind === 'tool-arguments') parts.calls[delta.index]!.arguments += delta.delta
    else if (delta.kind === 'tool-end') parts.calls[delta.index]!.isEnded = true
  }
  return parts
}

describe('answers written in a format and read back', () => {
  for (const [name, syntax] of Object.entries(syntaxes)) {
    it(`${name}: the parts are those that were written, however the text is cut`, () => {
      const seed = Math.floor(Math.random() * 2 ** 32)
      console.log(`seed ${seed}`)
      const random = seededRandom(seed)
      for (let run = 0; run < 150; run++) {
        const calls = Array.from({ length: 1 + pick(random, 3) }, (_, i) => randomCall(random, i, syntax.body.kind))
        const thought = random() < 0.5 ? randomProse(random) : ''
        const text = random() < 0.5 ? randomProse(random) : ''
        const written =
          (thought === '' ? '' : `<think>\n${thought}\n</think>\n\n`) +
          (text === '' ? '' : `${text}\n`) +
          writeCalls(syntax, calls)
        const parser = () => syntaxParser({ reasoning, frame: [], tools: syntax }, { isThinking: false, tools })
        const whole = read(parser(), [written])
        assert.deepEqual(
          {
            ...whole,
            calls: whole.calls.map((call) => ({
              name: call.name,
              arguments: parse(call.arguments),
              isEnded: call.isEnded,
            })),
          },
          {
            thought,
            text,
            calls: calls.map((call) => ({ name: call.name, arguments: call.arguments, isEnded: true })),
          },
          `seed ${seed}: ${JSON.stringify(written)}`,
        )
        for (const cut of [[...written].flatMap((char) => char.split('')), randomCuts(random, written)]) {
          assert.deepEqual(read(parser(), cut), whole, `seed ${seed}, in pieces: ${JSON.stringify(written)}`)
        }
      }
    })
  }
})

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return `not JSON: ${text}`
  }
}

function pick(random: () => number, n: number): number {
  return Math.floor(random() * n)
}

const words = [
  'rain',
  'Zürich',
  '"quoted"',
  "it's",
  '{ "a": 1 }',
  'a < b',
  '</',
  '🌧️',
  '\\n',
  '3',
  'true',
  '[x]',
  '東京',
  '<b>',
  ',',
  '```',
]

function randomText(random: () => number): string {
  return Array.from({ length: pick(random, 5) }, () => words[pick(random, words.length)]).join(
    random() < 0.3 ? '\n' : ' ',
  )
}

/** What a model says beside its calls: it begins like no call and no thought. */
function randomProse(random: () => number): string {
  return `I see ${randomText(random)} there`
}

function randomCall(random: () => number, index: number, kind: CallBody['kind']): WrittenCall {
  // elements and keys in the clear cannot hold everything: an empty list or object has no elements
  const list = () =>
    Array.from({ length: pick(random, 3) + (kind === 'elements' ? 1 : 0) }, () => `w ${randomText(random)}`)
  const nested = kind === 'elements' ? { a: 1, b: [true, 2] } : { a: 1, b: [true, null, 'x y'], c: {} }
  const all = {
    text: randomText(random),
    count: pick(random, 1000) - 500,
    ratio: random() * 10,
    flag: random() < 0.5,
    list: list(),
    nested,
    nothing: null,
  }
  const members = Object.entries(all).filter(() => random() < 0.5)
  return {
    id: `criaid00${index}`,
    name: tools[pick(random, tools.length)]!.name,
    arguments: Object.fromEntries(members),
  }
}

function randomCuts(random: () => number, text: string): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const n = 1 + pick(random, 12)
    pieces.push(text.slice(at, at + n))
    at += n
  }
  return pieces
}
