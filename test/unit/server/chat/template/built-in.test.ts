// The named templates against libllama's own, which are llama-server's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import koffi from 'koffi'
import { Template } from '../../../../../src/jinja/template.ts'
import { loadLibrary } from '../../../../../src/llama/library.ts'
import { builtInTemplates } from '../../../../../src/server/chat/template/built-in.ts'

type Message = { readonly role: string; readonly content: string }

const llama = koffi.load(loadLibrary(false).engine.files.llama)
koffi.struct('llama_chat_message', { role: 'const char *', content: 'const char *' })
const apply = llama.func(
  'int llama_chat_apply_template(const char *, const llama_chat_message *, size_t, bool, _Out_ uint8_t *, int)',
)
const listNames = llama.func('int llama_chat_builtin_templates(_Out_ const char **, size_t)')

function theirs(name: string, messages: readonly Message[], addAssistant: boolean): string {
  const buffer = Buffer.alloc(8192)
  const length = apply(name, messages, messages.length, addAssistant, buffer, buffer.length)
  assert.ok(length >= 0 && length <= buffer.length, `${name}: ${length}`)
  return buffer.toString('utf8', 0, length)
}

const system = { role: 'system', content: ' Be brief. ' }
const user = { role: 'user', content: ' Hi  👋\n' }
const answer = { role: 'assistant', content: '\n Hello ' }
const conversations: readonly (readonly Message[])[] = [
  [user],
  [system, user],
  [system, user, answer, { role: 'user', content: 'And now?' }],
  [user, answer],
  [user, answer, system, user, answer, user],
  [answer, user],
  [system, { role: 'system', content: 'More' }, user, { role: 'tool', content: '42' }, answer],
  [{ role: 'user', content: '' }],
]

test("every name of llama-server's has a template, which writes what llama-server writes", () => {
  const names: (string | null)[] = Array(256).fill(null)
  const count = listNames(names, names.length)
  assert.ok(count > 40)
  for (const name of names.slice(0, count)) {
    const own = builtInTemplates.get(name!)
    assert.ok(own !== undefined, `${name} is missing`)
    const template = new Template(own.source)
    for (const messages of conversations) {
      for (const addAssistant of [true, false]) {
        const ours = template.render({ messages, add_generation_prompt: addAssistant })
        assert.equal(ours, theirs(name!, messages, addAssistant), `${name}: ${JSON.stringify(messages)}`)
      }
    }
  }
})
