import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError } from '../../../../../../src/base/errors.ts'
import { readMessages } from '../../../../../../src/server/api/openai/chat/messages.ts'

function assertRefused(content: readonly object[], status: number, message: RegExp): void {
  const isRefusal = (error: unknown) =>
    error instanceof RequestError && error.status === status && message.test(error.message)
  assert.throws(
    () =>
      readMessages([
        { role: 'user', content: 'x' },
        { role: 'user', content: content as never },
      ]),
    isRefusal,
  )
}

test('readMessages() keeps role, text and what else a message has', () => {
  const fields = [{ role: 'tool', content: 'text', name: 'x', tool_call_id: 'y' }]
  assert.deepEqual(readMessages(fields), fields)
})

test('readMessages() takes no content as an empty text', () => {
  assert.deepEqual(readMessages([{ role: 'user' }, { role: 'user', content: null }, { role: 'user', content: [] }]), [
    { role: 'user', content: '' },
    { role: 'user', content: '' },
    { role: 'user', content: '' },
  ])
})

test('readMessages() puts the text of several parts on lines', () => {
  const content = [
    { type: 'text', text: 'a' },
    { type: 'input_text', text: 'b' },
  ]
  assert.deepEqual(readMessages([{ role: 'user', content }]), [{ role: 'user', content: 'a\nb' }])
})

test('readMessages() names the part that cannot be read', () => {
  assertRefused([{ type: 'text' }], 400, /^"messages\[1\]\.content\[0\]\.text" is missing$/)
  assertRefused([{ type: 'text', text: 1 }], 400, /"messages\[1\]\.content\[0\]\.text": 1 is not a string/)
  const image = { type: 'image_url', image_url: { url: 'data:' } }
  assertRefused([{ type: 'text', text: 'a' }, image], 501, /"messages\[1\]\.content\[1\]".*"image_url"/)
})
