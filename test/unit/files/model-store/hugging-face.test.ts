import assert from 'node:assert/strict'
import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FetchContext } from '../../../../src/files/model-store/fetch-context.ts'
import { fetchFromHub, type HubOptions } from '../../../../src/files/model-store/hugging-face.ts'
import { type DataAnswer, type FakeHub, type FakeHubOptions, startFakeHub } from './fake-hub.ts'
import { hubSource, makePayload, temporaryDir } from './fixtures.ts'

const payload = makePayload(1_000_000)
const source = hubSource(payload)
const half = 500_000

interface Setting {
  readonly hub: FakeHub
  readonly lines: string[]
  readonly context: FetchContext
  run(options?: HubOptions, signal?: AbortSignal): Promise<void>
}

async function setting(t: TestContext, options: Partial<FakeHubOptions> = {}): Promise<Setting> {
  const dir = await temporaryDir(t)
  const hub = await startFakeHub({ payload, ...options })
  t.after(() => hub.close())
  const lines: string[] = []
  const context: FetchContext = {
    modelsDir: dir,
    partPath: join(dir, 'hub.gguf.part'),
    progress: 'none',
    log: (line) => lines.push(line),
    signal: undefined,
  }
  const run = (hubOptions: HubOptions = {}, signal?: AbortSignal) =>
    fetchFromHub(source, { ...context, signal }, { hubUrl: hub.url, retryDelayMs: 1, ...hubOptions })
  return { hub, lines, context, run }
}

/** Send the first half of what was asked, wait until the client has written it, then cut the connection. */
function cutHalfway(partPath: () => string): DataAnswer {
  return (response, start, body, seen) => {
    const sent = body.subarray(0, half)
    seen.sentBytes += sent.length
    response.write(sent)
    void waitForSize(partPath(), start + sent.length).then(() => response.destroy())
  }
}

async function waitForSize(path: string, nBytes: number): Promise<void> {
  for (;;) {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    )
    if (size >= nBytes) return
    await sleep(5)
  }
}

test('fetches the file by one probe and one request', async (t) => {
  const { hub, context, run } = await setting(t)
  await run()
  assert.deepEqual(await readFile(context.partPath), payload)
  assert.deepEqual(
    hub.requests.map(({ method, path, range }) => [method, path, range]),
    [
      ['GET', '/someone/some-model-GGUF/resolve/main/hub.gguf', 'bytes=0-0'],
      ['GET', '/someone/some-model-GGUF/resolve/main/hub.gguf', undefined],
    ],
  )
})

test('sends the token, and takes a hub address that ends with a slash', async (t) => {
  const { hub, run } = await setting(t)
  await run({ hubUrl: `${hub.url}/`, hubToken: 'hf_secret' })
  assert.deepEqual(
    hub.requests.map(({ authorization }) => authorization),
    ['Bearer hf_secret', 'Bearer hf_secret'],
  )
})

test('follows a redirect to another host with the range and without the token', async (t) => {
  const { hub: store } = await setting(t)
  const redirected: (string | undefined)[] = []
  const front = createServer((request, response) => {
    redirected.push(request.headers.range)
    response.writeHead(302, { location: `${store.url}/blob`, 'x-linked-etag': `"${source.sha256}"` }).end()
  })
  await new Promise<void>((done) => front.listen(0, '127.0.0.1', done))
  t.after(() => front.close())
  t.after(() => front.closeAllConnections())
  const { context, run } = await setting(t)
  await writeFile(context.partPath, payload.subarray(0, half))
  await run({ hubUrl: `http://127.0.0.1:${(front.address() as AddressInfo).port}`, hubToken: 'hf_secret' })
  assert.deepEqual(await readFile(context.partPath), payload)
  assert.deepEqual(redirected, ['bytes=0-0', 'bytes=500000-999999'])
  assert.deepEqual(
    store.requests.map(({ range, authorization }) => [range, authorization]),
    [
      ['bytes=0-0', undefined],
      ['bytes=500000-999999', undefined],
    ],
  )
})

test('goes on by itself after the server cut the connection, and asks only for the missing bytes', async (t) => {
  let partPath = ''
  const { hub, lines, context, run } = await setting(t, { answers: [cutHalfway(() => partPath)] })
  partPath = context.partPath
  await run()
  assert.deepEqual(await readFile(partPath), payload)
  assert.deepEqual(
    hub.downloads.map(({ range }) => range),
    [undefined, 'bytes=500000-999999'],
  )
  assert.equal(
    hub.downloads.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    payload.length,
    'no byte is sent twice',
  )
  assert.deepEqual(lines, [
    'The download was interrupted: the connection was cut. Trying to continue.',
    'Continuing after 500000 of 1000000 bytes.',
  ])
})

test('a later call continues what an aborted one received', async (t) => {
  let partPath = ''
  const stuck: DataAnswer = (response, _start, body, seen) => {
    seen.sentBytes += half
    response.write(body.subarray(0, half))
  }
  const { hub, context, run } = await setting(t, { answers: [stuck] })
  partPath = context.partPath
  const stop = new AbortController()
  const reason = new Error('Ctrl-C')
  void waitForSize(partPath, half).then(() => stop.abort(reason))
  await assert.rejects(run({}, stop.signal), reason)
  await run()
  assert.deepEqual(await readFile(partPath), payload)
  assert.equal(
    hub.downloads.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    payload.length,
  )
})

test('starts from the beginning when the server cannot continue', async (t) => {
  const { lines, context, run } = await setting(t, { hasRanges: false })
  await writeFile(context.partPath, Buffer.alloc(half, 7))
  await run()
  assert.deepEqual(await readFile(context.partPath), payload)
  assert.match(lines.join('\n'), /no range support/)
})

test('throws away a part that is longer than the file', async (t) => {
  const { hub, context, run } = await setting(t)
  await writeFile(context.partPath, Buffer.alloc(payload.length + 1))
  await run()
  assert.deepEqual(await readFile(context.partPath), payload)
  assert.equal(hub.downloads[0]?.range, undefined)
})

test('gives up after some attempts on a server that always cuts, and keeps what came', async (t) => {
  const cut: DataAnswer = (response, start, body) => {
    response.write(body.subarray(0, 1000))
    void waitForSize(partPath, start + 1000).then(() => response.destroy())
  }
  let partPath = ''
  const { hub, context, run } = await setting(t, { answers: [cut, cut, cut, cut, cut, cut, cut] })
  partPath = context.partPath
  await assert.rejects(run(), { message: 'the connection was cut' })
  assert.equal(hub.downloads.length, 5)
  assert.deepEqual(await readFile(partPath), payload.subarray(0, 5000))
})

test('refuses another file before a byte of it is fetched', async (t) => {
  await t.test('by its size', async (t) => {
    const { hub, run } = await setting(t, { payload: payload.subarray(1) })
    await assert.rejects(run(), { message: "the server's file has 999999 bytes, not the expected 1000000" })
    assert.equal(hub.downloads.length, 0)
  })
  await t.test('by the sha256 that is its etag', async (t) => {
    const { hub, run } = await setting(t, { headers: { 'x-linked-etag': `"${'0'.repeat(64)}"` } })
    await assert.rejects(run(), /the server's file has the sha256 0{64}, not the expected [0-9a-f]{64}/)
    assert.equal(hub.downloads.length, 0)
  })
})

test('an HTTP error is a sentence, and is not tried again', async (t) => {
  const cases: [number, Record<string, string>, RegExp][] = [
    [404, {}, /^there is no such file \(HTTP 404\): http.*hub\.gguf$/],
    [404, { 'x-error-code': 'EntryNotFound' }, /^there is no file hub\.gguf in someone\/some-model-GGUF \(HTTP 404\)$/],
    [401, {}, /^access was refused \(HTTP 401\): http/],
    [429, {}, /^the server limits the rate of requests \(HTTP 429\)/],
    [503, {}, /^the server has a fault \(HTTP 503\)/],
  ]
  for (const [status, headers, message] of cases) {
    const { hub, run } = await setting(t, { status, headers })
    await assert.rejects(run(), { message })
    assert.equal(hub.requests.length, 1)
  }
})

test('an HTTP error of the download itself is a sentence', async (t) => {
  const broken: DataAnswer = (response) => {
    response.removeHeader('content-length')
    response.writeHead(500).end('no')
  }
  const { run } = await setting(t, { answers: [broken] })
  await assert.rejects(run(), { message: /^the server has a fault \(HTTP 500\): http/ })
})

test('a hub that cannot be reached is given up at once', async (t) => {
  const { hub, run } = await setting(t)
  await hub.close()
  await assert.rejects(run(), { message: /^the connection was refused by 127\.0\.0\.1:\d+$/ })
  await assert.rejects(run({ hubUrl: 'http://no-such-host.invalid' }), { message: /no-such-host\.invalid cannot be/ })
  await assert.rejects(run({ hubUrl: 'no address' }), { message: /URL/ })
})

test('a hub that does not answer is given up after the connect timeout', async (t) => {
  const { hub, run } = await setting(t, { isSilent: true })
  await assert.rejects(run({ connectTimeoutMs: 100 }), {
    message: `no answer from ${new URL(hub.url).host} for 0.1 s`,
  })
})

test('a download that stands still is broken off and continued', async (t) => {
  const stall: DataAnswer = (response, _start, body) => void response.write(body.subarray(0, half))
  const { hub, lines, context, run } = await setting(t, { answers: [stall] })
  await run({ stallTimeoutMs: 200 })
  assert.deepEqual(await readFile(context.partPath), payload)
  assert.match(lines[0] ?? '', /the download stood still for 0\.2 s/)
  assert.equal(hub.downloads[1]?.range, 'bytes=500000-999999')
})

test('a full disk is named and not tried again', { skip: process.platform !== 'linux' }, async (t) => {
  const { hub, context, run } = await setting(t)
  await symlink('/dev/full', context.partPath)
  await assert.rejects(run(), {
    name: 'CacheFolderError',
    message: `the disk is full: cannot write ${context.partPath}`,
  })
  assert.equal(hub.downloads.length, 1)
})
