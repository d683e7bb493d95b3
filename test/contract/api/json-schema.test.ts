// JSON schemas in requests: the text obeys them, whatever the model is, and what cannot be obeyed is a 400.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, post, startServer, stream } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-chat'), '-c', '2048')
const messages = [{ role: 'user', content: 'Hello' }]
const schema = {
  type: 'object',
  properties: { kind: { enum: ['cat', 'dog'] }, age: { type: 'integer', minimum: 1, maximum: 30 } },
  required: ['kind', 'age'],
}
const hot = { temperature: 1, seed: 3, n_predict: 200 }

function check(text: string): void {
  const { kind, age } = JSON.parse(text)
  assert.ok(['cat', 'dog'].includes(kind))
  assert.ok(Number.isInteger(age) && age >= 1 && age <= 30)
}

const asks: Readonly<Record<string, readonly [path: string, body: object]>> = {
  'json_schema of /completion': ['/completion', { prompt: 'x', json_schema: schema }],
  'json_schema of a chat': ['/v1/chat/completions', { messages, json_schema: schema }],
  'response_format json_schema of a chat': [
    '/v1/chat/completions',
    { messages, response_format: { type: 'json_schema', json_schema: { name: 'pet', strict: true, schema } } },
  ],
  'response_format json_object with a schema': [
    '/v1/chat/completions',
    { messages, response_format: { type: 'json_object', schema } },
  ],
  'response_format of /v1/completions': [
    '/v1/completions',
    { prompt: 'x', response_format: { type: 'json_schema', json_schema: { schema } } },
  ],
}

const textOf = (json: Json): string => json.content ?? json.choices[0].text ?? json.choices[0].message.content

for (const [name, [path, body]] of Object.entries(asks)) {
  test(`${name} is obeyed`, async () => {
    const { status, json } = await post(url, path, { ...hot, ...body })
    assert.equal(status, 200, JSON.stringify(json))
    check(textOf(json))
  })
}

test('a stream obeys as well', async () => {
  const events = await stream(url, '/completion', { ...hot, prompt: 'x', json_schema: schema })
  check(events.map(({ content }) => content).join(''))
})

test('json_object and an empty schema are any object', async () => {
  const chat = await post(url, '/v1/chat/completions', {
    ...hot,
    messages,
    n_predict: 2,
    response_format: { type: 'json_object' },
  })
  assert.match(chat.json.choices[0].message.content, /^\{/)
  assert.match((await post(url, '/completion', { prompt: 'x', n_predict: 2, json_schema: {} })).json.content, /^\{/)
})

const refusals: readonly (readonly [path: string, body: object, message: RegExp])[] = [
  [
    '/completion',
    { json_schema: { type: 'array', uniqueItems: true } },
    /^Cannot read "json_schema": #\/uniqueItems: /,
  ],
  ['/completion', { json_schema: 'object' }, /^Cannot read "json_schema": "object" is not/],
  [
    '/completion',
    { json_schema: { type: 'string' }, grammar: 'root ::= "a"' },
    /^Cannot read "grammar": .*json_schema/,
  ],
  [
    '/completion',
    { json_schema: { allOf: [{ $ref: '#' }, { type: 'null' }] } },
    /^Cannot read "json_schema": .*recurs/,
  ],
  ['/v1/completions', { response_format: { type: 'json_schema' } }, /^Cannot read "response_format": .*json_schema/],
  ['/v1/completions', { response_format: { type: 'xml' } }, /^Cannot read "response_format.type": "xml" is not one of/],
  [
    '/v1/completions',
    { response_format: { type: 'json_object' }, grammar: 'root ::= "a"' },
    /^Cannot read "response_format": .*"grammar"/,
  ],
  [
    '/v1/completions',
    { response_format: { type: 'json_object' }, json_schema: {} },
    /^Cannot read "response_format": .*"json_schema"/,
  ],
]

for (const [path, body, message] of refusals) {
  test(`${path} refuses ${JSON.stringify(body)}`, async () => {
    const { status, json } = await post(url, path, { prompt: 'x', ...body })
    assert.equal(status, 400, JSON.stringify(json))
    assert.match(json.error.message, message)
  })
}
