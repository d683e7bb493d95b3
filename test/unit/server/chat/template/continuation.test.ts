import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { RequestError } from '../../../../../src/base/errors.ts'
import { ChatTemplate } from '../../../../../src/server/chat/template/chat-template.ts'
import type { Conversation, TemplateMessage } from '../../../../../src/server/chat/template/template-message.ts'

const tokens = { bos: '', eos: '' }
const user: TemplateMessage = { role: 'user', content: 'Who are you?' }
const begun: TemplateMessage = { role: 'assistant', content: 'My name is ' }
const chatMl = new ChatTemplate(undefined, tokens)
const opened = '<|im_start|>user\nWho are you?<|im_end|>\n<|im_start|>assistant\n'

function render(template: ChatTemplate, messages: readonly TemplateMessage[], more: Partial<Conversation> = {}) {
  return template.render({ messages, addGenerationPrompt: true, ...more })
}

test("the assistant's last message is continued, blanks at its end included", () => {
  assert.equal(render(chatMl, [user, begun]), `${opened}My name is `)
  assert.equal(render(chatMl, [user, begun], { addGenerationPrompt: false }), `${opened}My name is `)
  assert.equal(render(chatMl, [user, begun], { continueFinalMessage: true }), `${opened}My name is `)
  const parts = {
    role: 'assistant',
    content: [
      { type: 'text', text: 'My name' },
      { type: 'text', text: ' is' },
    ],
  }
  assert.equal(render(chatMl, [user, parts]), `${opened}My name\n is`)
  assert.equal(render(chatMl, [user, { role: 'assistant', content: '' }]), opened)
})

test('it is over when the request says so', () => {
  const closed = `${opened}My name is <|im_end|>\n`
  assert.equal(render(chatMl, [user, begun], { continueFinalMessage: false }), `${closed}<|im_start|>assistant\n`)
  assert.equal(render(chatMl, [user, begun], { continueFinalMessage: false, addGenerationPrompt: false }), closed)
})

test('only an answer can be continued', () => {
  assert.throws(
    () => render(chatMl, [user], { continueFinalMessage: true }),
    (error) => error instanceof RequestError && /"continue_final_message": true needs the last/.test(error.message),
  )
})

test('an answer of calls alone is not continued', () => {
  const calls = { role: 'assistant', tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{}' } }] }
  assert.ok(render(chatMl, [user, calls]).endsWith('<|im_end|>\n<|im_start|>assistant\n'))
})

test('thoughts that have begun go on', () => {
  const source =
    '{% for m in messages %}<{{ m.role }}>{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}{% endfor %}'
  const template = new ChatTemplate(source, tokens)
  const thinking = { role: 'assistant', content: '', reasoning_content: 'Well, ' }
  assert.equal(render(template, [user, thinking]), '<user>Who are you?<assistant><think>Well, ')
  assert.equal(
    render(template, [user, { ...thinking, content: 'I am' }]),
    '<user>Who are you?<assistant><think>Well, </think>I am',
  )
})

test('a template that does not show the message opens an answer, and the message follows', () => {
  const source = "{% for m in messages if m.role == 'user' %}U: {{ m.content }}\n{% endfor %}A: "
  assert.equal(render(new ChatTemplate(source, tokens), [user, begun]), 'U: Who are you?\nA: My name is ')
})

test('a refusal of the message is told in its own words', () => {
  const source =
    "{% if messages[0].role != 'user' %}{{ raise_exception('only users may begin') }}{% endif %}{{ messages[0].content }}"
  assert.throws(() => render(new ChatTemplate(source, tokens), [begun]), /only users may begin/)
})

test("each of llama.cpp's templates ends with what the answer has begun with", () => {
  const { templates } = JSON.parse(
    gunzipSync(readFileSync(new URL('../../../jinja/recorded/templates.json.gz', import.meta.url))).toString('utf8'),
  ) as { templates: Record<string, string> }
  for (const [name, source] of Object.entries(templates)) {
    const text = render(new ChatTemplate(source, tokens), [user, { role: 'assistant', content: 'My name is' }])
    assert.ok(text.endsWith('My name is'), `${name}: ${text.slice(-60)}`)
  }
})
