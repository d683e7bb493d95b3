import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { RequestError, StartError } from '../../../../../src/base/errors.ts'
import { resolveOptions } from '../../../../../src/options/resolve.ts'
import { ChatTemplate } from '../../../../../src/server/chat/template/chat-template.ts'
import { chosenTemplate } from '../../../../../src/server/chat/template/chosen-template.ts'

const dir = mkdtempSync(join(tmpdir(), 'cria-template-'))
after(() => rmSync(dir, { recursive: true }))

const chosen = (...flags: readonly string[]) => chosenTemplate(resolveOptions(flags, {}))
const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello' },
  { role: 'user', content: 'Bye' },
]

function render(flags: readonly string[], given = messages, addGenerationPrompt = true): string {
  const template = chosen(...flags)
  assert.ok(template !== undefined)
  return new ChatTemplate(template.source, { bos: '<s>', eos: '</s>' }, template).render({
    messages: given,
    addGenerationPrompt,
  })
}

test('no flag: the model decides', () => {
  assert.equal(chosen(), undefined)
  assert.equal(chosen('--jinja'), undefined)
})

test('one name is enough for a transcript; the others have defaults, and a turn ends with the end of text', () => {
  assert.equal(
    render(['--user-name', '\\nHuman: ']),
    "\nASSISTANT's RULE: Be brief.\nHuman: Hi\nASSISTANT: Hello</s>\nHuman: Bye\nASSISTANT:",
  )
})

test('all names count, \\n is a line break, and the space after the last name is left to the model', () => {
  const flags = ['--chat-prompt', 'A chat.\\n', '--user-name', 'U ', '--ai-name', 'A: ', '--system-name', 'S ']
  assert.equal(render([...flags, '--stop', '\\n']), 'A chat.\nS Be brief.U HiA: Hello\nU ByeA:')
  assert.equal(render([...flags, '--stop', '\\n'], messages, false), 'A chat.\nS Be brief.U HiA: Hello\nU Bye')
})

test('--stop ends answers as well', () => {
  assert.deepEqual(chosen('--stop', '\\nUSER:')?.stop, ['\nUSER:'])
  assert.deepEqual(chosen('--user-name', 'U')?.stop, [])
})

test('names and messages are text, whatever they look like', () => {
  const text = '{{ eos_token }}{% if %}"\\'
  assert.equal(render(['--user-name', text, '--ai-name', 'A'], [{ role: 'user', content: text }]), `${text}${text}A`)
})

test('a role without a name is a 400 that names it', () => {
  const isRefusal = (error: unknown) => error instanceof RequestError && /for the role tool/.test(error.message)
  assert.throws(() => render(['--stop', 'x'], [{ role: 'tool', content: '1' }]), isRefusal)
})

test('--chat-template is Jinja, from the command line or a file', () => {
  const source = '{% for m in messages %}{{ m.role[0] }}{% endfor %}'
  const file = join(dir, 'roles.jinja')
  writeFileSync(file, source)
  assert.equal(render(['--chat-template', source]), 'suau')
  assert.equal(render(['--chat-template-file', file]), 'suau')
  assert.deepEqual(chosen('--chat-template', source)?.stop, [])
})

test('--chat-template chatml is ChatML, and its end stops answers', () => {
  assert.equal(
    render(['--chat-template', 'chatml'], messages.slice(1, 2)),
    '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
  )
  assert.deepEqual(chosen('--chat-template', 'chatml')?.stop, ['<|im_end|>'])
})

test('a template that cannot be had ends the start with a sentence', () => {
  const cases: readonly (readonly [flags: readonly string[], sentence: RegExp])[] = [
    [
      ['--chat-template', 'llama7'],
      /^--chat-template: "llama7" is neither a Jinja template nor one of the names chatml, /,
    ],
    [['--chat-template', '{% if %}'], /^--chat-template: the Jinja template cannot be parsed: ./],
    [['--chat-template-file', join(dir, 'none')], /^--chat-template-file .*none cannot be read/],
    [['--chat-template', 'chatml', '--stop', 'x'], /cannot be combined/],
    [['--chat-template', 'chatml', '--chat-template-file', 'x'], /cannot be combined/],
  ]
  for (const [flags, sentence] of cases) {
    assert.throws(
      () => chosen(...flags),
      (error) => error instanceof StartError && sentence.test(error.message),
    )
  }
})
