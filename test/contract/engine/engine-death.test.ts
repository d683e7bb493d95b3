// The engine's process dies: the server stays, a new engine comes. What becomes of requests is in streams-survive.test.ts.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { get, post, startServer, type TestServer } from '../../support/server.ts'
import { tinyModel } from '../../support/tiny-models.ts'
import { complete, enginePid, greedy, patienceMs, until, within } from './generations.ts'

const server = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '512', '--metrics')
const { url } = server
const expected = await complete(url, { prompt: 'The same as ever', n_predict: 12 })

/** What every test ends with: the same server, another engine, the same answers. */
async function assertBack(from: TestServer, oldPid: number): Promise<void> {
  await until('another engine', async () => {
    const { status, json } = await get(from.url, '/props')
    if (status !== 200) assert.deepEqual([status, json.error.type], [503, 'unavailable_error'])
    return status === 200 && json.engine.pid !== oldPid
  })
  assert.equal(from.child.exitCode, null)
  const both = [0, 1].map((slot_id) => complete(from.url, { prompt: 'The same as ever', n_predict: 12, slot_id }))
  for (const { content } of await within(patienceMs, 'answers', Promise.all(both)))
    assert.equal(content, expected.content)
}

test('while nobody asks', async () => {
  const fresh = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '512')
  const pid = await enginePid(fresh.url)
  process.kill(pid, 'SIGKILL')
  await assertBack(fresh, pid)
  assert.match(fresh.output(), /the engine ended with signal SIGKILL/)
})

test('twice in quick succession, once while it loads', { skip: process.platform !== 'linux' }, async () => {
  const fresh = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '512')
  const children = () => {
    const { pid } = fresh.child
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  }
  const pid = await enginePid(fresh.url)
  process.kill(pid, 'SIGKILL')
  await until('the next engine', () => children().some((child) => child !== pid))
  const second = children().find((child) => child !== pid)!
  process.kill(second, 'SIGKILL')
  await until('the end of it', () => !children().includes(second))
  await assertBack(fresh, second)
})

test('/tokenize works all the time, or says 503', async () => {
  const fresh = await startServer('-m', tinyModel('tiny-llama'), '-np', '2', '-c', '512')
  const pid = await enginePid(fresh.url)
  const before = await post(fresh.url, '/tokenize', { content: 'The same as ever' })
  process.kill(pid, 'SIGKILL')
  await until('another engine', async () => {
    const { status, json } = await post(fresh.url, '/tokenize', { content: 'The same as ever' })
    if (status === 200) assert.deepEqual(json, before.json)
    else assert.deepEqual([status, json.error.type], [503, 'unavailable_error'])
    const props = await get(fresh.url, '/props')
    return props.status === 200 && props.json.engine.pid !== pid
  })
  await assertBack(fresh, pid)
})

test('a death under load: every request that was let in is answered', async () => {
  const outcomes: string[] = []
  let isOver = false
  const client = async (i: number) => {
    while (!isOver) {
      const answer = await post(url, '/completion', { ...greedy, prompt: `Client ${i}`, n_predict: 30 })
      outcomes.push(answer.status === 200 ? 'answer' : answer.json.error.message)
    }
  }
  const clients = Array.from({ length: 4 }, (_, i) => client(i))
  await until('an answer', () => outcomes.includes('answer'))
  const pid = await enginePid(url)
  process.kill(pid, 'SIGKILL')
  const nBefore = outcomes.length
  await until('more answers', () => outcomes.slice(nBefore).filter((outcome) => outcome === 'answer').length > 8)
  isOver = true
  await within(patienceMs, 'all clients', Promise.all(clients))
  assert.deepEqual(
    [...new Set(outcomes)].filter((outcome) => outcome !== 'Loading model'),
    ['answer'],
  )
  await assertBack(server, pid)
})
