import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerationEvent } from '../../../web/src/api/generation.ts'
import { lastRound, type Part, rawText, textOf, withText } from '../../../web/src/conversation/parts.ts'
import { Reply } from '../../../web/src/conversation/reply.ts'
import { type Message, readStored, titleOf } from '../../../web/src/conversation/types.ts'
import { turnMessages, wireMessages } from '../../../web/src/conversation/wire.ts'

const common = { id: 'm', conversationId: 'c', parentId: null, createdAt: 1, savedAt: 2, state: 'done' } as const
const image = 'data:image/png;base64,iVBORw0KGgo='

test('a message that was stored as one string becomes parts: images, then its text', () => {
  const stored = { ...common, role: 'user', content: 'What is this?', images: [image, image] } as const
  assert.deepEqual(readStored(stored), {
    ...common,
    role: 'user',
    parts: [
      { kind: 'image', url: image },
      { kind: 'image', url: image },
      { kind: 'text', text: 'What is this?' },
    ],
  })
})

test('an answer that was stored as one string becomes reasoning and text, whoever had split them', () => {
  const answer = { ...common, role: 'assistant' } as const
  const parts = [
    { kind: 'reasoning', text: 'Let me see.' },
    { kind: 'text', text: 'Here.' },
  ]
  assert.deepEqual(readStored({ ...answer, content: 'Here.', reasoning: 'Let me see.' }).parts, parts)
  assert.deepEqual(readStored({ ...answer, content: '<think>\nLet me see.\n</think>\n\nHere.' }).parts, parts)
  assert.deepEqual(readStored({ ...answer, content: '' }).parts, [])
  assert.deepEqual(readStored({ ...answer, content: '<think>\nLet me' }).parts, [{ kind: 'reasoning', text: 'Let me' }])
})

test('a message with parts is read as it is', () => {
  const message: Message = { ...common, role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }
  assert.equal(readStored(message), message)
})

const call: Part = { kind: 'tool-call', id: 'a', name: 'calculate', arguments: '{"expression":"1+1"}' }
const turn: readonly Part[] = [
  { kind: 'reasoning', text: 'I have to add.' },
  { kind: 'text', text: 'One moment.' },
  call,
  { kind: 'tool-result', callId: 'a', text: '2' },
  { kind: 'reasoning', text: 'Two.' },
  { kind: 'text', text: 'It is 2.' },
]

test('a turn with tools is sent as the messages it was, without its reasoning', () => {
  assert.deepEqual(turnMessages(turn), [
    {
      role: 'assistant',
      content: 'One moment.',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'calculate', arguments: '{"expression":"1+1"}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: '2' },
    { role: 'assistant', content: 'It is 2.' },
  ])
})

test('a file is sent before the text of its message, under its name', () => {
  const parts: readonly Part[] = [
    { kind: 'attachment', name: 'a "b".csv', size: 4, text: 'x,y\n' },
    { kind: 'text', text: 'Sum it up.' },
  ]
  assert.deepEqual(wireMessages([{ ...common, role: 'user', parts }], ' '), [
    { role: 'user', content: '<document name="a \'b\'.csv">\nx,y\n</document>\n\nSum it up.' },
  ])
})

test('an answer goes on from what the model wrote after the last result', () => {
  const { before, last } = lastRound(turn)
  assert.equal(before.length, 4)
  assert.equal(rawText(last), '<think>\nTwo.\n</think>\n\nIt is 2.')
  assert.equal(rawText([{ kind: 'reasoning', text: 'Still' }]), '<think>\nStill')
})

test('another text takes the place of the text, and files stay', () => {
  const parts: readonly Part[] = [
    { kind: 'image', url: image },
    { kind: 'text', text: 'old' },
  ]
  assert.equal(textOf(withText(parts, 'new')), 'new')
  assert.deepEqual(withText(parts, '')[0], parts[0])
})

const text = (text: string, reasoning = ''): GenerationEvent & { kind: 'text' } => ({
  kind: 'text',
  text,
  reasoning,
  probs: [],
})

test('a reply is gathered from deltas: reasoning with its duration, text, and calls of tools', () => {
  const reply = new Reply([])
  reply.take(text('', 'I '), 1000)
  assert.deepEqual(reply.read(1100), { parts: [{ kind: 'reasoning', text: 'I ' }], isThinking: true })
  reply.take(text('', 'think.'), 2000)
  reply.take(text('Done'), 3000)
  assert.deepEqual(reply.read(3500).parts, [
    { kind: 'reasoning', text: 'I think.', ms: 2500 },
    { kind: 'text', text: 'Done' },
  ])
  reply.take({ kind: 'tool-call', index: 0, id: 'a', name: 'now', delta: '' }, 4000)
  reply.take({ kind: 'tool-call', index: 0, id: undefined, name: undefined, delta: '{}' }, 4000)
  reply.take({ kind: 'tool-call', index: 1, id: undefined, name: 'now', delta: '{}' }, 4000)
  assert.deepEqual(reply.read(9000), {
    parts: [
      { kind: 'reasoning', text: 'I think.', ms: 2500 },
      { kind: 'text', text: 'Done' },
      { kind: 'tool-call', id: 'a', name: 'now', arguments: '{}' },
      { kind: 'tool-call', id: 'call-1', name: 'now', arguments: '{}' },
    ],
    isThinking: false,
  })
})

test('a reply that goes on keeps what it begins with, and the rounds before it', () => {
  const reply = new Reply(turn.slice(0, 4), '<think>\nTwo', 700)
  assert.equal(reply.read(0).isThinking, true)
  reply.take(text('.\n</think>\n\nIt is 2.'), 10)
  assert.deepEqual(reply.read(20).parts.slice(4), [
    { kind: 'reasoning', text: 'Two.', ms: 700 },
    { kind: 'text', text: 'It is 2.' },
  ])
})

test('a title is the first line that says something', () => {
  assert.equal(titleOf('```python\nprint(1)\n```\nWhy?'), 'print(1)')
  assert.equal(titleOf('\n## **Plan**\nmore'), '**Plan**')
  assert.equal(titleOf('> - quoted'), 'quoted')
  assert.equal(titleOf('---\n-1 is less than 0'), '-1 is less than 0')
  assert.equal(titleOf('```\n```'), '')
  assert.equal(titleOf('x'.repeat(70)).length, 60)
})
