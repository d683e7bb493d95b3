// What the parsers of answers make of texts that are not what they should be, and of the formats with a reader of their own.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChatParser } from '../../../../../src/server/chat/formats/chat-parser.ts'
import { hermes } from '../../../../../src/server/chat/formats/families/families.ts'
import { functionaryParser } from '../../../../../src/server/chat/formats/families/functionary.ts'
import { harmonyParser } from '../../../../../src/server/chat/formats/families/harmony.ts'
import { museParser } from '../../../../../src/server/chat/formats/families/muse.ts'
import { syntaxParser } from '../../../../../src/server/chat/formats/syntax-parser.ts'
import type { KnownTool } from '../../../../../src/server/chat/formats/tool-syntax.ts'

const tools: readonly KnownTool[] = [
  { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
]
const reasoning = { start: '<think>', end: '</think>' }
const plain = (more: { tools?: readonly KnownTool[]; isThinking?: boolean } = {}) =>
  syntaxParser({ reasoning, frame: [], tools: hermes }, { isThinking: false, splitsThoughts: true, tools, ...more })

/** Reads a text whole and character by character, which must agree. @returns `kind: text` lines, calls as `name(arguments)`. */
function read(make: () => ChatParser, text: string): string[] {
  const whole = lines(make(), [text])
  assert.deepEqual(lines(make(), text.split('')), whole, 'a text cut at every character is read as the whole is')
  return whole
}

function lines(parser: ChatParser, pieces: readonly string[]): string[] {
  const parts: { kind: string; text: string }[] = []
  for (const delta of [...pieces.flatMap((piece) => [...parser.push(piece)]), ...parser.finish()]) {
    if (delta.kind === 'tool-start')
      parts.push({ kind: 'call', text: `${delta.name}${delta.id === undefined ? '' : `#${delta.id}`}(` })
    else if (delta.kind === 'tool-end') parts.at(-1)!.text += ')'
    else if (delta.kind === 'tool-arguments') parts.at(-1)!.text += delta.delta
    else if (parts.at(-1)?.kind === delta.kind) parts.at(-1)!.text += delta.delta
    else parts.push({ kind: delta.kind, text: delta.delta })
  }
  return parts.map(({ kind, text }) => `${kind}: ${text}`)
}

describe('calls without the markers of the format', () => {
  it('an answer that is nothing but JSON of a known tool is a call, bare, in a fence, and as a list', () => {
    const call = '{"name": "get_weather", "arguments": {"city": "Paris"}}'
    const wanted = ['call: get_weather({"city": "Paris"})']
    assert.deepEqual(read(plain, call), wanted)
    assert.deepEqual(read(plain, `\n${call}\n`), wanted)
    assert.deepEqual(read(plain, `\`\`\`json\n${call}\n\`\`\``), wanted)
    assert.deepEqual(read(plain, `\`\`\`\n[${call}]\n\`\`\`\n`), wanted)
    assert.deepEqual(read(plain, `<think>so</think>\n\n${call}`), ['reasoning: so', ...wanted])
    assert.deepEqual(read(plain, `[${call}, ${call}]`), [...wanted, ...wanted])
    assert.deepEqual(read(plain, call.replace('arguments', 'parameters')), wanted)
    assert.deepEqual(read(plain, '{"arguments": "{\\"city\\": \\"Paris\\"}", "name": "get_weather"}'), [
      'call: get_weather({"city": "Paris"})',
    ])
  })

  it('OpenAI’s own shape is a call', () => {
    const text = '{"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Rome"}}}'
    assert.deepEqual(read(plain, text), ['call: get_weather({"city": "Rome"})'])
  })

  it('an example in prose is text', () => {
    for (const text of [
      'Call it so: {"name": "get_weather", "arguments": {"city": "Paris"}}',
      '{"name": "get_weather", "arguments": {"city": "Paris"}} would be the call.',
      '```json\n{"name": "get_weather", "arguments": {}}\n```\nis an example',
      'For example:\n```json\n{"name": "get_weather", "arguments": {}}\n```',
    ]) {
      assert.deepEqual(read(plain, text), [`text: ${text}`])
    }
  })

  it('JSON of something else is text, and so is the name of no tool', () => {
    for (const text of [
      '{"answer": 42}',
      '{"name": "Ann", "age": 3}',
      '{"name": "launch", "arguments": {}}',
      '[1, 2]',
      '{',
      '```js\nlet x\n```',
    ]) {
      assert.deepEqual(read(plain, text), [`text: ${text}`])
    }
  })

  it('nothing is a call where the request has no tools', () => {
    const text = '<tool_call>\n{"name": "get_weather", "arguments": {}}\n</tool_call>'
    assert.deepEqual(
      read(() => plain({ tools: [] }), text),
      [`text: ${text}`],
    )
  })
})

describe('texts that do not parse', () => {
  it('a marker that nothing of a call follows is text', () => {
    assert.deepEqual(read(plain, 'The tag <tool_call> begins a call.'), ['text: The tag <tool_call> begins a call.'])
    assert.deepEqual(read(plain, 'a <tool_call>{"name": 3}</tool_call>'), [
      'text: a <tool_call>{"name": 3}</tool_call>',
    ])
  })

  it('a call that is cut off keeps what there is of it', () => {
    assert.deepEqual(read(plain, '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Par'), [
      'call: get_weather({"city": "Par',
    ])
  })

  it('a closing marker that is missing is not missed', () => {
    assert.deepEqual(read(plain, '<tool_call>\n{"name": "get_weather", "arguments": {}}'), ['call: get_weather({})'])
  })

  it('text after the calls is text', () => {
    const text = '<tool_call>\n{"name": "get_weather", "arguments": {}}\n</tool_call>\nDone.'
    assert.deepEqual(read(plain, text), ['call: get_weather({})', 'text: Done.'])
  })
})

describe('thoughts', () => {
  it('are split from the answer, without the blanks of the format', () => {
    assert.deepEqual(read(plain, '<think>\nhm\nwell\n</think>\n\nYes.'), ['reasoning: hm\nwell', 'text: Yes.'])
  })

  it('go on from an open one in the prompt, and may have no end', () => {
    assert.deepEqual(
      read(() => plain({ isThinking: true }), 'hm\n</think>\nYes.'),
      ['reasoning: hm', 'text: Yes.'],
    )
    assert.deepEqual(
      read(() => plain({ isThinking: true }), '<think>hm</think>Yes.'),
      ['reasoning: hm', 'text: Yes.'],
    )
    assert.deepEqual(
      read(() => plain({ isThinking: true }), 'hm'),
      ['reasoning: hm'],
    )
  })

  it('are not invented in the middle of an answer', () => {
    assert.deepEqual(read(plain, 'The tag <think> opens one.'), ['text: The tag <think> opens one.'])
  })

  it('that are empty are none', () => {
    assert.deepEqual(read(plain, '<think>\n\n</think>\n\nYes.'), ['text: Yes.'])
    assert.deepEqual(read(plain, '</think>Yes.'), ['text: Yes.'])
  })
})

describe('formats with a reader of their own', () => {
  it('Harmony: channels are thoughts, text and calls', () => {
    const text =
      '<|channel|>analysis<|message|>Look it up.<|end|><|start|>assistant<|channel|>commentary<|message|>I will look.<|end|>' +
      '<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Paris"}<|call|>'
    assert.deepEqual(read(harmonyParser, text), [
      'reasoning: Look it up.',
      'text: I will look.',
      'call: get_weather({"city": "Paris"})',
    ])
    const before = ' to=functions.get_weather<|channel|>commentary json<|message|>{"city": "Rome"}'
    assert.deepEqual(read(harmonyParser, before), ['call: get_weather({"city": "Rome"})'])
    assert.deepEqual(read(harmonyParser, '<|channel|>final<|message|>Yes.'), ['text: Yes.'])
    assert.deepEqual(read(harmonyParser, 'Yes.'), ['text: Yes.'])
  })

  it('Muse: recipients are thoughts, text and calls', () => {
    const text =
      ' to=self<|message|>Hm.<|eom|><|start|>assistant to=get_weather<|message|><atem:function_calls>\n<atem:invoke name="get_weather">\n' +
      '<atem:parameter name="city">Paris</atem:parameter>\n</atem:invoke>\n</atem:function_calls><|eom|><|start|>assistant to=user<|message|>Yes.<|eot|>'
    assert.deepEqual(
      read(() => museParser(tools), text),
      ['reasoning: Hm.', 'call: get_weather({"city": "Paris"})', 'text: Yes.'],
    )
  })

  it('Functionary: parts for all, and calls', () => {
    const text = 'all\nLet me look.>>>get_weather\n{"city": "Paris"}>>>get_weather\n{"city": "Rome"}'
    assert.deepEqual(read(functionaryParser, text), [
      'text: Let me look.',
      'call: get_weather({"city": "Paris"})',
      'call: get_weather({"city": "Rome"})',
    ])
    assert.deepEqual(read(functionaryParser, 'Yes, of course.\nIndeed.'), ['text: Yes, of course.\nIndeed.'])
  })
})
