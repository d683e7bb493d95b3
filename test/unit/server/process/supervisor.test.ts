import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exit } from '../../../../src/server/process/child.ts'
import { Supervisor } from '../../../../src/server/process/supervisor.ts'
import { FakeChild, FakeClock } from './fakes.ts'

type In = 'stop' | 'ping'
type Out =
  | { readonly kind: 'ready'; readonly n: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'pong' }

function setUp({ mustStart = true, explain = undefined as ((exit: Exit) => string) | undefined } = {}) {
  const clock = new FakeClock()
  const lives: FakeChild<In, Out>[] = []
  const deaths: string[] = []
  const messages: Out[] = []
  const supervisor = new Supervisor<In, Out>({
    name: 'engine',
    start: () => {
      const child = new FakeChild<In, Out>()
      lives.push(child)
      return child
    },
    mustStart,
    onMessage: (message) => messages.push(message),
    onDeath: (why) => deaths.push(why),
    ...(explain === undefined ? {} : { explain }),
    clock,
  })
  return { clock, lives, deaths, messages, supervisor }
}

/** What a promise came to so far. */
async function settled(promise: Promise<unknown>): Promise<string> {
  const pending = new Promise((resolve) => setImmediate(() => resolve('pending')))
  return String(await Promise.race([promise.then(() => 'resolved'), pending]).catch((error) => error.message))
}

const ready: Out = { kind: 'ready', n: 1 }

test('a process starts, is ready once it says so, and its other messages are passed on', async () => {
  const { lives, messages, supervisor } = setUp()
  assert.equal(supervisor.state.kind, 'starting')
  const waiting = supervisor.ready()
  assert.equal(await settled(waiting), 'pending')
  lives[0]!.says(ready)
  lives[0]!.says({ kind: 'pong' })
  assert.deepEqual(supervisor.state, { kind: 'ready', ready })
  assert.deepEqual([await waiting, await supervisor.ready()], [ready, ready])
  assert.deepEqual(messages, [{ kind: 'pong' }])
  supervisor.send('ping')
  assert.deepEqual(lives[0]!.sent, ['ping'])
})

test('a first life that cannot become ready is the last where it must start: its own sentence is the cause', async () => {
  const { clock, lives, deaths, supervisor } = setUp()
  const waiting = supervisor.ready()
  lives[0]!.says({ kind: 'failed', message: 'there is no such file' })
  lives[0]!.exits({ code: 1, signal: null })
  assert.equal(await settled(waiting), 'there is no such file')
  assert.deepEqual(supervisor.state, { kind: 'failed', message: 'there is no such file' })
  assert.equal(await settled(supervisor.ready()), 'there is no such file')
  clock.advance(1e6)
  assert.deepEqual([lives.length, deaths.length], [1, 0])
})

test('where it need not start, a first life that fails is followed by others', () => {
  const { clock, lives, supervisor } = setUp({ mustStart: false })
  lives[0]!.exits()
  clock.advance(0)
  assert.equal(lives.length, 2)
  lives[1]!.says(ready)
  assert.equal(supervisor.state.kind, 'ready')
})

test('a death after work is followed by a start at once; the exit and the last words are the cause', () => {
  const { clock, lives, deaths, supervisor } = setUp()
  lives[0]!.says(ready)
  supervisor.worked()
  lives[0]!.exits({ signal: 'SIGABRT', lastWords: ['GGML_ASSERT', 'failed'] })
  assert.deepEqual(deaths, ['the engine ended with signal SIGABRT: GGML_ASSERT | failed'])
  assert.equal(supervisor.state.kind, 'starting')
  assert.equal(supervisor.pid, undefined)
  clock.advance(0)
  assert.equal(supervisor.pid, lives[1]!.pid)
  lives[1]!.says(ready)
  lives[1]!.exits({ code: 3, signal: null })
  assert.equal(deaths[1], 'the engine ended with code 3')
})

test('lives that do nothing are followed after growing pauses, and work puts an end to these', () => {
  const { clock, lives, supervisor } = setUp()
  lives[0]!.says(ready)
  supervisor.worked()
  const pauses: number[] = []
  const die = () => {
    lives.at(-1)!.exits()
    pauses.push(clock.waiting[0]!)
    clock.advance(clock.waiting[0]!)
  }
  for (let i = 0; i < 4; i++) die()
  lives.at(-1)!.says(ready)
  supervisor.worked()
  die()
  assert.deepEqual(pauses, [0, 0, 250, 500, 0])
})

test('a restarted process that cannot become ready says why until the next one begins', async () => {
  const { clock, lives, supervisor } = setUp()
  lives[0]!.says(ready)
  lives[0]!.exits()
  clock.advance(0)
  const waiting = supervisor.ready()
  lives[1]!.says({ kind: 'failed', message: 'the file is gone' })
  lives[1]!.exits({ code: 1, signal: null })
  assert.equal(await settled(waiting), 'the file is gone')
  assert.deepEqual(supervisor.state, { kind: 'failed', message: 'the file is gone' })
  clock.advance(250)
  assert.equal(supervisor.state.kind, 'starting')
  const next = supervisor.ready()
  lives[2]!.says(ready)
  assert.equal(await settled(next), 'resolved')
})

test('a restarted process that dies while it starts has not failed: the next one may do better', async () => {
  const { clock, lives, supervisor } = setUp()
  lives[0]!.says(ready)
  lives[0]!.exits()
  clock.advance(0)
  const waiting = supervisor.ready()
  lives[1]!.exits()
  assert.equal(await settled(waiting), 'the engine ended with signal SIGKILL')
  assert.equal(supervisor.state.kind, 'starting')
  assert.equal(await settled(supervisor.ready()), 'pending')
})

test('the first cause wins: what a process was killed for, not how it ended nor a later kill', () => {
  const { clock, lives, deaths, supervisor } = setUp()
  lives[0]!.says(ready)
  supervisor.kill('a step took too long')
  supervisor.kill('something else')
  assert.equal(lives[0]!.nKills, 2)
  lives[0]!.exits()
  clock.advance(0)
  lives[1]!.says(ready)
  lives[1]!.exits()
  assert.deepEqual(deaths, ['a step took too long', 'the engine ended with signal SIGKILL'])
})

test('an exit can be explained by its owner, unless the process gave the cause', () => {
  const { clock, lives, deaths } = setUp({ mustStart: false, explain: ({ signal }) => `out of memory (${signal})` })
  lives[0]!.exits()
  clock.advance(0)
  lives[1]!.says({ kind: 'failed', message: 'no' })
  lives[1]!.exits()
  assert.deepEqual(deaths, ['out of memory (SIGKILL)', 'no'])
})

test('stop() asks, waits, and kills what has not ended in time', async () => {
  const { clock, lives, deaths, supervisor } = setUp()
  lives[0]!.says(ready)
  const stopped = supervisor.stop('stop', 1500)
  assert.deepEqual([lives[0]!.sent, supervisor.state.kind], [['stop'], 'stopped'])
  clock.advance(1499)
  assert.equal(lives[0]!.nKills, 0)
  clock.advance(1)
  assert.equal(lives[0]!.nKills, 1)
  assert.equal(await settled(stopped), 'pending')
  lives[0]!.exits()
  assert.equal(await settled(stopped), 'resolved')
  clock.advance(1e6)
  assert.deepEqual([lives.length, deaths.length], [1, 0])
})

test('a process that ends when it is asked to is not killed', async () => {
  const { clock, lives, supervisor } = setUp()
  lives[0]!.says(ready)
  const stopped = supervisor.stop('stop', 1500)
  lives[0]!.exits({ code: 0, signal: null })
  await stopped
  clock.advance(1e6)
  assert.deepEqual([lives[0]!.nKills, clock.waiting], [0, []])
})

test('stop() without an order kills at once, in a pause it ends it, and twice is once', async () => {
  const one = setUp()
  const waiting = one.supervisor.ready()
  const stopped = one.supervisor.stop()
  assert.equal(one.lives[0]!.nKills, 1)
  assert.equal(await settled(waiting), 'the engine is stopped')
  one.lives[0]!.says(ready) // it was on its way
  assert.equal(one.supervisor.state.kind, 'stopped')
  one.lives[0]!.exits()
  await stopped
  await one.supervisor.stop()

  const other = setUp({ mustStart: false })
  other.lives[0]!.exits()
  await other.supervisor.stop()
  other.clock.advance(1e6)
  assert.equal(other.lives.length, 1)
  assert.equal(await settled(other.supervisor.ready()), 'the engine is stopped')
})

test('messages to a process that is down are dropped, and said to be written', () => {
  const { lives, supervisor } = setUp({ mustStart: false })
  lives[0]!.exits()
  let nWritten = 0
  supervisor.send('ping', () => nWritten++)
  assert.equal(nWritten, 1)
})
