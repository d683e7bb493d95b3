import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventStream } from '../../../../src/server/engine-client/event-stream.ts'
import { seededRandom } from '../../../support/random.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function collect<T>(stream: EventStream<T>): Promise<T[]> {
  const events: T[] = []
  for await (const event of stream) events.push(event)
  return events
}

test('events that were pushed before the reading began come in their order', async () => {
  const stream = new EventStream<number>()
  for (const n of [1, 2, 3]) stream.push(n)
  stream.end()
  assert.deepEqual(await collect(stream), [1, 2, 3])
})

test('a reader waits for events and for the end', async () => {
  const stream = new EventStream<number>()
  const all = collect(stream)
  for (const n of [1, 2, 3]) {
    await turn()
    stream.push(n)
  }
  await turn()
  stream.end()
  assert.deepEqual(await all, [1, 2, 3])
})

test('an event pushed just before the end, while the reader sleeps, still comes', async () => {
  const stream = new EventStream<number>()
  const all = collect(stream)
  await turn()
  stream.push(1)
  stream.end()
  assert.deepEqual(await all, [1])
})

test('events pushed while the reader is busy with one come next', async () => {
  const stream = new EventStream<number>()
  stream.push(1)
  const seen: number[] = []
  for await (const event of stream) {
    seen.push(event)
    if (event === 1) stream.push(2)
    if (event === 2) {
      await turn()
      stream.push(3)
      stream.push(4)
      stream.end()
    }
  }
  assert.deepEqual(seen, [1, 2, 3, 4])
})

test('an end without events ends the reading, also when it came first', async () => {
  const stream = new EventStream<number>()
  const all = collect(stream)
  await turn()
  stream.end()
  stream.end()
  assert.deepEqual(await all, [])
  assert.deepEqual(await collect(stream), [])
})

test('a stream that is not read is full above its limit, and drained at half of it', async () => {
  const calls: string[] = []
  const stream = new EventStream<number>({
    maxUnread: 10,
    weigh: (n) => n,
    onFull: () => calls.push('full'),
    onDrained: () => calls.push('drained'),
    onLeave: () => calls.push('left'),
  })
  for (const n of [4, 6]) stream.push(n)
  assert.deepEqual(calls, [])
  for (const n of [1, 1, 1]) stream.push(n)
  assert.deepEqual(calls, ['full'])
  assert.deepEqual((await stream.next()).value, 4) // 9 are left
  assert.deepEqual(calls, ['full'])
  assert.deepEqual((await stream.next()).value, 6)
  assert.deepEqual(calls, ['full', 'drained'])
  for (const n of [4, 5]) stream.push(n)
  assert.deepEqual(calls, ['full', 'drained', 'full'])
  await stream.return()
  assert.deepEqual(calls.slice(3), ['left'])
  assert.deepEqual(await collect(stream), [])
})

test('a reader that waits never makes a stream full, however heavy an event is', async () => {
  const calls: string[] = []
  const hooks = { onFull: () => calls.push('full'), onDrained: () => {}, onLeave: () => {} }
  const stream = new EventStream<number>({ maxUnread: 10, weigh: (n) => n, ...hooks })
  const all = collect(stream)
  for (const n of [50, 60, 70]) {
    stream.push(n)
    await turn()
  }
  stream.end()
  assert.deepEqual([await all, calls], [[50, 60, 70], []])
})

test('no event is lost or doubled, whatever the timing', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  for (let run = 0; run < 100; run++) {
    const stream = new EventStream<number>()
    const events = Array.from({ length: Math.floor(random() * 20) }, (_, i) => i)
    const read = (async () => {
      const seen: number[] = []
      for await (const event of stream) {
        seen.push(event)
        if (random() < 0.3) await turn()
      }
      return seen
    })()
    for (const event of events) {
      const pause = random()
      if (pause < 0.4) await turn()
      else if (pause < 0.6) await Promise.resolve()
      stream.push(event)
    }
    if (random() < 0.5) await turn()
    stream.end()
    assert.deepEqual(await read, events, `run ${run}`)
  }
})
