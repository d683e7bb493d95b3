// The forms of an answer under vLLM's names.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-chat'))

const schema = { type: 'object', properties: { a: { const: 1 } }, required: ['a'], additionalProperties: false }
const asObject = (text: string) => assert.deepEqual(JSON.parse(text), { a: 1 })
const asChoice = (text: string) => assert.ok(['to be', 'not "to" be\\'].includes(text), text)
const asRegex = (text: string) => assert.match(text, /^[a-f]{3}-\d$/)
const followed: readonly (readonly [body: object, check: (text: string) => void])[] = [
  [{ guided_choice: ['to be', 'not "to" be\\'] }, asChoice],
  [{ guided_regex: '[a-f]{3}-\\d' }, asRegex],
  [{ guided_grammar: 'root ::= "a" [0-9] "b"' }, (text) => assert.match(text, /^a\db$/)],
  [{ structured_outputs: { choice: ['to be', 'not "to" be\\'] } }, asChoice],
  [{ structured_outputs: { regex: '[a-f]{3}-\\d', json: null } }, asRegex],
  [{ structured_outputs: { json: schema } }, asObject],
  [{ structured_outputs: { json: JSON.stringify(schema) } }, asObject],
  [{ structured_outputs: { grammar: 'root ::= "a" [0-9] "b"' } }, (text) => assert.match(text, /^a\db$/)],
]

for (const [body, check] of followed) {
  test(`${JSON.stringify(body)} is followed, by chats and by completions`, async () => {
    const limits = { max_tokens: 64, temperature: 1, ...body }
    const chat = await post(url, '/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], ...limits })
    assert.equal(chat.status, 200, JSON.stringify(chat.json))
    check(chat.json.choices[0].message.content)
    const text = await post(url, '/v1/completions', { prompt: 'Hi', ...limits })
    check(text.json.choices[0].text)
  })
}

const refused: readonly (readonly [body: object, sentence: RegExp])[] = [
  [{ guided_choice: [] }, /"guided_choice"/],
  [{ guided_regex: '(' }, /"guided_regex"/],
  [{ guided_regex: '(a)\\1' }, /"guided_regex"/],
  [{ structured_outputs: { regex: '(' } }, /"structured_outputs.regex"/],
  [{ structured_outputs: { json: 'no schema' } }, /"structured_outputs.json"/],
  [
    { structured_outputs: { choice: ['a'], regex: 'b' } },
    /"structured_outputs.choice".*beside "structured_outputs.regex"/,
  ],
  [{ guided_regex: 'a', grammar: 'root ::= "a"' }, /"guided_regex".*beside "grammar"/],
  [{ guided_choice: ['a'], response_format: { type: 'json_object' } }, /"response_format".*beside "guided_choice"/],
]

for (const [body, sentence] of refused) {
  test(`${JSON.stringify(body)} is a 400 that names it`, async () => {
    const { status, json } = await post(url, '/v1/completions', { prompt: 'Hi', max_tokens: 1, ...body })
    assert.equal(status, 400)
    assert.match(json.error.message, sentence)
  })
}
