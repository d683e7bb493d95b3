import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError } from '../../../../../../src/base/errors.ts'
import { readMessages } from '../../../../../../src/server/api/openai/chat/messages.ts'

type Fields = Parameters<typeof readMessages>[0]

const text = (text: string) => ({ kind: 'text', text }) as const

async function assertRefused(content: Fields[number]['content'], status: number, message: RegExp): Promise<void> {
  const messages: Fields = [
    { role: 'user', content: 'x' },
    { role: 'user', content: content ?? null },
  ]
  await assert.rejects(readMessages(messages), (error) => {
    return error instanceof RequestError && error.status === status && message.test(error.message)
  })
}

test('readMessages() keeps role, text and what else a message has', async () => {
  assert.deepEqual(await readMessages([{ role: 'user', content: 'text', name: 'x', weight: 1 }]), [
    { role: 'user', parts: [text('text')], extra: { name: 'x', weight: 1 } },
  ])
})

test('readMessages() takes no content as no parts', async () => {
  const none = { role: 'user', parts: [], extra: {} }
  assert.deepEqual(await readMessages([{ role: 'user' }, { role: 'user', content: null }]), [none, none])
})

test('readMessages() keeps the texts of several parts apart', async () => {
  const content = [
    { type: 'text', text: 'a' },
    { type: 'input_text', text: 'b' },
  ]
  const [message] = await readMessages([{ role: 'user', content }])
  assert.deepEqual(message?.parts, [text('a'), text('b')])
})

test('readMessages() reads thoughts, calls and results as parts', async () => {
  const called = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }
  const given: Fields = [
    { role: 'assistant', content: 'so', reasoning_content: 'hm', tool_calls: [called] },
    { role: 'tool', tool_call_id: 'call_1', content: 'done' },
    { role: 'assistant', content: 'ok', reasoning_content: null, tool_calls: null },
    { role: 'assistant', content: null, tool_calls: [{ function: { name: 'g', arguments: { y: 2 } } }] },
  ]
  const read = await readMessages(given)
  assert.deepEqual(
    read.map(({ parts }) => parts),
    [
      [
        { kind: 'reasoning', text: 'hm' },
        text('so'),
        { kind: 'tool-call', id: 'call_1', name: 'f', arguments: '{"x":1}' },
      ],
      [{ kind: 'tool-result', callId: 'call_1', parts: [text('done')] }],
      [text('ok')],
      [{ kind: 'tool-call', id: '', name: 'g', arguments: '{"y":2}' }],
    ],
  )
})

test('readMessages() names the part that cannot be read', async () => {
  await assertRefused([{ type: 'text' }], 400, /^"messages\[1\]\.content\[0\]\.text" is missing$/)
  await assertRefused([{ type: 'text', text: 1 }], 400, /"messages\[1\]\.content\[0\]\.text": 1 is not a string/)
  const image = { type: 'image_url', image_url: { url: 'data:' } }
  await assertRefused([{ type: 'text', text: 'a' }, image], 400, /"messages\[1\]\.content\[1\]".*"image_url"/)
})
