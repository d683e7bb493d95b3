// SIGTERM and SIGINT end the server and its engine, whatever they are doing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { post } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { startMarked } from './programs.ts'

const flags = ['-m', tinyModel('tiny-llama'), '-c', '256']
const endless = { prompt: 'For ever', n_predict: -1, ignore_eos: true }

/** @returns the exit code and how long the end took. */
async function end(server: { child: import('node:child_process').ChildProcess }, signal: NodeJS.Signals) {
  const startedAt = Date.now()
  const ended = new Promise<number | null>((resolve) => server.child.once('exit', resolve))
  server.child.kill(signal)
  return { code: await ended, ms: Date.now() - startedAt }
}

test('SIGINT ends an idle server', async () => {
  const server = await startMarked(flags)
  if (process.platform === 'linux') assert.equal(server.nProcesses(), 2)
  assert.equal((await end(server, 'SIGINT')).code, 0)
  await server.assertNothingRuns()
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends a server in the middle of a stream and of an answer`, async () => {
    const server = await startMarked([...flags, '-np', '2'])
    const response = await fetch(`${server.url}/completion`, {
      method: 'POST',
      body: JSON.stringify({ ...endless, stream: true }),
    })
    const reader = response.body!.getReader()
    await reader.read()
    const answer = post(server.url, '/completion', endless).then(
      ({ status }) => assert.equal(status, 503),
      () => {}, // or the connection was closed
    )
    await sleep(50)
    const { code, ms } = await end(server, signal)
    assert.equal(code, 0)
    assert.ok(ms < 5000, `${ms} ms`)
    await reader.cancel().catch(() => {})
    await answer
    await server.assertNothingRuns()
  })
}

test('SIGTERM ends a server whose engine is inside a long decode', async () => {
  const server = await startMarked(['-m', tinyModel('tiny-llama'), '-c', '32768', '-b', '32768'])
  const prompt = Array.from({ length: 32_000 }, (_, i) => 261 + (i % 200))
  post(server.url, '/completion', { prompt, n_predict: 1 }).catch(() => {})
  await sleep(200)
  const { code, ms } = await end(server, 'SIGTERM')
  assert.equal(code, 0)
  assert.ok(ms < 5000, `${ms} ms`)
  await server.assertNothingRuns()
})

test('SIGTERM ends a server whose engine is being restarted', async () => {
  const server = await startMarked(flags)
  const { engine } = (await (await fetch(`${server.url}/props`)).json()) as { engine: { pid: number } }
  process.kill(engine.pid, 'SIGKILL')
  await sleep(30)
  assert.equal((await end(server, 'SIGTERM')).code, 0)
  await server.assertNothingRuns()
})

test('a killed server leaves no engine behind', async () => {
  const server = await startMarked(flags)
  post(server.url, '/completion', endless).catch(() => {})
  await sleep(50)
  assert.equal((await end(server, 'SIGKILL')).code, null)
  await server.assertNothingRuns()
})
