import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerationEvent } from '../../../../src/protocol/event.ts'
import type { TaskBody } from '../../../../src/server/generate/request-maker.ts'
import { runJobs } from '../../../../src/server/generate/run.ts'

const never = new AbortController().signal
const timings = { nCached: 0, nPrompt: 1, promptMs: 1, nPredicted: 1, predictedMs: 1 }

/** An engine that generates without end, and counts what was read. */
function endless() {
  const counted = { nRead: 0, hasLeft: false }
  async function* generate(): AsyncGenerator<GenerationEvent> {
    try {
      for (;;) {
        counted.nRead++
        yield { kind: 'text', taskId: 1, slotId: 0, text: 'a', tokens: [1], probs: [], timings }
      }
    } finally {
      counted.hasLeft = true
    }
  }
  return { engine: { generate }, counted }
}

const job = (nProbs: number) => ({ index: 0, task: { nProbs } as TaskBody })

test('an answer that is collected ends with an error before it fills the memory, and so does its task', async () => {
  const { engine, counted } = endless()
  const read = async () => {
    for await (const _event of runJobs([job(1000)], engine, never, { stream: false }));
  }
  await assert.rejects(read(), { kind: 'invalid_request', message: /more than 1048576 tokens and candidates/ })
  assert.deepEqual(counted, { nRead: Math.floor(2 ** 20 / 1001) + 1, hasLeft: true })
})

test('a stream has no such limit', async () => {
  const { engine, counted } = endless()
  let n = 0
  for await (const _event of runJobs([job(1000)], engine, never, { stream: true })) if (++n === 2000) break
  assert.deepEqual(counted, { nRead: 2000, hasLeft: true })
})
