import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromForeignJson } from '../../../web/src/conversation/foreign-exports.ts'
import { pathTo } from '../../../web/src/conversation/tree.ts'

/** The titles, and what is shown of each conversation. */
function read(json: unknown) {
  return fromForeignJson(json)?.map(({ conversation, messages }) => {
    if (conversation.kind !== 'chat') assert.fail('not a chat')
    const path = pathTo(conversation.leafId, new Map(messages.map((message) => [message.id, message])))
    for (const message of messages) assert.equal(message.conversationId, conversation.id)
    return [conversation.title, ...path.map(({ role, parts }) => [role, ...parts])]
  })
}

const text = (text: string) => ({ kind: 'text', text })

test("llama-server's export: its tree, its files and its reasoning", () => {
  const message = (id: string, parent: string | null, role: string, content: string, more = {}) => ({
    ...{
      id,
      convId: 'c',
      type: parent === null ? 'root' : 'text',
      timestamp: 1_700_000_000_000,
      role,
      content,
      parent,
    },
    children: [],
    ...more,
  })
  const extra = [
    { type: 'imageFile', name: 'a.png', base64Url: 'data:image/png;base64,AA==' },
    { type: 'textFile', name: 'a.txt', content: 'inside' },
    { type: 'audioFile', name: 'a.mp3', base64Data: 'AA==' },
  ]
  const exported = {
    conv: { id: 'c', lastModified: 1_700_000_000_000, currNode: '3', name: 'A talk' },
    messages: [
      message('0', null, 'system', ''),
      message('1', '0', 'user', 'Hi', { extra }),
      message('2', '1', 'assistant', 'An older answer'),
      message('3', '1', 'assistant', 'Hello', { thinking: 'Greet.' }),
    ],
  }
  assert.deepEqual(read([exported, exported])?.length, 2)
  assert.deepEqual(read(exported), [
    [
      'A talk',
      [
        'user',
        { kind: 'image', url: 'data:image/png;base64,AA==' },
        { kind: 'attachment', name: 'a.txt', size: 6, text: 'inside' },
        text('Hi'),
      ],
      ['assistant', { kind: 'reasoning', text: 'Greet.' }, text('Hello')],
    ],
  ])
})

test("Open WebUI's export: reasoning in details, versions, times in seconds", () => {
  const thoughts =
    '<details type="reasoning" done="true" duration="2">\n<summary>Thought</summary>\n> Greet.\n> Be kind.\n</details>\nHello'
  const messages = {
    a: { id: 'a', parentId: null, childrenIds: ['b', 'c'], role: 'user', content: 'Hi', timestamp: 1_700_000_000 },
    b: { id: 'b', parentId: 'a', childrenIds: [], role: 'assistant', content: thoughts, timestamp: 1_700_000_001 },
    c: { id: 'c', parentId: 'a', childrenIds: [], role: 'assistant', content: 'Other', timestamp: 1_700_000_002 },
  }
  const exported = [
    {
      id: 'x',
      title: 'A talk',
      chat: { title: 'A talk', history: { messages, currentId: 'b' } },
      created_at: 1_700_000_000,
    },
  ]
  assert.deepEqual(read(exported), [
    ['A talk', ['user', text('Hi')], ['assistant', { kind: 'reasoning', text: 'Greet.\nBe kind.' }, text('Hello')]],
  ])
  const [bundle] = fromForeignJson(exported) ?? []
  assert.equal(bundle?.messages.length, 3)
  assert.equal(bundle?.conversation.createdAt, 1_700_000_000_000)
})

test("ChatGPT's export: nodes that say nothing, or that were hidden, are left out", () => {
  const node = (id: string, parent: string | null, role?: string, parts?: unknown[], more = {}) => ({
    id,
    parent,
    children: [],
    message:
      role === undefined
        ? null
        : { id, author: { role }, create_time: 1_700_000_000.5, content: { content_type: 'text', parts }, ...more },
  })
  const mapping = {
    root: node('root', null),
    s: node('s', 'root', 'system', ['']),
    u: node('u', 's', 'user', ['Hi', { asset_pointer: 'x' }]),
    t: node('t', 'u', 'assistant', ['hidden'], { metadata: { is_visually_hidden_from_conversation: true } }),
    a: node('a', 't', 'assistant', ['Hello']),
  }
  assert.deepEqual(read([{ title: 'New chat', create_time: 1_700_000_000, mapping, current_node: 'a' }]), [
    ['New chat', ['user', text('Hi')], ['assistant', text('Hello')]],
  ])
})

test('what is damaged gives what is left, and what is none of them gives nothing', () => {
  const mapping = { a: { id: 'a', parent: 'b', message: null }, b: { id: 'b', parent: 'a', message: null } }
  assert.deepEqual(read([{ mapping, current_node: 'a' }]), [['…']])
  for (const json of [null, 1, 'x', [], {}, [{}], { conv: {} }, [{ mapping: {} }, {}]]) {
    assert.equal(fromForeignJson(json), undefined, JSON.stringify(json))
  }
})
