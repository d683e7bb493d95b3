import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TaskEvent } from '../../../../src/protocol/event.ts'
import type { GenerationTask, ToEngine } from '../../../../src/protocol/task.ts'
import { Channel } from '../../../../src/server/engine-client/channel.ts'

const never = new AbortController().signal
const timings = { nCached: 0, nPrompt: 1, promptMs: 1, nPredicted: 1, predictedMs: 1 }
const isLast = ({ kind }: TaskEvent) => kind === 'finish' || kind === 'error'

function taskOf(taskId: number, change: Partial<GenerationTask> = {}): GenerationTask {
  return { kind: 'generate', taskId, slotId: -1, prompt: [1], ...change } as GenerationTask
}

function text(taskId: number, word: string): TaskEvent {
  return { kind: 'text', taskId, slotId: 0, text: word, tokens: [1], probs: [], timings }
}

function finish(taskId: number): TaskEvent {
  return { ...text(taskId, ''), kind: 'finish', reason: 'eos' } as TaskEvent
}

function setUp() {
  const sent: ToEngine[] = []
  const closed: [number, boolean][] = []
  const failed: number[] = []
  const nWaiting = { value: 0 }
  const channel = new Channel((message) => sent.push(message), {
    opened: () => {},
    closed: ({ taskId }, isOver) => closed.push([taskId, isOver]),
    failed: ({ taskId }) => failed.push(taskId),
    nWaiting: () => nWaiting.value,
  })
  const kinds = () => sent.map((message) => `${message.kind} ${'taskId' in message ? message.taskId : ''}`)
  return {
    channel,
    sent,
    closed,
    failed,
    nWaiting,
    kinds,
    cancels: () => sent.flatMap((m) => (m.kind === 'cancel' ? [m.taskId] : [])),
  }
}

async function collect(events: AsyncIterable<TaskEvent>): Promise<string[]> {
  const seen: string[] = []
  for await (const event of events) seen.push(event.kind === 'text' ? event.text : event.kind)
  return seen
}

test('each stream has the events of its task, up to the last one', async () => {
  const { channel, sent, closed, cancels } = setUp()
  const streams = [1, 2].map((taskId) => channel.open(taskOf(taskId), isLast, never))
  channel.deliver([text(1, 'a'), text(2, 'b'), text(1, 'c'), finish(1), text(1, 'late')])
  channel.deliver([finish(2), text(3, 'of nobody')])
  assert.deepEqual(await Promise.all(streams.map(collect)), [
    ['a', 'c', 'finish'],
    ['b', 'finish'],
  ])
  assert.deepEqual(sent, [taskOf(1), taskOf(2)])
  assert.deepEqual(closed, [
    [1, true],
    [2, true],
  ])
  assert.deepEqual(cancels(), [])
})

test('a reader that leaves early cancels its task, once', async () => {
  const { channel, closed, cancels } = setUp()
  const stream = channel.open(taskOf(1), isLast, never)
  channel.deliver([text(1, 'a'), text(1, 'b')])
  for await (const _event of stream) break
  await stream.return()
  channel.deliver([text(1, 'c')])
  assert.deepEqual([cancels(), closed], [[1], [[1, false]]])
})

test('a client that goes away ends the stream and cancels the task, also while the reader waits', async () => {
  const { channel, cancels } = setUp()
  const client = new AbortController()
  const seen = collect(channel.open(taskOf(1), isLast, client.signal))
  channel.deliver([text(1, 'a')])
  await new Promise((resolve) => setImmediate(resolve))
  client.abort()
  assert.deepEqual([await seen, cancels()], [['a'], [1]])
})

test('a client that goes away after the last event cancels nothing', async () => {
  const { channel, cancels } = setUp()
  const client = new AbortController()
  const stream = channel.open(taskOf(1), isLast, client.signal)
  channel.deliver([finish(1)])
  client.abort()
  assert.deepEqual([await collect(stream), cancels()], [['finish'], []])
})

test('when the engine is gone every stream ends with an error, behind what it had', async () => {
  const { channel, cancels } = setUp()
  const streams = [1, 2].map((taskId) => channel.open(taskOf(taskId), isLast, never))
  channel.deliver([text(1, 'a')])
  channel.fail({ kind: 'unavailable', message: 'gone' })
  assert.deepEqual(await Promise.all(streams.map(collect)), [['a', 'error'], ['error']])
  assert.deepEqual(cancels(), [])
})

test('a reader that falls behind pauses its task, and resumes it when it has caught up', async () => {
  const { channel, kinds } = setUp()
  const stream = channel.open(taskOf(1), isLast, never)
  const likely = { token: 1, prob: 0.001, bytes: [97] }
  const probs = Array.from({ length: 1000 }, () => likely)
  const heavy = { ...text(1, 'a'), probs: [{ ...likely, logprob: -7, probs, topLogprobs: [] }] } as TaskEvent
  for (let i = 0; i < 4; i++) channel.deliver([heavy])
  assert.deepEqual(kinds(), ['generate 1'])
  channel.deliver([heavy])
  assert.deepEqual(kinds(), ['generate 1', 'pause 1'])
  for (let i = 0; i < 3; i++) await stream.next()
  assert.deepEqual(kinds(), ['generate 1', 'pause 1', 'resume 1'])
})

test('a stream that is read late, after its end, sends nothing more', async () => {
  const { channel, kinds } = setUp()
  const stream = channel.open(taskOf(1), isLast, never)
  for (let i = 0; i < 4100; i++) channel.deliver([text(1, 'a')])
  channel.deliver([finish(1)])
  assert.equal((await collect(stream)).length, 4101)
  assert.deepEqual(kinds(), ['generate 1', 'pause 1'])
})

test('only so many tasks go to the engine; the next is sent when one is over or has left', () => {
  const { channel, kinds } = setUp()
  channel.nSlots = 2
  const clients = Array.from({ length: 100 }, () => new AbortController())
  clients.forEach(({ signal }, i) => void channel.open(taskOf(i + 1), isLast, signal))
  const first = Array.from({ length: 10 }, (_, i) => `generate ${i + 1}`)
  assert.deepEqual(kinds(), first)
  channel.deliver([finish(3)])
  clients[4]!.abort()
  assert.deepEqual(kinds(), [...first, 'generate 11', 'cancel 5', 'generate 12'])
})

test('tasks whose clients leave before they are sent are never sent, and cancels go ahead of what follows', () => {
  const { channel, kinds } = setUp()
  channel.nSlots = 2
  const clients = Array.from({ length: 2000 }, () => new AbortController())
  clients.forEach(({ signal }, i) => void channel.open(taskOf(i + 1), isLast, signal))
  void channel.open(taskOf(3000), isLast, never)
  for (const client of clients.toReversed()) client.abort()
  assert.deepEqual(kinds().slice(10), [
    'cancel 10',
    'generate 3000',
    ...[9, 8, 7, 6, 5, 4, 3, 2, 1].map((n) => `cancel ${n}`),
  ])
})

test('tasks for one slot do not hold up those for others', () => {
  const { channel, kinds } = setUp()
  for (let i = 1; i <= 50; i++) void channel.open(taskOf(i, { slotId: 0 }), isLast, never)
  void channel.open(taskOf(51), isLast, never)
  void channel.open(taskOf(52, { slotId: 1 }), isLast, never)
  assert.deepEqual(kinds(), ['generate 1', 'generate 2', 'generate 3', 'generate 51', 'generate 52'])
})

test('those that wait here are told their places, behind those that wait in the engine', async () => {
  const { channel, nWaiting } = setUp()
  channel.nSlots = 1
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const places: string[] = []
  for (let i = 1; i <= 12; i++) {
    const stream = channel.open(taskOf(i, { wantsProgress: true }), isLast, never)
    const read = async () => {
      for await (const event of stream) {
        if (event.kind === 'queued') places.push(`${i}: ${event.position} of ${event.nWaiting}`)
      }
    }
    void read()
  }
  nWaiting.value = 11 // 1 has the slot, 2 to 9 wait in the engine, 10 to 12 here
  await turn()
  assert.deepEqual(places.splice(0), ['10: 9 of 11', '11: 10 of 11', '12: 11 of 11'])
  nWaiting.value = 10
  channel.deliver([finish(1), { kind: 'queued', taskId: 3, position: 1, nWaiting: 8 }])
  await turn()
  assert.deepEqual(places, ['3: 1 of 10', '11: 9 of 10', '12: 10 of 10'])
})

test('when the engine is gone those that wait here end too, and none is sent', async () => {
  const { channel, kinds } = setUp()
  const streams = Array.from({ length: 20 }, (_, i) => channel.open(taskOf(i + 1), isLast, never))
  channel.fail({ kind: 'unavailable', message: 'gone' })
  assert.deepEqual(await Promise.all(streams.map(collect)), Array(20).fill(['error']))
  assert.equal(kinds().length, 9)
})

test('tasks outlive an engine: the next one gets those that ran, from their last token, and then those that wait', async () => {
  const { channel, sent, kinds, failed } = setUp()
  channel.nSlots = 1
  const streams = [2, 3, 1].map((taskId) => channel.open(taskOf(taskId), isLast, never))
  channel.deliver([text(1, 'a'), text(1, 'bc')])
  channel.suspend((taskId) => taskId === 1)
  const late = channel.open(taskOf(4), isLast, never)
  assert.deepEqual(kinds(), ['generate 2', 'generate 3', 'generate 1'])
  channel.resume()
  assert.deepEqual(kinds().slice(3), ['generate 1', 'generate 2', 'generate 3', 'generate 4'])
  assert.deepEqual(sent[3], taskOf(1, { resume: { tokens: [1, 1], nChars: 3, nPromptProbs: 0, timings } }))
  assert.deepEqual(
    sent.slice(4),
    [2, 3, 4].map((taskId) => taskOf(taskId)),
  )
  channel.deliver([text(1, 'd'), ...[1, 2, 3, 4].map(finish)])
  assert.deepEqual(await Promise.all([...streams, late].map(collect)), [
    ['finish'],
    ['finish'],
    ['a', 'bc', 'd', 'finish'],
    ['finish'],
  ])
  assert.deepEqual(failed, [])
})

test('a task that was running at two deaths ends with an error, and only that', async () => {
  const { channel, kinds, failed } = setUp()
  const poison = channel.open(taskOf(1), isLast, never)
  const other = channel.open(taskOf(2), isLast, never)
  for (let i = 0; i < 2; i++) {
    channel.suspend((taskId) => taskId === 1)
    channel.resume()
  }
  const events: TaskEvent[] = []
  for await (const event of poison) events.push(event)
  assert.deepEqual(
    events.map((event) => event.kind === 'error' && event.error.kind),
    ['server'],
  )
  assert.deepEqual(failed, [1])
  assert.equal(kinds().at(-1), 'generate 2')
  channel.deliver([finish(2)])
  assert.deepEqual(await collect(other), ['finish'])
})

test('where none was running, those that the engine had received may be the cause; those that waited here are not', async () => {
  const { channel, kinds } = setUp()
  channel.nSlots = 1
  const streams = Array.from({ length: 11 }, (_, i) => channel.open(taskOf(i + 1), isLast, never))
  for (let i = 0; i < 2; i++) {
    channel.suspend(() => false)
    channel.resume()
  }
  assert.deepEqual(kinds().slice(-2), ['generate 10', 'generate 11'])
  assert.deepEqual(await Promise.all(streams.slice(0, 9).map(collect)), Array(9).fill(['error']))
})

test('a task whose client leaves while there is no engine is forgotten, and an unread stream is held back again', async () => {
  const { channel, kinds } = setUp()
  const client = new AbortController()
  void channel.open(taskOf(1), isLast, client.signal)
  void channel.open(taskOf(2), isLast, never)
  for (let i = 0; i < 4097; i++) channel.deliver([text(2, 'a')])
  channel.suspend(() => true)
  client.abort()
  const nBefore = kinds().length
  channel.resume()
  assert.deepEqual(kinds().slice(nBefore), ['generate 2', 'pause 2'])
})
