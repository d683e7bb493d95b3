// The engine's loop with a fake context, a clock that is set by hand, and tokens made from what the cells hold:
// a wrong cell anywhere becomes another text. After each step the scheduler, its slots and the context are compared.
import assert from 'node:assert/strict'
import { Sequence, truncatePrompt } from '../../src/engine/generation/sequence.ts'
import { finish, settleToken } from '../../src/engine/generation/settle.ts'
import { Scheduler, type SchedulerOptions } from '../../src/engine/scheduler/scheduler.ts'
import type { Step } from '../../src/engine/scheduler/step.ts'
import type { GenerationEvent } from '../../src/protocol/event.ts'
import type { GenerationTask } from '../../src/protocol/task.ts'
import { FakeContext, type FakeContextOptions } from './fake-context.ts'
import { task } from './tasks.ts'

export const defaults = {
  nSlots: 2,
  nCtx: 4096,
  nBatch: 512,
  contBatching: true,
  tokenGapMs: 350,
  slotPromptSimilarity: 0.1,
  canCut: true,
  canShift: true,
  groupAttention: { factor: 1, width: 1 },
} as const satisfies SchedulerOptions

export type FakeEngineOptions = Partial<SchedulerOptions> & Pick<FakeContextOptions, 'refusesCut'>

/** What `run` and the twin of the random tests agree on. */
export type NextToken = (cells: readonly number[]) => { token: number; isEnd: boolean }

const neverEnds: NextToken = (cells) => ({ token: 1_000_000 + cells.length, isEnd: false })

export class FakeEngine {
  readonly options: SchedulerOptions
  readonly scheduler: Scheduler
  readonly context: FakeContext
  readonly events: GenerationEvent[] = []
  nowMs = 1
  /** What a step costs; as it is, so much that pieces stay at 64 tokens. */
  msOf: (step: Step) => number = (step) => (step.kind === 'prefill' ? 100 * step.rows.length : 1)
  next: NextToken = neverEnds
  /** How many rows were computed in all. */
  nRows = 0

  constructor(options: FakeEngineOptions = {}) {
    const { refusesCut, ...rest } = options
    this.options = { ...defaults, ...rest }
    this.scheduler = new Scheduler(this.options)
    const isGrouped = this.options.groupAttention.factor > 1
    this.context = new FakeContext({ ...this.options, isGrouped, ...(refusesCut && { refusesCut }) })
  }

  /** Accepts a task. @returns its id. */
  add(fields: Partial<GenerationTask>): number {
    const made = task(fields)
    const { tokens, isTruncated } = truncatePrompt(made.prompt, this.options.nCtx, made.nKeep)
    this.scheduler.accept(new Sequence(made, tokens, isTruncated))
    return made.taskId
  }

  /** One turn of the loop. @returns the step that was computed; undefined when nothing could run. */
  step(): Step | undefined {
    const step = this.plan()
    if (step !== undefined) this.compute(step)
    return step
  }

  steps(n: number): Step[] {
    return Array.from({ length: n }, () => this.step()!)
  }

  /** Runs until nothing is left to do. */
  finishAll(limit = 10_000): Step[] {
    const steps: Step[] = []
    while (!this.scheduler.isIdle) {
      steps.push(this.step()!)
      assert.ok(steps.length < limit, `not idle after ${limit} steps`)
    }
    return steps
  }

  /** The next step, its moves applied: planned anew while the memory refuses a cut. */
  plan(): Step | undefined {
    while (true) {
      const step = this.scheduler.schedule(this.nowMs)
      this.scheduler.checkInvariants()
      if (step === undefined) return undefined
      let allDone = true
      for (const move of step.moves) {
        if (this.context.apply(move)) continue
        this.context.apply({ kind: 'remove', slotId: move.slotId, start: 0, end: -1 })
        this.scheduler.forget(move.slotId)
        allDone = false
      }
      if (allDone) return step
    }
  }

  compute(step: Step): void {
    this.context.decode(step.rows)
    this.nRows += step.rows.length
    this.nowMs += this.msOf(step)
    this.scheduler.settle(step, this.nowMs)
    for (const { sequence, slotId, row } of step.outputs) {
      assert.equal(step.rows[row]?.seqId, slotId, 'an output names a row of its slot')
      const { token, isEnd } = this.next(this.context.tokens(slotId))
      const piece = Buffer.from(`${token} `)
      const event = settleToken(
        sequence,
        slotId,
        { token, piece, isEndOfGeneration: isEnd, probs: undefined },
        this.options.nCtx,
        this.nowMs,
      )
      this.#tell(event, slotId)
    }
    for (const { sequence, slotId } of step.parts) {
      if (!sequence.wantsToken && sequence.nPending === 0) this.#tell(finish(sequence, slotId, 'limit'), slotId)
    }
    this.#checkCells()
    this.scheduler.checkInvariants()
  }

  cancel(taskId: number): Sequence | undefined {
    const sequence = this.scheduler.cancel(taskId, this.nowMs)
    this.#checkCells()
    this.scheduler.checkInvariants()
    return sequence
  }

  /** The task a slot works for. */
  taskIn(slotId: number): number | undefined {
    return this.scheduler.slots[slotId]!.sequence?.task.taskId
  }

  /** The slot that works for a task. */
  slotOf(taskId: number): number | undefined {
    return this.scheduler.slots.find(({ sequence }) => sequence?.task.taskId === taskId)?.id
  }

  finishOf(taskId: number): Extract<GenerationEvent, { kind: 'finish' }> {
    const all = this.events.filter((event) => event.taskId === taskId)
    const ends = all.filter((event) => event.kind === 'finish')
    assert.equal(ends.length, 1, `task ${taskId} has one finish event`)
    assert.equal(all.at(-1), ends[0], `the finish event of task ${taskId} is its last one`)
    return ends[0]!
  }

  #tell(event: GenerationEvent | undefined, slotId: number): void {
    if (event === undefined) return
    this.events.push(event)
    if (event.kind === 'finish') this.scheduler.finish(slotId, this.nowMs)
  }

  #checkCells(): void {
    for (const slot of this.scheduler.slots) {
      const { id, cells, nCells } = slot
      assert.equal(nCells, cells.length)
      const tokens = this.context.tokens(id)
      const isSame = tokens.length === nCells && tokens.every((token, pos) => token === cells[pos])
      if (!isSame) assert.deepEqual(tokens, [...cells], `cells of slot ${id}`)
    }
  }
}

/** A step in a line: `p 0:64 1:3` is a prefill with 64 tokens of slot 0 and 3 of slot 1. */
export function lineOf(step: Step | undefined): string {
  if (step === undefined) return '-'
  return [step.kind[0], ...step.parts.map(({ slotId, nRows }) => `${slotId}:${nRows}`)].join(' ')
}
