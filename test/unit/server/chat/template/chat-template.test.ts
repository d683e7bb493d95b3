import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError } from '../../../../../src/base/errors.ts'
import { ChatTemplate } from '../../../../../src/server/chat/template/chat-template.ts'

const tokens = { bos: '<s>', eos: '</s>' }
const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: ' Hi\n' },
]

test('without a template it is ChatML, and its end stops the answer', () => {
  const template = new ChatTemplate(undefined, tokens)
  const turns = '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi\n<|im_end|>\n'
  assert.equal(template.render({ messages, addGenerationPrompt: true }), `${turns}<|im_start|>assistant\n`)
  assert.equal(template.render({ messages, addGenerationPrompt: false }), turns)
  assert.deepEqual(template.stop, ['<|im_end|>'])
})

test("the model's own template has the messages, its tokens and more variables", () => {
  const source =
    '{{ bos_token }}{% for m in messages %}[{{ m.role }}:{{ m.content }}{% if m.name %}/{{ m.name }}{% endif %}]' +
    '{% endfor %}' +
    '{% if enable_thinking %}think{% endif %}{{ eos_token }}{% if add_generation_prompt %}>{% endif %}'
  const template = new ChatTemplate(source, tokens)
  const named = [{ role: 'user', content: 'Hi', name: 'Ann' }]
  assert.equal(
    template.render({ messages: named, addGenerationPrompt: true, extra: { enable_thinking: true } }),
    '<s>[user:Hi/Ann]think</s>>',
  )
  assert.deepEqual(template.stop, [])
})

test('more variables do not replace the messages', () => {
  const template = new ChatTemplate('{{ messages[0].content }}{{ add_generation_prompt }}', tokens)
  const extra = { messages: [{ content: 'other' }], add_generation_prompt: true }
  assert.equal(template.render({ messages, addGenerationPrompt: false, extra }), 'Be brief.False')
})

test('what looks like a template in a message stays text', () => {
  const template = new ChatTemplate(undefined, tokens)
  const text = '{{ bos_token }} {% if x %}'
  assert.ok(template.render({ messages: [{ role: 'user', content: text }], addGenerationPrompt: true }).includes(text))
})

test('a template that refuses the messages is a 400 that says why', () => {
  const template = new ChatTemplate("{{ raise_exception('roles must alternate') }}", tokens)
  const isRefusal = (error: unknown) =>
    error instanceof RequestError &&
    error.status === 400 &&
    /^Cannot read "messages": .*roles must alternate/.test(error.message) &&
    error.details.param === 'messages'
  assert.throws(() => template.render({ messages, addGenerationPrompt: true }), isRefusal)
})

test("a template that cannot be parsed is the server's fault", () => {
  const isOurs = (error: unknown) => error instanceof RequestError && error.status === 500
  assert.throws(() => new ChatTemplate('{% if %}', tokens), isOurs)
})
