import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FromTextWorker, ToTextWorker } from '../../../../src/server/text/messages.ts'
import type { TextAsk } from '../../../../src/server/text/prepare.ts'
import { TextWorker } from '../../../../src/server/text/text-worker.ts'
import { FakeChild, FakeClock } from '../process/fakes.ts'

const never = new AbortController().signal
const ask = (text: string): TextAsk => ({ prompts: [{ kind: 'parts', parts: [text], field: 'prompt' }] })
const turn = () => new Promise((resolve) => setImmediate(resolve))

function setUp() {
  const clock = new FakeClock()
  const lives: FakeChild<ToTextWorker, FromTextWorker>[] = []
  const lines: string[] = []
  const start = () => {
    const child = new FakeChild<ToTextWorker, FromTextWorker>()
    lives.push(child)
    return child
  }
  const worker = new TextWorker(start, (line) => lines.push(line), clock)
  return { clock, lives, lines, worker }
}

/** What the worker has been given, and what it answers. */
const asked = (child: FakeChild<ToTextWorker, FromTextWorker>) =>
  child.sent.map((message) => (message.kind === 'job' ? message.ask : message.kind))

function done(...tokens: number[]): FromTextWorker {
  const prompts = [{ text: undefined, tokens: Int32Array.from(tokens) }]
  const rest = { constraint: { kind: 'none' }, ignored: [], logitBias: [], penaltyPrompt: undefined } as const
  return { kind: 'done', answer: { prompts, ...rest } }
}

test('the process is started by the first job, and has one job at a time', async () => {
  const { lives, worker } = setUp()
  assert.equal(lives.length, 0)
  const answers = [worker.run(ask('a'), never), worker.run(ask('b'), never)]
  lives[0]!.says({ kind: 'ready' })
  await turn()
  assert.deepEqual(asked(lives[0]!), [ask('a')])
  lives[0]!.says(done(1, 2))
  await turn()
  assert.deepEqual(asked(lives[0]!), [ask('a'), ask('b')])
  lives[0]!.says(done(3))
  assert.deepEqual(
    (await Promise.all(answers)).map(({ prompts }) => prompts[0]!.tokens),
    [[1, 2], [3]],
  )
  assert.equal(lives.length, 1)
})

test('a text that ends the process costs its own request, and the next one is done by another process', async () => {
  const { clock, lives, lines, worker } = setUp()
  const [first, second] = [worker.run(ask('a'), never), worker.run(ask('b'), never)]
  lives[0]!.says({ kind: 'ready' })
  await turn()
  lives[0]!.says({ kind: 'stage', stage: 'Tokenizing "prompt"' })
  lives[0]!.exits({ signal: 'SIGSEGV' })
  await assert.rejects(first, {
    kind: 'invalid_request',
    message: 'Tokenizing "prompt" failed: this text cannot be read (the text worker ended with signal SIGSEGV)',
  })
  clock.advance(0)
  lives[1]!.says({ kind: 'ready' })
  await turn()
  assert.deepEqual(asked(lives[1]!), [ask('b')])
  lives[1]!.says(done())
  await second
  assert.equal(lines.length, 1)
})

test('a job that takes too long is ended with its process, and says what took so long', async () => {
  const { clock, lives, worker } = setUp()
  const late = worker.run(ask('a'), never)
  clock.advance(60_000) // the start of the process does not count
  lives[0]!.says({ kind: 'ready' })
  await turn()
  lives[0]!.says({ kind: 'stage', stage: 'Compiling "json_schema"' })
  clock.advance(9999)
  assert.equal(lives[0]!.nKills, 0)
  clock.advance(1)
  assert.equal(lives[0]!.nKills, 1)
  lives[0]!.exits()
  await assert.rejects(late, {
    kind: 'invalid_request',
    message: 'Compiling "json_schema" took longer than 10 s; send less in one request',
  })
})

test('a deadline is that of its own job only', async () => {
  const { clock, lives, worker } = setUp()
  const first = worker.run(ask('a'), never)
  lives[0]!.says({ kind: 'ready' })
  await turn()
  clock.advance(9000)
  lives[0]!.says(done())
  await first
  void worker.run(ask('b'), never).catch(() => {})
  await turn()
  clock.advance(9000)
  assert.equal(lives[0]!.nKills, 0)
})

test('what the work refuses is thrown as it is', async () => {
  const { lives, worker } = setUp()
  const refused = worker.run(ask('a'), never)
  lives[0]!.says({ kind: 'ready' })
  await turn()
  lives[0]!.says({ kind: 'error', error: { kind: 'invalid_request', message: 'no', details: { param: 'prompt' } } })
  await assert.rejects(refused, { kind: 'invalid_request', message: 'no', details: { param: 'prompt' } })
})

test('a client that leaves while its job waits is not worked for', async () => {
  const { lives, worker } = setUp()
  const client = new AbortController()
  const first = worker.run(ask('a'), never)
  const left = worker.run(ask('b'), client.signal)
  client.abort()
  await assert.rejects(left, { kind: 'unavailable' })
  lives[0]!.says({ kind: 'ready' })
  await turn()
  lives[0]!.says(done())
  await first
  await turn()
  assert.deepEqual(asked(lives[0]!), [ask('a')])
})

test('when too many wait the next one is refused', async () => {
  const { worker } = setUp()
  for (let i = 0; i < 65; i++) void worker.run(ask('a'), never).catch(() => {})
  await assert.rejects(worker.run(ask('b'), never), { kind: 'unavailable', message: /64 requests.*wait already/ })
})

test('stop() ends the process and all jobs', async () => {
  const { lives, worker } = setUp()
  const jobs = [worker.run(ask('a'), never), worker.run(ask('b'), never)]
  lives[0]!.says({ kind: 'ready' })
  await turn()
  const stopped = worker.stop()
  for (const job of jobs) await assert.rejects(job, { kind: 'unavailable' })
  assert.equal(lives[0]!.nKills, 1)
  lives[0]!.exits()
  await stopped
  await assert.rejects(worker.run(ask('c'), never), { kind: 'unavailable' })
})
