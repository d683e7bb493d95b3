// SmolLM2 obeys a JSON schema, and what it writes is valid by ajv.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { post, startServer, stream } from '../support/server.ts'
import { smollm2 } from '../support/smollm2.ts'

const { url } = await startServer('-m', await smollm2(), '-c', '2048')

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 20 },
    born: { type: 'string', format: 'date' },
    hobbies: { type: 'array', items: { enum: ['chess', 'running', 'reading'] }, minItems: 1, maxItems: 3 },
    score: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
    friend: { anyOf: [{ $ref: '#/$defs/friend' }, { type: 'null' }] },
  },
  required: ['name', 'born', 'hobbies', 'score', 'friend'],
  additionalProperties: false,
  $defs: {
    friend: {
      type: 'object',
      properties: { nick: { type: 'string', pattern: '^[A-Z][a-z]{1,8}$' } },
      required: ['nick'],
    },
  },
}
const ajv = new Ajv2020({ formats: { date: /^\d{4}-\d\d-\d\d$/ } })
const isValid = ajv.compile(schema)

const messages = [{ role: 'user', content: 'Describe a person as JSON: name, birthday, hobbies, score and a friend.' }]
const format = { type: 'json_schema', json_schema: { name: 'person', schema } }

for (const seed of [1, 2, 3]) {
  test(`a chat with a response_format answers what the schema says (seed ${seed})`, async () => {
    const body = { messages, response_format: format, temperature: 0.8, seed, max_tokens: 400 }
    const { status, json } = await post(url, '/v1/chat/completions', body)
    assert.equal(status, 200, JSON.stringify(json))
    const { content } = json.choices[0].message
    assert.equal(json.choices[0].finish_reason, 'stop')
    assert.ok(isValid(JSON.parse(content)), `${content}: ${JSON.stringify(isValid.errors)}`)
  })
}

test('a streamed completion does so as well', async () => {
  const body = { prompt: 'A person as JSON: ', json_schema: schema, temperature: 0, n_predict: 400 }
  const text = (await stream(url, '/completion', body)).map(({ content }) => content).join('')
  assert.ok(isValid(JSON.parse(text)), text)
})
