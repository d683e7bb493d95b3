// /completion.js as the server sends it, imported into Node.js and used as a page would.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type * as Completion from '../../../web/lib/completion.ts'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'

const { url } = await startServer('-m', tinyModel('tiny-llama'))
const locked = await startServer('-m', tinyModel('tiny-llama'), '--api-key', 'secret')
const source = await (await fetch(`${url}/completion.js`)).text()
const client: typeof Completion = await import(`data:text/javascript,${encodeURIComponent(source)}`)
const { llama, llamaComplete, llamaEventTarget, llamaModelInfo, llamaPromise } = client

const config = { url_prefix: url }
const greedy = { n_predict: 12, temperature: 0 }
const expected: string = (await post(url, '/completion', { prompt: 'Hello', ...greedy, stop: ['</s>'] })).json.content
const endless = { n_predict: -1, ignore_eos: true }

/** The one slot is free: a request that needs it is answered. */
async function assertIdle(): Promise<void> {
  assert.equal((await post(url, '/completion', { prompt: 'Hello', n_predict: 1 })).status, 200)
}

test('llama() yields the events and returns the text', async () => {
  const generator = llama('Hello', greedy, config)
  const pieces: string[] = []
  let last: Completion.CompletionData | undefined
  let next = await generator.next()
  for (; !next.done; next = await generator.next()) {
    last = next.value.data
    pieces.push(last.content)
  }
  assert.ok(pieces.length > 3, 'piece by piece')
  assert.equal(pieces.join(''), expected)
  assert.equal(next.value, expected)
  assert.equal(last?.stop, true)
  assert.equal(typeof last?.timings?.predicted_n, 'number')
})

test('its defaults are 500 tokens at temperature 0.2 that end at </s>', async () => {
  for await (const { data } of llama('Hello', { stream: false }, config)) {
    const { n_predict, temperature, stop } = data.generation_settings as Record<string, unknown>
    assert.deepEqual([n_predict, Math.round(Number(temperature) * 100), stop], [500, 20, ['</s>']])
  }
})

test('llamaPromise() is the text, streamed or not; a prefix may end with a slash', async () => {
  assert.equal(await llamaPromise('Hello', greedy, { url_prefix: `${url}/` }), expected)
  assert.equal(await llamaPromise('Hello', { ...greedy, stream: false }, config), expected)
})

test('llamaEventTarget() tells pieces, settings, timings, and at the end the text', async () => {
  const target = llamaEventTarget('Hello', greedy, config)
  const seen: Record<string, unknown[]> = {}
  for (const type of ['message', 'generation_settings', 'timings', 'done', 'error']) {
    target.addEventListener(type, (event) => {
      seen[type] = [...(seen[type] ?? []), (event as CustomEvent).detail]
    })
  }
  await new Promise((resolve) => target.addEventListener('done', resolve))
  assert.deepEqual(seen.done, [{ content: expected }])
  assert.equal(seen.message?.map((data) => (data as Completion.CompletionData).content).join(''), expected)
  assert.deepEqual([seen.generation_settings?.length, seen.timings?.length, seen.error], [1, 1, undefined])
})

test('llamaEventTarget() tells what went wrong', async () => {
  const target = llamaEventTarget('Hello', { top_p: 2 }, config)
  const event = await new Promise<Event>((resolve) => target.addEventListener('error', resolve))
  assert.match((event as CustomEvent<Error>).detail.message, /"top_p": 2 is not in \[0, 1\]/)
})

test('llamaComplete() hands each chunk to a function', async () => {
  let content = ''
  const real = globalThis.fetch
  globalThis.fetch = (path, init) => real(url + String(path), init) // a page of the server itself
  try {
    await llamaComplete({ prompt: 'Hello', ...greedy }, new AbortController(), ({ data }) => {
      content += data.content
    })
  } finally {
    globalThis.fetch = real
  }
  assert.equal(content, expected)
})

test('llamaModelInfo() is /model.json', async () => {
  assert.deepEqual(await llamaModelInfo(config), (await get(url, '/model.json')).json)
})

test('aborting the controller ends the generator, and the server stops', async () => {
  const controller = new AbortController()
  let nEvents = 0
  const read = async () => {
    for await (const _ of llama('Hello', endless, { ...config, controller })) if (++nEvents === 5) controller.abort()
  }
  await assert.rejects(read(), { name: 'AbortError' })
  assert.ok(nEvents >= 5)
  await assertIdle()
})

test('a reader that leaves early ends the request', async () => {
  for await (const { data } of llama('Hello', endless, config)) if (data.content !== '') break
  await assertIdle()
})

test('a key is sent as such, and without it the error says what is missing', async () => {
  const at = { url_prefix: locked.url }
  const isRefusal = (error: unknown) =>
    error instanceof client.CompletionError && error.status === 401 && /Bearer KEY/.test(error.message)
  assert.equal(await llamaPromise('Hello', { ...greedy, api_key: 'secret' }, at), expected)
  await assert.rejects(llamaPromise('Hello', greedy, at), isRefusal)
  await assert.rejects(llamaModelInfo(at), isRefusal)
  assert.equal(typeof (await llamaModelInfo({ ...at, api_key: 'secret' })).n_ctx, 'number')
})

test('characters and events that arrive in pieces are put together; an error or a break in the stream is thrown', async () => {
  const event = (data: object) => Buffer.from(`data: ${JSON.stringify(data)}\n\n`)
  const good = Buffer.concat([event({ content: 'é😄', stop: false }), event({ content: '', stop: true })])
  const endings: Record<string, Buffer> = {
    '/good': good,
    '/error': Buffer.concat([event({ content: 'a', stop: false }), event({ error: { message: 'engine died' } })]),
    '/broken': event({ content: 'a', stop: false }),
  }
  const fake = createServer(async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const byte of endings[request.url!]!) {
      response.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }
    response.end()
  })
  after(() => fake.close())
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve))
  const at = { url_prefix: `http://127.0.0.1:${(fake.address() as AddressInfo).port}` }
  assert.equal(await llamaPromise('', {}, { ...at, endpoint: '/good' }), 'é😄')
  await assert.rejects(llamaPromise('', {}, { ...at, endpoint: '/error' }), { message: 'engine died' })
  await assert.rejects(llamaPromise('', {}, { ...at, endpoint: '/broken' }), { message: 'the answer broke off' })
})
