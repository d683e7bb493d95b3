// `npm start` as far as it is ours: scripts/start.mjs, its set-up, and the default model. The set-up was done by `npm test`.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { get, post } from '../support/server.ts'
import { smollm2, smollm2Source } from '../support/smollm2.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = join(root, 'scripts', 'start.mjs')
const prompt = 'Building a website can be done in 10 simple steps:'

const model = await smollm2()
const folder = await mkdtemp(join(tmpdir(), 'cria-start-'))
after(() => rm(folder, { recursive: true }))

test('node scripts/start.mjs serves from another folder, and a path among the flags is of that folder', async (t) => {
  const { url, stop } = await start(t, ['-m', relative(folder, model)], { cwd: folder })
  const { json } = await post(url, '/completion', { prompt, n_predict: 8 })
  assert.equal(json.tokens_predicted, 8)
  assert.equal(await stop(), 0)
})

test('npm start passes a path on as of the folder that its user is in', async (t) => {
  const env = { npm_lifecycle_event: 'start', INIT_CWD: folder }
  const { url, stop } = await start(t, ['-m', relative(folder, model)], { cwd: root, env })
  assert.equal((await get(url, '/health')).status, 200)
  assert.equal(await stop(), 0)
})

test('a signal to npm ends all that npm start has started', async (t) => {
  const npm = spawn('npm', ['start', '--', '-m', model, '--port', '0', '-t', '1', '-c', '512'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    shell: process.platform === 'win32',
  })
  t.after(() => {
    try {
      process.kill(-npm.pid!, 'SIGKILL')
    } catch {
      // nothing of the group is left
    }
  })
  const url = await new Promise<string>((resolve) => {
    let output = ''
    npm.stderr.on('data', (chunk) => {
      output += chunk
      const found = /listening at (http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  assert.equal((await get(url, '/health')).status, 200)
  const closed = new Promise((resolve) => npm.stderr.once('close', resolve)) // by the last process that holds it
  npm.kill('SIGTERM')
  await closed
  await assert.rejects(fetch(`${url}/health`))
})

test('a second start installs, builds and fetches nothing', async (t) => {
  const first = await start(t, ['-m', model], { cwd: folder })
  assert.equal(await first.stop(), 0)
  const started = performance.now()
  const { output, stop } = await start(t, ['-m', model], { cwd: folder })
  t.diagnostic(`ready after ${Math.round(performance.now() - started)} ms`)
  assert.equal(await stop(), 0)
  assert.doesNotMatch(output(), /^(installing|building|fetching|npm|tsc|added \d+ packages)/im)
})

test('without -m the default model is served, from the cache folder when it is there', async (t) => {
  const cache = join(folder, 'cache')
  await mkdir(join(cache, 'models'), { recursive: true })
  await symlink(model, join(cache, 'models', smollm2Source.file))
  const env = { CRIA_CACHE_DIR: cache, HF_ENDPOINT: 'http://127.0.0.1:9' } // nobody listens there
  const { url, output, stop } = await start(t, [], { cwd: folder, env })
  assert.doesNotMatch(output(), /fetching|failed/i)
  const { json: props } = await get(url, '/props')
  assert.equal(props.model_path, join(cache, 'models', smollm2Source.file))
  const { json } = await post(url, '/completion', { prompt, n_predict: 16 })
  assert.ok(json.content.trim().length > 0)
  assert.equal(await stop(), 0)
})

type Started = { readonly url: string; readonly output: () => string; readonly stop: () => Promise<number | null> }

/** Starts with `--port 0` and one thread; stopped when the test ends at the latest. */
async function start(
  t: { after(fn: () => Promise<unknown>): void },
  flags: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Started> {
  const child = spawn(process.execPath, [script, ...flags, '--port', '0', '-t', '1', '-c', '512'], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  t.after(stop)
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      output += chunk
      const found = /listening at (http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
    ended.then((code) => reject(new Error(`start.mjs ended with ${code}: ${output}`)))
  })
  return { url, output: () => output, stop }
}
