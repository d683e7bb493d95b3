import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatMessage, ContentPart } from '../../../../src/server/chat/chat-request.ts'
import { templateMessages } from '../../../../src/server/chat/template-messages.ts'

const text = (text: string) => ({ kind: 'text', text }) as const
const image = (name: string) => ({ kind: 'image', image: name as never }) as const

const message = (role: string, parts: readonly ContentPart[], extra = {}): ChatMessage => ({ role, parts, extra })

test('texts stand on lines of their own, images where they are', () => {
  const parts = [text('a'), text('b'), image('1'), text('c'), image('2'), image('3'), text('d'), text('e')]
  const { messages, images } = templateMessages([message('user', parts)], '<M>')
  assert.deepEqual(messages, [{ role: 'user', content: 'a\nb<M>c<M><M>d\ne' }])
  assert.deepEqual(images, ['1', '2', '3'])
})

test('a message without parts has an empty text, and keeps what else it has', () => {
  const { messages } = templateMessages([message('user', [], { name: 'x' })], '<M>')
  assert.deepEqual(messages, [{ role: 'user', content: '', name: 'x' }])
})

test('thoughts and calls have the names that templates read', () => {
  const call = { kind: 'tool-call', id: 'c1', name: 'f', arguments: '{}' } as const
  const { messages } = templateMessages(
    [message('assistant', [{ kind: 'reasoning', text: 'hm' }, text('a'), call])],
    '',
  )
  assert.deepEqual(messages, [
    {
      role: 'assistant',
      content: 'a',
      reasoning_content: 'hm',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
  ])
})

test('each result of a call is a message of its own, ahead of what else its message says', () => {
  const result = (callId: string) => ({ kind: 'tool-result', callId, parts: [text(callId)] }) as const
  const { messages } = templateMessages([message('user', [result('a'), result('b'), text('go on')])], '')
  assert.deepEqual(messages, [
    { role: 'tool', content: 'a', tool_call_id: 'a' },
    { role: 'tool', content: 'b', tool_call_id: 'b' },
    { role: 'user', content: 'go on' },
  ])
  assert.deepEqual(templateMessages([message('tool', [result('a')])], '').messages, [
    { role: 'tool', content: 'a', tool_call_id: 'a' },
  ])
})
