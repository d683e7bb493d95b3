import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromMarkdown, toMarkdown } from '../../../web/src/conversation/markdown-file.ts'
import { imagesOf, partsOfString, rawText } from '../../../web/src/conversation/parts.ts'
import { pathTo } from '../../../web/src/conversation/tree.ts'
import type { Conversation, Message } from '../../../web/src/conversation/types.ts'

const names = { user: 'Du', assistant: 'Modell' }
const at = { createdAt: 1, updatedAt: 1 }
const image = 'data:image/png;base64,iVBORw0KGgo='

function message(id: string, parentId: string | null, role: Message['role'], content: string): Message {
  const parts = partsOfString({ role, content })
  return { id, parentId, role, parts, conversationId: 'c', createdAt: 1, savedAt: 1, state: 'done' }
}

const said = (bundle: ReturnType<typeof fromMarkdown>) => {
  const { conversation, messages } = bundle
  if (conversation.kind !== 'chat') return conversation.text
  return pathTo(conversation.leafId, new Map(messages.map((one) => [one.id, one]))).map(({ role, parts }) => [
    role,
    rawText(parts),
    ...imagesOf(parts),
  ])
}

test('a chat comes back from its Markdown: turns, pictures, and headings that are part of an answer', () => {
  const chat: Conversation = { id: 'c', kind: 'chat', title: 'About <b>', leafId: 'd', ...at }
  const messages = [
    {
      ...message('a', null, 'user', ''),
      parts: partsOfString({ role: 'user', content: 'Look:\n\n## You\n\nstill mine', images: [image, image] }),
    },
    message('b', 'a', 'assistant', '# Head\n\n```md\n## Model\n```\n\nDone.'),
    message('x', 'a', 'assistant', 'another version, which stays out'),
    message('c', 'b', 'user', 'Thanks'),
    message('d', 'c', 'assistant', '<think>\nThey thank me.\n</think>\n\nWelcome.'),
  ]
  const file = toMarkdown({ conversation: chat, messages }, names)
  assert.match(file, /^# About <b>\n\n## Du /)
  const back = fromMarkdown(file, 'file name')
  assert.equal(back.conversation.title, 'About <b>')
  assert.notEqual(back.conversation.id, 'c')
  assert.deepEqual(said(back), [
    ['user', 'Look:\n\n## You\n\nstill mine', image, image],
    ['assistant', '# Head\n\n```md\n## Model\n```\n\nDone.'],
    ['user', 'Thanks'],
    ['assistant', '<think>\nThey thank me.\n</think>\n\nWelcome.'],
  ])
})

test('a text comes back from its Markdown', () => {
  const text: Conversation = {
    id: 'c',
    kind: 'text',
    title: 'Story',
    text: 'Once\n\n# upon',
    suffix: '',
    undo: [],
    redo: [],
    ...at,
  }
  const back = fromMarkdown(toMarkdown({ conversation: text, messages: [] }, names), 'file')
  assert.deepEqual([back.conversation.title, said(back)], ['Story', 'Once\n\n# upon'])
})

test('files of others are read by the headings that people use; what has none is a text', () => {
  const theirs = fromMarkdown('# User\r\nHi\r\n\r\n# Assistant\r\nHello\r\n', 'a chat')
  assert.equal(theirs.conversation.title, 'a chat')
  assert.deepEqual(said(theirs), [
    ['user', 'Hi'],
    ['assistant', 'Hello'],
  ])
  const bold = fromMarkdown('# Trip\n\n### **You:**\nWhere?\n\n### **Model:**\nThere.', 'x')
  assert.deepEqual(
    [bold.conversation.title, said(bold)],
    [
      'Trip',
      [
        ['user', 'Where?'],
        ['assistant', 'There.'],
      ],
    ],
  )
  assert.equal(said(fromMarkdown('Just words.', 'x')), 'Just words.')
  assert.equal(said(fromMarkdown('', 'x')), '')
})
