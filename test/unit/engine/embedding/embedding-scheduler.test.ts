import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RowsThatCount } from '../../../../src/engine/embedding/embedding-job.ts'
import {
  EmbeddingScheduler,
  type EmbeddingSchedulerOptions,
  type EmbeddingStep,
} from '../../../../src/engine/embedding/embedding-scheduler.ts'
import type { EmbeddingTask } from '../../../../src/protocol/embedding.ts'
import type { TaskImage } from '../../../../src/protocol/image.ts'
import { seededRandom } from '../../../support/random.ts'

function scheduler(options: Partial<EmbeddingSchedulerOptions> = {}): EmbeddingScheduler {
  return new EmbeddingScheduler({ rows: 'last', nSequences: 4, nCells: 100, maxVectors: 8, ...options })
}

let lastTaskId = 0

/** A task of inputs of these lengths; its tokens are 100, 101, … */
function task(lengths: readonly number[], fields: Partial<EmbeddingTask> = {}): EmbeddingTask {
  const inputs = lengths.map((n) => ({ tokens: Array.from({ length: n }, (_, i) => 100 + i), images: [] }))
  return { kind: 'embed', taskId: ++lastTaskId, inputs, adapterScales: [], ...fields }
}

function image(fields: Partial<TaskImage> & Pick<TaskImage, 'start' | 'nTokens'>): TaskImage {
  const { nTokens } = fields
  return { nPos: nTokens, isNonCausal: false, positions: undefined, embeddings: new Float32Array(nTokens), ...fields }
}

/** Which rows a step has, as `input:rows`, and a star for those with vectors. */
function shown({ parts, wantsVectors }: EmbeddingStep): string {
  const rows = parts.map(({ job, start, nRows }) => `${job.index}:${start}-${start + nRows}`)
  return rows.join(' ') + (wantsVectors ? ' *' : '')
}

/** All steps to the end, with at most `maxRows` rows each. */
function run(of: EmbeddingScheduler, maxRows: number): string[] {
  const steps: string[] = []
  for (let step = of.schedule(maxRows); step !== undefined; step = of.schedule(maxRows)) {
    of.settle(step)
    of.checkInvariants()
    steps.push(shown(step))
  }
  return steps
}

test('of a text whose last token counts, all others are computed first, and no vectors made of them', () => {
  const one = scheduler()
  one.accept(task([20]))
  assert.deepEqual(run(one, 8), ['0:0-8', '0:8-16', '0:16-19', '0:19-20 *'])
})

test('of a text whose first token counts, the others are not computed', () => {
  const one = scheduler({ rows: 'first' })
  one.accept(task([20, 3]))
  assert.deepEqual(run(one, 8), ['0:0-1 1:0-1 *'])
})

test('where all tokens count, a step has no more than what gives vectors', () => {
  const one = scheduler({ rows: 'all', maxVectors: 6 })
  one.accept(task([10, 4]))
  assert.deepEqual(run(one, 50), ['1:0-4 0:0-2 *', '0:2-8 *', '0:8-10 *'])
})

test('many texts share the steps', () => {
  const one = scheduler()
  one.accept(task([3, 4, 5]))
  assert.deepEqual(run(one, 50), ['0:0-2 1:0-3 2:0-4', '0:2-3 1:3-4 2:4-5 *'])
})

test('texts that are computed whole share a step as far as they fit, and one that is larger has its own', () => {
  const one = scheduler({ rows: 'whole', maxVectors: 512 })
  one.accept(task([5, 30, 5, 9]))
  assert.deepEqual(run(one, 20), ['0:0-5 2:0-5 3:0-9 *', '1:0-30 *'])
})

test('tasks take turns: one text does not wait for the hundred of another', () => {
  const one = scheduler()
  const many = task(Array(100).fill(2))
  const lone = task([2])
  one.accept(many)
  one.accept(lone)
  const step = one.schedule(50)!
  assert.deepEqual(
    step.parts.map(({ job }) => job.taskId),
    [many.taskId, lone.taskId, many.taskId, many.taskId],
  )
})

test('a text waits until the cells that it needs are free, and the next one does not overtake it', () => {
  const one = scheduler({ nCells: 30 })
  one.accept(task([20]))
  one.accept(task([20]))
  one.accept(task([2]))
  assert.deepEqual(run(one, 50), ['0:0-19', '0:19-20 *', '0:0-1 0:0-19', '0:19-20 0:1-2 *'])
})

test('short texts go before a long one, but it has its turn', () => {
  const one = scheduler({ nCells: 10_000 })
  const long = task([1000])
  one.accept(long)
  let longRows = 0
  for (let i = 0; i < 40; i++) {
    one.accept(task([9]))
    const step = one.schedule(8)!
    one.settle(step)
    for (const { job, nRows } of step.parts) if (job.taskId === long.taskId) longRows += nRows
  }
  assert.ok(longRows > 0)
})

test('texts with other adapters have steps of their own', () => {
  const one = scheduler()
  one.accept(task([3], { adapterScales: [1] }))
  one.accept(task([3], { adapterScales: [0] }))
  assert.deepEqual(run(one, 50), ['0:0-2', '0:2-3 *', '0:0-2', '0:2-3 *'])
})

test('a task that is cancelled gives its sequences back, and the others go on', () => {
  const one = scheduler()
  const gone = task([20, 20, 20])
  const stays = task([3])
  one.accept(gone)
  one.accept(stays)
  one.settle(one.schedule(4)!)
  assert.equal(one.cancel(gone.taskId).length, 3)
  one.checkInvariants()
  assert.deepEqual(one.cancel(gone.taskId), [])
  run(one, 50)
  assert.ok(one.isIdle)
})

test('the rows of an image are alone in a step, at the places that M-RoPE gives them', () => {
  const one = scheduler()
  const picture = image({ start: 2, nTokens: 6, nPos: 3 })
  const tokens = [1, 2, -1, -2, -3, -4, -5, -6, 3, 4]
  one.accept(task([], { inputs: [{ tokens, images: [picture] }] }))
  const steps: EmbeddingStep[] = []
  for (let step = one.schedule(50); step !== undefined; step = one.schedule(50)) {
    one.settle(step)
    steps.push(step)
  }
  assert.deepEqual(steps.map(shown), ['0:0-2', '0:2-8', '0:8-9', '0:9-10 *'])
  assert.equal(steps[1]!.imageRows?.pos, 2)
  assert.deepEqual(
    steps.slice(2).map(({ rows }) => rows[0]!.pos),
    [5, 6],
  )
})

test('an image whose rows see each other is never cut, not even for its last row', () => {
  const one = scheduler({ maxVectors: 2 })
  const picture = image({ start: 1, nTokens: 6, isNonCausal: true })
  one.accept(task([], { inputs: [{ tokens: [1, -1, -2, -3, -4, -5, -6], images: [picture] }] }))
  assert.deepEqual(run(one, 4), ['0:0-1', '0:1-7 *'])
})

/** A context that only counts: which tokens stand in each sequence. */
class Cells {
  readonly of = new Map<number, number[]>()

  decode({ rows, wantsVectors, parts }: EmbeddingStep): void {
    assert.ok(rows.length > 0)
    for (const { token, pos, seqId, wantsLogits } of rows) {
      const cells = this.of.get(seqId) ?? []
      assert.equal(pos, cells.length, `sequence ${seqId} goes on at ${cells.length}`)
      assert.equal(wantsLogits, wantsVectors)
      this.of.set(seqId, [...cells, token])
    }
    assert.equal(
      rows.length,
      parts.reduce((sum, { nRows }) => sum + nRows, 0),
    )
  }

  get nUsed(): number {
    return [...this.of.values()].reduce((sum, cells) => sum + cells.length, 0)
  }
}

for (const rows of ['first', 'last', 'all', 'whole'] satisfies RowsThatCount[]) {
  test(`any tasks in any order: each text is computed in its order, and gives its vectors once (${rows}, random)`, () => {
    const seed = Date.now() % 1_000_000
    console.log(`seed ${seed}`)
    const random = seededRandom(seed)
    const upTo = (n: number) => 1 + Math.floor(random() * n)
    const options = { rows, nSequences: upTo(6), nCells: 60, maxVectors: rows === 'whole' ? 60 : upTo(10) }
    const one = scheduler(options)
    const cells = new Cells()
    const open = new Map<number, EmbeddingTask>()
    const done = new Map<string, number[]>()
    for (let i = 0; i < 2000 || !one.isIdle; i++) {
      assert.ok(i < 60_000, 'all that was asked is done') // some 30,000 tokens, perhaps one a step
      if (i < 2000 && random() < 0.2) {
        const made = task(
          Array.from({ length: upTo(5) }, () => upTo(50)),
          { adapterScales: [upTo(2)] },
        )
        open.set(made.taskId, made)
        one.accept(made)
      }
      if (i < 2000 && random() < 0.05 && open.size > 0) {
        const taskId = [...open.keys()][Math.floor(random() * open.size)]!
        for (const seqId of one.cancel(taskId)) cells.of.delete(seqId)
        open.delete(taskId)
      }
      const maxRows = upTo(20)
      const step = one.schedule(maxRows)
      if (step === undefined) continue
      if (rows !== 'whole') assert.ok(step.rows.length <= maxRows)
      if (step.wantsVectors && rows !== 'whole') assert.ok(step.rows.length <= options.maxVectors)
      assert.equal(new Set(step.parts.map(({ job }) => job.adapters)).size, 1)
      cells.decode(step)
      assert.ok(cells.nUsed <= options.nCells)
      for (const { job, start, nRows } of step.parts) {
        if (!step.wantsVectors) continue
        const key = `${job.taskId} ${job.index}`
        done.set(key, [...(done.get(key) ?? []), ...Array.from({ length: nRows }, (_, row) => start + row)])
      }
      for (const job of one.settle(step)) cells.of.delete(job.seqId)
      one.checkInvariants()
    }
    for (const { taskId, inputs } of open.values()) {
      for (const [index, { tokens }] of inputs.entries()) {
        const n = tokens.length
        const all = Array.from({ length: n }, (_, row) => row)
        const expected = { first: [0], last: [n - 1], all, whole: all }[rows]
        assert.deepEqual(done.get(`${taskId} ${index}`), expected)
      }
    }
  })
}
