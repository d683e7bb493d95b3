// The formats that are read off llama.cpp's 70 templates: what a template writes for an answer is read back as that answer,
// whole and cut at every character.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Template } from '../../../../../src/jinja/template.ts'
import { ChatFormat } from '../../../../../src/server/chat/formats/chat-format.ts'
import type { ChatParser } from '../../../../../src/server/chat/formats/chat-parser.ts'
import {
  type Answer,
  commonPrefix,
  commonSuffix,
  probe,
  type RenderTemplate,
  TemplateProbe,
} from '../../../../../src/server/chat/formats/template-probe.ts'

import { endsInThought } from '../../../../../src/server/text/output-format.ts'

const recorded = readFileSync(new URL('../../../jinja/recorded/templates.json.gz', import.meta.url))
const { templates } = JSON.parse(gunzipSync(recorded).toString('utf8')) as { templates: Record<string, string> }

/** Templates whose calls do not make the round trip, with the reason. */
const exceptions: Readonly<Record<string, string>> = {}

const names = [probe.tool, probe.otherTool]
const tools = names.map((name) => ({
  name,
  parameters: {
    type: 'object',
    properties: { [probe.textKey]: { type: 'string' }, [probe.numberKey]: { type: 'integer' } },
  },
}))
const args = { [probe.textKey]: probe.text, [probe.numberKey]: probe.number }

/** Renders as the server does: arguments as an object, or as a string where the template wants that. */
function renderer(source: string): RenderTemplate {
  const template = new Template(source)
  return ({ messages, tools, addGenerationPrompt }) => {
    const render = (messages: readonly object[]) =>
      template.render({
        messages,
        tools,
        functions: JSON.stringify(tools),
        datetime: 'now',
        add_generation_prompt: addGenerationPrompt,
        bos_token: '<s>',
        eos_token: '</s>',
        enable_thinking: true,
      })
    try {
      return render(messages)
    } catch {
      return render(
        JSON.parse(JSON.stringify(messages), (key, value) => (key === 'arguments' ? JSON.stringify(value) : value)),
      )
    }
  }
}

function inThought({ syntax: { reasoning } }: ChatFormat, prompt: string): boolean {
  return reasoning !== undefined && endsInThought(prompt, reasoning)
}

type Parts = { thought: string; text: string; calls: { name: string; arguments: unknown; isEnded: boolean }[] }

function read(parser: ChatParser, pieces: readonly string[]): Parts {
  const parts = { thought: '', text: '', calls: [] as { name: string; json: string; isEnded: boolean }[] }
  for (const delta of [...pieces.flatMap((piece) => [...parser.push(piece)]), ...parser.finish()]) {
    if (delta.kind === 'text') parts.text += delta.delta
    else if (delta.kind === 'reasoning') parts.thought += delta.delta
    else if (delta.kind === 'tool-start') parts.calls.push({ name: delta.name, json: '', isEnded: false })
    else if (delta.kind === 'tool-arguments') parts.calls[delta.index]!.json += delta.delta
    else if (delta.kind === 'tool-end') parts.calls[delta.index]!.isEnded = true
  }
  const calls = parts.calls.map(({ json, ...call }) => ({ ...call, arguments: JSON.parse(json) as unknown }))
  return { thought: parts.thought.trim(), text: parts.text.trim(), calls }
}

/** What a model would generate for this answer: what the template writes, without the opening and the end of the message. */
function generated(
  format: ChatFormat,
  seen: TemplateProbe,
  answer: Answer,
): { text: string; isThinking: boolean } | undefined {
  const opening = seen.opening ?? ''
  const plain = seen.answer({ content: probe.answer })
  const end = plain?.slice(plain.indexOf(probe.answer) + probe.answer.length) ?? ''
  if (answer.nCalls !== undefined && !format.showsCalls) {
    const calls = names.slice(0, answer.nCalls).map((name) => ({ id: probe.id, name, arguments: args }))
    const thinking = inThought(format, opening) ? format.syntax.reasoning!.end : ''
    return { text: `${thinking}${answer.content ?? ''}\n${format.writeCalls(calls)}`, isThinking: thinking !== '' }
  }
  const whole = seen.answer(answer)
  if (whole === undefined) return undefined
  const start = (whole.startsWith(opening) ? opening : commonPrefix(whole, opening)).length
  const tail = answer.nCalls === undefined ? end : commonSuffix(end, whole)
  const text = whole.slice(start, whole.length - tail.length)
  const hasEnd = format.syntax.reasoning !== undefined && text.includes(format.syntax.reasoning.end)
  const isThinking = inThought(format, whole.slice(0, start)) || (hasEnd && inThought(format, opening))
  // a history without the thought that its opening begins
  const isClosed = !isThinking || text.includes(format.syntax.reasoning!.end)
  return { text: isClosed ? text : format.syntax.reasoning!.end + text, isThinking }
}

const answers: readonly Answer[] = [
  { content: probe.answer },
  { content: probe.answer, thought: probe.thought },
  { nCalls: 1 },
  { nCalls: 2 },
  { content: probe.answer, nCalls: 1 },
  { content: probe.answer, thought: probe.thought, nCalls: 1 },
]

describe('answers as the templates write them', () => {
  for (const [name, source] of Object.entries(templates)) {
    it(name, () => {
      const render = renderer(source)
      const format = new ChatFormat(source, render)
      const seen = new TemplateProbe(render)
      let nCalls = 0
      for (const answer of answers) {
        const made = generated(format, seen, answer)
        if (made === undefined) continue // the template refuses it
        const { text, isThinking } = made
        const parser = () => format.parser({ isThinking, splitsThoughts: true, tools })
        const parts = read(parser(), [text])
        assert.deepEqual(read(parser(), text.split('')), parts, `cut at every character: ${JSON.stringify(text)}`)
        const called = names
          .filter((tool) => text.includes(tool))
          .map((tool) => ({ name: tool, arguments: args, isEnded: true }))
        nCalls += called.length
        assert.deepEqual(parts.calls, called, `${format.name}: ${JSON.stringify(text)}`)
        const isTextThought = !parts.text.includes(probe.answer) && parts.thought.includes(probe.answer)
        if (text.includes(probe.answer) && !isTextThought)
          assert.ok(parts.text.startsWith(probe.answer), JSON.stringify([text, parts]))
        if (text.includes(probe.thought)) assert.equal(parts.thought, probe.thought, JSON.stringify(text))
      }
      if (exceptions[name] === undefined) assert.ok(nCalls > 0, `${format.name}: no answer has calls`)
      else assert.equal(nCalls, 0, `an exception that is none: ${exceptions[name]}`)
    })
  }

  it('at most four are exceptions', () => {
    assert.ok(Object.keys(exceptions).length <= 4)
  })
})
