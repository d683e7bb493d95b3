// The server's own process never waits for a decode.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, post, startServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { complete, enginePid, greedy, longest, printedRandom, randomTokens, requestsAt, until } from './generations.ts'

const random = printedRandom('responsive')

async function assertResponsive(url: string): Promise<void> {
  assert.equal((await get(url, '/health')).json.status, 'ok')
  assert.ok((await post(url, '/tokenize', { content: 'They do not wait' })).json.tokens.length > 0)
  assert.ok((await get(url, '/props')).json.total_slots > 0)
}

test('/health, /tokenize and /props answer while the engine is inside one long decode', {
  skip: process.platform === 'win32' && 'nothing stops a process here',
}, async () => {
  const server = await startServer('-m', tinyModel('tiny-llama'), '-c', '8192', '-b', '8192', '--metrics')
  const pid = await enginePid(server.url)
  const long = complete(server.url, { prompt: randomTokens(random, 8_000), n_predict: 1 })
  await until('the prompt has a slot', async () => (await requestsAt(server.url)).nRunning === 1)
  process.kill(pid, 'SIGSTOP') // a decode that takes as long as this test wants
  for (let i = 0; i < 5; i++) await assertResponsive(server.url)
  process.kill(pid, 'SIGCONT')
  assert.equal((await long).tokens_evaluated, 8_000)
})

test('/health, /tokenize and /props answer beside many requests', async () => {
  const { url } = await startServer('-m', tinyModel('tiny-llama'), '-np', '4', '-c', '8192', '--metrics')
  const crowd = new AbortController()
  const n_predict = await longest(url)
  const requests = Array.from({ length: 40 }, () => {
    const body = JSON.stringify({ ...greedy, prompt: randomTokens(random, 200), n_predict })
    return fetch(`${url}/completion`, { method: 'POST', body, signal: crowd.signal }).catch(() => {})
  })
  await until('all are there', async () => (await requestsAt(url)).nWaiting === 36)
  for (let i = 0; i < 5; i++) await assertResponsive(url)
  crowd.abort()
  await Promise.all(requests)
})
