// SIGTERM and SIGINT end the server and its engine, whatever they are doing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { post } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { requestsAt, until } from '../engine/generations.ts'
import { startMarked } from './programs.ts'

const flags = ['-m', tinyModel('tiny-llama'), '-c', '256']
const endless = { prompt: 'For ever', n_predict: -1, ignore_eos: true }

/** @returns the exit code. */
function end(server: { child: import('node:child_process').ChildProcess }, signal: NodeJS.Signals) {
  const ended = new Promise<number | null>((resolve) => server.child.once('exit', resolve))
  server.child.kill(signal)
  return ended
}

test('SIGINT ends an idle server', async () => {
  const server = await startMarked(flags)
  if (process.platform === 'linux') assert.equal(server.nProcesses(), 2)
  assert.equal(await end(server, 'SIGINT'), 0)
  await server.assertNothingRuns()
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends a server in the middle of a stream and of an answer`, async () => {
    const server = await startMarked([...flags, '-np', '2', '--metrics'])
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
    await until('both run', async () => (await requestsAt(server.url)).nRunning === 2)
    assert.equal(await end(server, signal), 0)
    await reader.cancel().catch(() => {})
    await answer
    await server.assertNothingRuns()
  })
}

test('SIGTERM ends a server whose engine is inside a long decode', async () => {
  const server = await startMarked(['-m', tinyModel('tiny-llama'), '-c', '32768', '-b', '32768', '--metrics'])
  const prompt = Array.from({ length: 32_000 }, (_, i) => 261 + (i % 200))
  const answer = post(server.url, '/completion', { prompt, n_predict: 1 }).then(
    ({ status }) => status,
    () => 'closed',
  )
  await until('it is in its decode', async () => (await requestsAt(server.url)).nRunning === 1)
  assert.equal(await end(server, 'SIGTERM'), 0)
  assert.notEqual(await answer, 200, 'the end did not wait for the decode')
  await server.assertNothingRuns()
})

test('SIGTERM ends a server whose engine is being restarted', async () => {
  const server = await startMarked(flags)
  const { engine } = (await (await fetch(`${server.url}/props`)).json()) as { engine: { pid: number } }
  process.kill(engine.pid, 'SIGKILL')
  await until('the server has noticed', () => /the engine ended/.test(server.output()))
  assert.equal(await end(server, 'SIGTERM'), 0)
  await server.assertNothingRuns()
})

test('a killed server leaves no engine behind', async () => {
  const server = await startMarked([...flags, '--metrics'])
  post(server.url, '/completion', endless).catch(() => {})
  await until('it runs', async () => (await requestsAt(server.url)).nRunning === 1)
  assert.equal(await end(server, 'SIGKILL'), null)
  await server.assertNothingRuns()
})
