// The whole life of a token, in order: schedule → decode → sample → settle. Synchronous except for
// one turn of the event loop.
import type { FromEngine, GenerationEvent, TaskEvent } from '../protocol/event.ts'
import type { StepWork } from '../protocol/report.ts'
import type { ToEngine } from '../protocol/task.ts'
import { admit } from './admit.ts'
import type { KvCache } from './cache/kv-cache.ts'
import type { Control } from './control.ts'
import type { Embedder } from './embedding/embedder.ts'
import type { Sequence } from './generation/sequence.ts'
import { finish, settleToken } from './generation/settle.ts'
import type { Choosing } from './generation/token-sampler.ts'
import type { Inbox } from './inbox.ts'
import { failure } from './report/failure.ts'
import { Progress } from './report/progress.ts'
import { SlotWatch } from './report/slot-watch.ts'
import { stepError, workOf } from './report/step-report.ts'
import type { StepRunner } from './runner/step-runner.ts'
import type { Scheduler } from './scheduler/scheduler.ts'
import type { Step, StepOutput } from './scheduler/step.ts'
import { WorkTurns } from './scheduler/work-turns.ts'

export type LoopParts = {
  readonly inbox: Inbox
  readonly cache: KvCache
  readonly scheduler: Scheduler
  readonly runner: StepRunner
  readonly control: Control
  /** Undefined when no texts are embedded. */
  readonly embedder: Pick<Embedder, 'isIdle' | 'accept' | 'cancel' | 'run' | 'measureDecode'> | undefined
  readonly send: (message: FromEngine) => void
  /** In milliseconds. */
  readonly now: () => number
}

export class Loop {
  readonly #parts: LoopParts
  readonly #turns = new WorkTurns()
  readonly #progress = new Progress()
  readonly #slotWatch = new SlotWatch()
  /** Rows whose tokens are being chosen, and the continuation of each choice. */
  readonly #unfinished = new Map<StepOutput, () => Choosing>()
  /**
   * Nothing could be done in the last turn: without a message, nothing can be done in the next one.
   */
  #isStalled = true
  #events: TaskEvent[] = []
  #work: StepWork | null = null

  constructor(parts: LoopParts) {
    this.#parts = parts
  }

  async run(): Promise<void> {
    const { inbox } = this.#parts
    while (!inbox.isClosed) {
      if (this.#isStalled) this.#checkInvariants()
      for (const message of await inbox.drain(this.#isStalled)) this.receive(message)
      this.turn()
    }
  }

  /** Nothing runs and nothing waits. */
  get isIdle(): boolean {
    const { scheduler, control, embedder } = this.#parts
    return scheduler.isIdle && control.isIdle && embedder?.isIdle !== false
  }

  /** Takes a message. Nothing is computed yet. */
  receive(message: ToEngine): void {
    const { inbox, control, embedder, scheduler } = this.#parts
    if (message.kind === 'generate') this.#admit(message, () => this.#accept(admit(message, this.#parts.runner)))
    else if (message.kind === 'embed') this.#admit(message, () => this.#push(embedder?.accept(message) ?? []))
    else if (message.kind === 'control') control.accept(message)
    else if (message.kind === 'cancel') this.#cancel(message.taskId)
    else if (message.kind === 'pause') scheduler.find(message.taskId)?.hold('reader', true)
    else if (message.kind === 'resume') scheduler.find(message.taskId)?.hold('reader', false)
    else if (message.kind === 'stop') inbox.close()
  }

  /** Carries out the orders that it can, computes one step, and sends the results. */
  turn(): void {
    const { control, scheduler, embedder } = this.#parts
    this.#isStalled = !control.run()
    this.#endOverstayed()
    this.#chooseOn()
    const work = { ...scheduler.work, embeds: embedder?.isIdle === false }
    const turn = this.#turns.next(work)
    if (turn === 'embed') this.#embed(work.decodes)
    else this.#generate(turn === 'any')
    this.#flush()
  }

  /** A failure before a task is registered anywhere concerns only that task. */
  #admit({ taskId }: { readonly taskId: number }, accept: () => void): void {
    try {
      accept()
    } catch (error) {
      this.#refuse(taskId, error)
    }
  }

  #accept(sequence: Sequence): void {
    const { runner, scheduler } = this.#parts
    const preparing = runner.prepare(sequence)
    scheduler.accept(sequence)
    if (preparing === undefined) return
    sequence.hold('sampler', true)
    void this.#awaitSampler(sequence, preparing)
  }

  async #awaitSampler(sequence: Sequence, preparing: Promise<boolean>): Promise<void> {
    const { taskId } = sequence.task
    try {
      if (await preparing) sequence.hold('sampler', false)
    } catch (error) {
      this.#cancel(taskId)
      this.#refuse(taskId, error)
    }
    this.#parts.inbox.wake()
  }

  #cancel(taskId: number): void {
    const { control, embedder, scheduler, runner, now } = this.#parts
    control.cancel(taskId)
    embedder?.cancel(taskId)
    const sequence = scheduler.cancel(taskId, now())
    if (sequence !== undefined) runner.end(sequence)
  }

  /**
   * Continues the choice of tokens that take long, one at a time: a step of the other sequences
   * comes after each part.
   */
  #chooseOn(): void {
    const [next] = this.#unfinished
    if (next === undefined) return
    const [output, goOn] = next
    this.#unfinished.delete(output)
    this.#isStalled = false
    // cancelled in the meantime
    if (this.#parts.scheduler.find(output.sequence.task.taskId) !== output.sequence) return
    output.sequence.hold('token', false)
    this.#choose(output, goOn)
  }

  /** Ends endless generations to make room for waiting ones. */
  #endOverstayed(): void {
    for (const { id, sequence } of this.#parts.scheduler.overstayed) {
      if (sequence !== undefined) this.#end(sequence, id, finish(sequence, id, 'limit'))
    }
  }

  #embed(someoneWaits: boolean): void {
    const { events, work } = this.#parts.embedder!.run(someoneWaits)
    this.#push(events)
    this.#work = work
    this.#isStalled = false
    this.#turns.did('embed')
  }

  #generate(mayPrefill: boolean): void {
    const { scheduler, runner, embedder, now } = this.#parts
    const step = scheduler.schedule(now(), mayPrefill)
    if (step !== undefined) this.#isStalled = false
    this.#push(this.#progress.beforeStep(scheduler.waiting, scheduler.slots, now()))
    this.#flush() // report who begins and who waits before the slow line
    if (step !== undefined && runner.apply(step.moves)) this.#compute(step)
    this.#turns.did(step?.kind)
    if (step?.kind === 'decode') embedder?.measureDecode(now() - step.startedAtMs)
  }

  #compute(step: Step): void {
    const { scheduler, runner, now } = this.#parts
    const startedAt = now()
    const code = runner.compute(step)
    if (code !== 0) {
      this.#fail(step, code)
      return
    }
    const computedAt = now()
    this.#work = workOf(step, scheduler.slots, computedAt - startedAt)
    scheduler.settle(step, computedAt)
    this.#push(this.#progress.afterStep(step.parts, computedAt))
    this.#judge(step)
    const isServed = ({ slotId, sequence }: StepOutput) => scheduler.slots[slotId]!.sequence === sequence
    for (const output of step.retakes) if (isServed(output)) this.#retake(output)
    for (const output of step.outputs) if (isServed(output)) this.#choose(output, () => runner.sample(output))
    for (const { sequence, slotId } of step.parts) {
      const isComputed = !sequence.wantsToken && sequence.nPending === 0
      if (isComputed || sequence.isPromptLate(computedAt))
        this.#end(sequence, slotId, finish(sequence, slotId, 'limit'))
    }
  }

  /** Sends what the step says of the prompts whose probabilities are asked for. */
  #judge({ parts, promptRows }: Step): void {
    if (promptRows.length === 0) return
    for (const { sequence, slotId } of parts) {
      const rows = promptRows.filter((row) => row.sequence === sequence)
      const probs = rows.map((row) => this.#parts.runner.judge(row))
      if (probs.length > 0) this.#events.push({ kind: 'prompt', taskId: sequence.task.taskId, slotId, probs })
    }
  }

  #choose(output: StepOutput, choose: () => Choosing): void {
    const { runner, now } = this.#parts
    const { sequence, slotId } = output
    try {
      const next = choose()
      if (typeof next === 'function') {
        sequence.hold('token', true)
        this.#unfinished.set(output, next)
        return
      }
      const event = settleToken(sequence, slotId, next, runner.nCtx, now())
      if (event?.kind === 'finish') this.#end(sequence, slotId, event)
      else if (event !== undefined) this.#events.push(event)
    } catch (error) {
      this.#refuse(sequence.task.taskId, error)
      this.#leave(sequence, slotId)
    }
  }

  #retake(output: StepOutput): void {
    const { sequence, slotId } = output
    try {
      this.#parts.runner.retake(output)
    } catch (error) {
      this.#refuse(sequence.task.taskId, error)
      this.#leave(sequence, slotId)
    }
  }

  /**
   * Handles a failed step: none of its rows has its cell, and the state of the cells is uncertain,
   * so its sequences end and their streams are emptied.
   */
  #fail(step: Step, code: number): void {
    const { runner, cache } = this.#parts
    for (const { sequence, slotId } of step.parts) {
      runner.apply(cache.forget(slotId))
      this.#end(sequence, slotId, { kind: 'error', taskId: sequence.task.taskId, error: stepError(code) })
    }
  }

  #end(sequence: Sequence, slotId: number, event: GenerationEvent): void {
    this.#events.push(event)
    this.#leave(sequence, slotId)
  }

  #leave(sequence: Sequence, slotId: number): void {
    this.#parts.scheduler.finish(slotId, this.#parts.now())
    this.#parts.runner.end(sequence)
  }

  /** @param error the reason why the task cannot be served. */
  #refuse(taskId: number, error: unknown): void {
    this.#events.push(failure(taskId, error, this.#parts.send))
  }

  #push(events: readonly TaskEvent[]): void {
    for (const event of events) this.#events.push(event)
  }

  #flush(): void {
    const { scheduler, send } = this.#parts
    const events = this.#events
    const work = this.#work
    const slots = this.#slotWatch.changes(scheduler.slots)
    if (events.length > 0 || slots.length > 0 || work !== null) send({ kind: 'step', events, slots, work })
    this.#events = []
    this.#work = null
  }

  #checkInvariants(): void {
    this.#parts.scheduler.checkInvariants()
    this.#parts.cache.checkInvariants()
  }
}
