// What the grammars of tool calls let through: texts made from them at random are read back as calls whose arguments are valid.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { parseGrammar } from '../../../../../src/grammar/gbnf.ts'
import { schemaToGrammar } from '../../../../../src/grammar/json-schema/json-schema.ts'
import { untilRules } from '../../../../../src/grammar/until.ts'
import {
  type CallGrammarOptions,
  callGrammar,
  callTriggers,
} from '../../../../../src/server/chat/formats/call-grammar.ts'
import type { ChatParser } from '../../../../../src/server/chat/formats/chat-parser.ts'
import { syntaxParser } from '../../../../../src/server/chat/formats/syntax-parser.ts'
import type { KnownTool } from '../../../../../src/server/chat/formats/tool-syntax.ts'
import { GrammarTexts } from '../../../../support/grammar-text.ts'
import { seededRandom } from '../../../../support/random.ts'
import { syntaxes } from '../../../../support/tool-syntaxes.ts'

const tools: readonly KnownTool[] = [
  {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' }, unit: { type: 'string', enum: ['C', 'F'] } },
      required: ['city'],
    },
  },
  { name: 'now', parameters: { type: 'object', properties: {} } },
  {
    name: 'plan',
    parameters: {
      type: 'object',
      properties: { steps: { type: 'array', items: { type: 'string' } }, isFinal: { type: 'boolean' } },
      required: ['steps', 'isFinal'],
    },
  },
]
const reasoning = { start: '<think>', end: '</think>' }
/** Values in the clear of a language of its own are held to no schema. */
const loose = ['Python', 'Gemma', 'elements that nest']

function grammarOf(name: string, more: Partial<CallGrammarOptions> = {}) {
  const source = callGrammar(syntaxes[name]!, {
    tools,
    isParallel: true,
    thought: undefined,
    schemaGrammar: (schema) => schemaToGrammar(schema).grammar,
    ...more,
  })
  const parsed = parseGrammar(source)
  assert.ok(parsed.ok, `${name}: ${parsed.ok ? '' : parsed.problem.message}\n${source}`)
  return parsed.grammar
}

function read(parser: ChatParser, text: string) {
  const parts = { thought: '', text: '', calls: [] as { name: string; arguments: string }[] }
  for (const delta of [...parser.push(text), ...parser.finish()]) {
    if (delta.kind === 'text') parts.text += delta.delta
    else if (delta.kind === 'reasoning') parts.thought += delta.delta
    else if (delta.kind === 'tool-start') parts.calls.push({ name: delta.name, arguments: '' })
    else if (delta.kind === 'tool-arguments') parts.calls[delta.index]!.arguments += delta.delta
  }
  return parts
}

describe('grammars of tool calls', () => {
  const ajv = new Ajv({ strict: false })
  const validators = new Map(tools.map(({ name, parameters }) => [name, ajv.compile(parameters as object)]))
  for (const [name, syntax] of Object.entries(syntaxes)) {
    it(`${name}: every text is calls with arguments that fit`, () => {
      const seed = Math.floor(Math.random() * 2 ** 32)
      console.log(`seed ${seed}`)
      const texts = new GrammarTexts(grammarOf(name), seededRandom(seed))
      for (let n = 0; n < 100; n++) {
        const text = texts.next()
        const { calls, ...rest } = read(
          syntaxParser({ reasoning, frame: [], tools: syntax }, { isThinking: false, splitsThoughts: true, tools }),
          text,
        )
        assert.deepEqual(rest, { thought: '', text: '' }, `seed ${seed}: ${JSON.stringify(text)}`)
        assert.ok(calls.length > 0, `seed ${seed}: no call in ${JSON.stringify(text)}`)
        for (const call of calls) {
          const validate = validators.get(call.name)!
          const isValid = validate(JSON.parse(call.arguments))
          assert.ok(
            isValid || loose.includes(name),
            `seed ${seed}: ${JSON.stringify(text)}\n${call.arguments}: ${ajv.errorsText(validate.errors)}`,
          )
        }
      }
    })
  }

  it('may begin with a thought, or go on with one', () => {
    const random = seededRandom(1)
    for (const isOpen of [true, false]) {
      const texts = new GrammarTexts(grammarOf('JSON between tags', { thought: { ...reasoning, isOpen } }), random)
      const all = Array.from({ length: 50 }, () => texts.next())
      for (const text of all) {
        const syntax = { reasoning, frame: [], tools: syntaxes['JSON between tags']! }
        assert.ok(
          read(syntaxParser(syntax, { isThinking: isOpen, splitsThoughts: true, tools }), text).calls.length > 0,
          JSON.stringify(text),
        )
      }
      assert.ok(
        all.some((text) => text.includes('</think>')),
        `a thought comes to its end: ${isOpen}`,
      )
    }
  })

  it('allow one call where calls are not parallel', () => {
    const texts = new GrammarTexts(grammarOf('JSON between tags', { isParallel: false }), seededRandom(2))
    for (let n = 0; n < 50; n++) assert.equal(texts.next().split('<tool_call>').length, 2)
  })

  it('are woken by the markers that begin calls', () => {
    assert.deepEqual(callTriggers(syntaxes['JSON between tags']!), ['<tool_call>'])
    assert.deepEqual(callTriggers(syntaxes['an id, then a name']!), ['<|tool_calls|>', '<|tool_call:begin|>'])
  })
})

describe('untilRules', () => {
  it('let any text through that has the marker once, at its end', () => {
    const seed = Math.floor(Math.random() * 2 ** 32)
    console.log(`seed ${seed}`)
    for (const marker of ['ab', 'aab', 'abab', 'aaa', '</think>', '\n</p>', 'ababc', '｜x｜']) {
      const parsed = parseGrammar(`root ::= until\n${untilRules('until', marker)}`)
      assert.ok(parsed.ok)
      const texts = new GrammarTexts(parsed.grammar, seededRandom(seed))
      for (let n = 0; n < 200; n++) {
        const text = texts.next()
        assert.equal(text.indexOf(marker), text.length - marker.length, `seed ${seed}: ${JSON.stringify(text)}`)
      }
    }
  })
})
