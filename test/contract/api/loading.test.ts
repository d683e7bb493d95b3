// Before the model is there, and while the engine is restarted: 503 as JSON on every route that needs it.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { get, type Json, post, startServer, streamEvents } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { patienceMs } from '../engine/generations.ts'

const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))
const canPause = process.platform === 'linux' ? {} : { skip: 'needs /proc' }
const messages = [{ role: 'user', content: 'Hello' }]

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The engine's process, from the moment that there is one. */
async function engineOf(child: ChildProcess): Promise<number> {
  for (;;) {
    const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
    // stopped before its exec it would hold up the server, which waits for that
    if (pid !== undefined && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine')) return Number(pid)
    await sleep(1)
  }
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(10)) {
    const found = await ask().catch(() => undefined)
    if (found !== undefined) return found
  }
  throw new Error(`waited ${patienceMs} ms in vain`)
}

async function assertUnavailable(answer: Promise<{ status: number; json: Json }>): Promise<void> {
  const { status, json } = await answer
  assert.equal(status, 503, JSON.stringify(json))
  assert.equal(json.error.code, 503)
  assert.equal(json.error.type, 'unavailable_error')
}

describe('while the model is loading', canPause, () => {
  it('/health says so, and every route that needs the model is a 503; then all is well', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const flags = [program, '--port', String(port), '-t', '1', '-m', tinyModel('tiny-llama')]
    const child = spawn(process.execPath, flags, { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const engine = await engineOf(child)
    process.kill(engine, 'SIGSTOP') // it loads nothing until it goes on
    after(async () => {
      child.kill()
      await ended
    })
    try {
      const health = await until(() => get(url, '/health'))
      assert.equal(health.status, 503)
      assert.equal(health.json.status, 'loading model')
      assert.ok(health.json.progress >= 0 && health.json.progress <= 1)
      await assertUnavailable(Promise.resolve(health))
      for (const path of ['/props', '/v1/models']) await assertUnavailable(get(url, path))
      await assertUnavailable(post(url, '/completion', { prompt: 'Hello' }))
      await assertUnavailable(post(url, '/completion', { prompt: 'Hello', stream: true }))
      await assertUnavailable(post(url, '/tokenize', { content: 'Hello' }))
      await assertUnavailable(post(url, '/detokenize', { tokens: [1] }))
      await assertUnavailable(post(url, '/v1/chat/completions', { messages }))
      await assertUnavailable(post(url, '/completion', '{'))
      assert.equal((await fetch(`${url}/completion.js`)).status, 200)
      assert.equal((await get(url, '/nope')).status, 404)
      assert.equal((await get(url, '/completion')).status, 405)
    } finally {
      process.kill(engine, 'SIGCONT')
    }
    await until(async () => ((await get(url, '/health')).status === 200 ? true : undefined))
    assert.equal((await post(url, '/completion', { prompt: 'Hello', n_predict: 1 })).status, 200)
  })
})

describe('when the engine dies', () => {
  it('requests in flight go on in the next engine', async () => {
    const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '2')
    const { pid } = (await get(url, '/props')).json.engine
    const long = { prompt: 'Hello', n_predict: 300, ignore_eos: true }
    const whole = post(url, '/completion', long)
    const events: Json[] = []
    for await (const event of streamEvents(url, '/completion', long)) {
      events.push(event)
      if (events.length === 5) process.kill(pid, 'SIGKILL')
    }
    // 300 tokens, and what ends a character
    assert.ok(events.at(-1).tokens_predicted >= 300, JSON.stringify(events.at(-1)))
    assert.ok((await whole).json.tokens_predicted >= 300)
    assert.notEqual((await get(url, '/props')).json.engine.pid, pid)
  })
})

describe('when an engine that was started again cannot load the model', () => {
  it('/health says error and why, other routes are a 503, and all is well when the file is back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cria-gone-'))
    after(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'model.gguf')
    copyFileSync(tinyModel('tiny-llama'), path)
    const { url } = await startServer('-m', path)
    const { pid } = (await get(url, '/props')).json.engine
    renameSync(path, `${path}.away`)
    const running = post(url, '/completion', { prompt: 'For ever', n_predict: 200_000, ignore_eos: true })
    await until(async () => ((await get(url, '/slots')).json[0].is_processing ? true : undefined))
    process.kill(pid, 'SIGKILL')
    const lost = await running
    assert.equal(lost.status, 503)
    assert.match(lost.json.error.message, /cannot be started again: .*model\.gguf/)
    const { status, json } = await until(async () => {
      const health = await get(url, '/health')
      return health.json.status === 'error' ? health : undefined
    })
    assert.equal(status, 500)
    assert.match(json.error.message, /^Model failed to load: .*model\.gguf/)
    await assertUnavailable(post(url, '/completion', { prompt: 'x', n_predict: 1 }))
    renameSync(`${path}.away`, path)
    await until(async () => ((await get(url, '/health')).json.status === 'ok' ? true : undefined))
    assert.equal((await post(url, '/completion', { prompt: 'x', n_predict: 1 })).status, 200)
  })
})
