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
  const channel = new Channel((message) => sent.push(message), {
    opened: () => {},
    closed: ({ taskId }, isOver) => closed.push([taskId, isOver]),
  })
  return { channel, sent, closed, cancels: () => sent.flatMap((m) => (m.kind === 'cancel' ? [m.taskId] : [])) }
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
