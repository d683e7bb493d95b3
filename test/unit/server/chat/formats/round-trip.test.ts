// Answers of random parts, written in each kind of format and read back: whole, and cut at random places.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChatDelta, ChatParser } from '../../../../../src/server/chat/formats/chat-parser.ts'
import { syntaxParser } from '../../../../../src/server/chat/formats/syntax-parser.ts'
import type { CallBody, KnownTool } from '../../../../../src/server/chat/formats/tool-syntax.ts'
import { type WrittenCall, writeCalls } from '../../../../../src/server/chat/formats/write-calls.ts'
import { seededRandom } from '../../../../support/random.ts'
import { syntaxes } from '../../../../support/tool-syntaxes.ts'

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
        const parser = () =>
          syntaxParser({ reasoning, frame: [], tools: syntax }, { isThinking: false, splitsThoughts: true, tools })
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
