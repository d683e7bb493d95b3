// Fields of other servers: passed over and named, mapped where they mean something that Cria has, refused when they are typos.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const model = ['-m', tinyModel('tiny-chat'), '--embedding', '--pooling', 'mean']
const server = await startServer(...model)
const strict = await startServer(...model, '--strict-fields')

const chat = '/v1/chat/completions'
const hello = { messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 }
const routes = {
  [chat]: hello,
  '/v1/completions': { model: 'm', prompt: 'Hello', max_tokens: 2 },
  '/completion': { prompt: 'Hello', n_predict: 2 },
  '/v1/embeddings': { input: 'Hello' },
}

/** The header, and the status. */
async function ask(path: string, body: object, url = server.url) {
  const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
  await response.text()
  return { status: response.status, ignored: response.headers.get('x-cria-ignored') }
}

test('a field of another server is passed over, named in a header, whole and streamed, and once in the log', async () => {
  for (const [path, body] of Object.entries(routes)) {
    assert.deepEqual(await ask(path, body), { status: 200, ignored: null }, path)
    const routed = { ...body, skip_special_tokens: true, 'a\r\nb: 1': 1, 日: 1 }
    const ignored = 'skip_special_tokens, a%0D%0Ab%3A%201, %E6%97%A5'
    assert.deepEqual(await ask(path, routed), { status: 200, ignored }, path)
    if (path !== '/v1/embeddings')
      assert.deepEqual(await ask(path, { ...routed, stream: true }), { status: 200, ignored })
  }
  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.includes(`${chat} ignores the field "skip_special_tokens"`))
  assert.equal(lines.length, 1)
})

test('a field without effect is named when it asks for something', async () => {
  assert.deepEqual(await ask(chat, { ...hello, user: 'me', metadata: {} }), { status: 200, ignored: 'user' })
})

test('names of other servers for what Cria has are read', async () => {
  const greedy = { ...hello, max_tokens: 12, temperature: 0 }
  const text = async (body: object) => (await post(server.url, chat, body)).json.choices[0].message.content
  assert.equal(
    await text({ ...greedy, repetition_penalty: 1.8 }),
    await text({ ...greedy, repeat_penalty: 1.8 }),
    'repetition_penalty',
  )
  for (const name of ['max_new_tokens', 'num_predict']) {
    const { json } = await post(server.url, chat, { messages: hello.messages, [name]: 1, ignore_eos: true })
    assert.equal(json.usage.completion_tokens, 1, name)
  }
  const schema = { type: 'object', properties: { a: { const: 1 } }, required: ['a'], additionalProperties: false }
  assert.deepEqual(JSON.parse(await text({ ...hello, max_tokens: 64, guided_json: schema })), { a: 1 })
})

test('a typo is a 400 that says what was meant', async () => {
  const { status, json } = await post(server.url, chat, { ...hello, temprature: 1 })
  assert.deepEqual([status, json.error.param], [400, 'temprature'])
  assert.match(json.error.message, /"temprature".*did you mean "temperature"/)
})

test('a value that a field of Cria cannot have is a 400 all the same', async () => {
  assert.equal((await post(server.url, chat, { ...hello, temperature: 'hot', skip_special_tokens: 1 })).status, 400)
})

test('with --strict-fields every field that there is not is refused', async () => {
  for (const [path, body] of Object.entries(routes)) {
    assert.equal((await ask(path, body, strict.url)).status, 200, path)
    const { status, json } = await post(strict.url, path, { ...body, skip_special_tokens: true })
    assert.equal(status, 400, path)
    assert.equal(json.error.message, 'Cannot read "skip_special_tokens": there is no such field')
  }
})
