// The engine's own loop on a fake context, with a manual clock, and tokens derived from the
// contents of the cells: a wrong cell anywhere changes the text. After each turn scheduler, cache
// and context are compared.
import assert from 'node:assert/strict'
import { KvCache, type KvCacheOptions } from '../../src/engine/cache/kv-cache.ts'
import type { StreamHolder } from '../../src/engine/cache/kv-stream.ts'
import { Control } from '../../src/engine/control.ts'
import type { Sequence } from '../../src/engine/generation/sequence.ts'
import type { MakeSampler } from '../../src/engine/generation/token-sampler.ts'
import { Inbox } from '../../src/engine/inbox.ts'
import { Loop, type LoopParts } from '../../src/engine/loop.ts'
import { StepRunner } from '../../src/engine/runner/step-runner.ts'
import { Scheduler, type SchedulerOptions } from '../../src/engine/scheduler/scheduler.ts'
import type { Step } from '../../src/engine/scheduler/step.ts'
import { slotOrders } from '../../src/engine/slot-orders.ts'
import type { FromEngine, GenerationEvent, PromptTokenProbs, StepMessage, TaskEvent } from '../../src/protocol/event.ts'
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
  isPool: false,
  nSwa: 0,
  groupAttention: { factor: 1, width: 1 },
} as const satisfies FakeOptions

type FakeOptions = SchedulerOptions & Omit<KvCacheOptions, 'nStreams'> & { readonly nSlots: number }

export type FakeEngineOptions = Partial<FakeOptions> &
  Pick<FakeContextOptions, 'refusesCut' | 'nPool'> & { readonly embedder?: LoopParts['embedder'] }

/** The token that follows the cells of a stream; the twin of the random tests uses it, too. */
export type NextToken = (cells: readonly number[]) => { token: number; isEnd: boolean }

const neverEnds: NextToken = (cells) => ({ token: 1_000_000 + cells.length, isEnd: false })

/** Lets a test see the planned steps. */
class WatchedScheduler extends Scheduler {
  planned: Step | undefined

  override schedule(nowMs: number, mayPrefill?: boolean): Step | undefined {
    this.planned = super.schedule(nowMs, mayPrefill)
    return this.planned
  }
}

/** Gives each token of a prompt a probability that a test can recognize. */
function judge(_row: number, token: number): PromptTokenProbs {
  return { token, bytes: [], logprob: -token, rank: token, topLogprobs: [] }
}

export class FakeEngine {
  readonly options: FakeOptions
  readonly scheduler: WatchedScheduler
  readonly cache: KvCache
  readonly context: FakeContext
  readonly runner: StepRunner
  readonly inbox = new Inbox()
  readonly loop: Loop
  readonly messages: FromEngine[] = []
  readonly events: TaskEvent[] = []
  nowMs = 1
  /** The duration of a step; by default so long that pieces stay at 64 tokens. */
  msOf: (step: Step) => number = (step) => (step.kind === 'prefill' ? 100 * step.rows.length : 1)
  next: NextToken = neverEnds
  makeSampler: MakeSampler = () => ({
    sample: (row) => this.#sample(row),
    judge,
    draws: this.draws,
    retake: (token, row) => this.#retake(token, row),
    free: () => {},
  })
  /**
   * Whether tokens of an earlier engine are taken with the rows from which they were drawn: those
   * are compared then.
   */
  draws = false
  /**
   * Called with each step before its rows are computed. @returns the code to fail with; nothing:
   * the rows are computed.
   */
  beforeCompute: (step: Step) => number | undefined = () => undefined
  /** The number of rows computed in total. */
  nRows = 0
  #computed: Step | undefined

  constructor(options: FakeEngineOptions = {}) {
    const { refusesCut, nPool, embedder, ...rest } = options
    this.options = { ...defaults, ...rest }
    const isGrouped = this.options.groupAttention.factor > 1
    this.context = new FakeContext({
      ...this.options,
      isGrouped,
      ...(refusesCut && { refusesCut }),
      ...(nPool !== undefined && { nPool }),
    })
    this.context.kindOf = (streamId) => kindOf(this.cache.stream(streamId).holder!)
    this.context.beforeDecode = () => this.beforeCompute(this.scheduler.planned!) ?? 0
    this.context.afterDecode = () => this.#computedStep(this.scheduler.planned!)
    this.cache = new KvCache({ ...this.options, nStreams: this.options.nSlots })
    this.scheduler = new WatchedScheduler(this.options, this.cache)
    this.runner = new StepRunner(this.context, this.cache, (made) => this.makeSampler(made))
    const send = (message: FromEngine) => this.#receive(message)
    const control = new Control(
      slotOrders(this.cache, this.runner, undefined),
      (event) => send({ kind: 'control', event }),
      () => this.inbox.wake(),
    )
    const { inbox, cache, scheduler, runner } = this
    this.loop = new Loop({ inbox, cache, scheduler, runner, control, embedder, send, now: () => this.nowMs })
  }

  /** Accepts a task. @returns its id. */
  add(fields: Partial<GenerationTask>): number {
    const made = task(fields)
    this.loop.receive(made)
    return made.taskId
  }

  /**
   * Turns of the loop until a step is computed. @returns that step; undefined when nothing could
   * run.
   */
  step(): Step | undefined {
    do {
      this.turn()
      if (this.#computed !== undefined) return this.#computed
    } while (this.scheduler.planned !== undefined)
    return undefined
  }

  steps(n: number): Step[] {
    return Array.from({ length: n }, () => this.step()!)
  }

  /** One turn of the loop. */
  turn(): void {
    this.#computed = undefined
    this.scheduler.planned = undefined
    this.loop.turn()
    this.check()
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

  /** @returns the sequence, which is gone from queue and slots; undefined when it had ended. */
  cancel(taskId: number): Sequence | undefined {
    const { slots, waiting } = this.scheduler
    const all = [...waiting, ...slots.flatMap(({ sequence }) => sequence ?? [])]
    this.loop.receive({ kind: 'cancel', taskId })
    this.check()
    return all.find((sequence) => sequence.task.taskId === taskId)
  }

  /** Empties a stream as the memory may do it; the record is updated. */
  forget(streamId: number): void {
    this.runner.apply(this.cache.forget(streamId))
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

  /** The text of a task so far. */
  textOf(taskId: number): string {
    return this.events.map((event) => (event.taskId === taskId && 'text' in event ? event.text : '')).join('')
  }

  check(): void {
    this.scheduler.checkInvariants()
    this.cache.checkInvariants()
    for (const { id, cells, nCells, nPlain, adapters, holder } of this.cache.streams) {
      assert.equal(nCells, cells.length)
      const tokens = this.context.tokens(id)
      const isSame = tokens.length === nCells && tokens.every((token, pos) => token === cells[pos])
      if (!isSame) assert.deepEqual(tokens, [...cells], `cells of stream ${id}`)
      this.context.checkHistory(id, Math.min(nCells, nPlain), adapters)
      if (holder === undefined) continue
      const kinds = this.context.kinds(id)
      const isForeign = (kind: string, i: number) => i >= holder.nShared && kind !== kindOf(holder)
      assert.ok(!kinds.some(isForeign), `stream ${id} has cells of another scope: ${kinds.findIndex(isForeign)}`)
    }
  }

  #receive(message: FromEngine): void {
    this.messages.push(message)
    if (message.kind === 'step') this.events.push(...(message satisfies StepMessage).events)
  }

  #computedStep(step: Step): void {
    this.#computed = step
    this.nRows += step.rows.length
    this.nowMs += this.msOf(step)
  }

  #retake(token: number, row: number | undefined): Uint8Array {
    if (row !== undefined) {
      const { seqId, pos } = this.context.rows[row]!
      assert.equal(this.next(this.context.tokens(seqId).slice(0, pos + 1)).token, token)
    }
    return Buffer.from(`${token} `)
  }

  #sample(row: number) {
    const { seqId } = this.context.rows[row]!
    const { token, isEnd } = this.next(this.context.tokens(seqId))
    return { token, piece: Buffer.from(`${token} `), isEndOfGeneration: isEnd, probs: undefined }
  }
}

/** The purpose of a cell: its adapters and its scope. */
function kindOf({ adapters, scope }: StreamHolder): string {
  return JSON.stringify([adapters, scope])
}

/** A step in a line: `p 0:64 1:3` is a prefill with 64 tokens of slot 0 and 3 of slot 1. */
export function lineOf(step: Step | undefined): string {
  if (step === undefined) return '-'
  return [step.kind[0], ...step.parts.map(({ slotId, nRows }) => `${slotId}:${nRows}`)].join(' ')
}
