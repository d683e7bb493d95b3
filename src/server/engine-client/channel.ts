// Task ids ↔ streams of events: sends tasks down the pipe, and passes each event to the reader of
// its task. Streams outlive an engine.
import type { ErrorRecord } from '../../base/errors.ts'
import type { TaskEvent } from '../../protocol/event.ts'
import type { ToEngine } from '../../protocol/task.ts'
import { EventStream } from './event-stream.ts'
import { Journal } from './journal.ts'
import { type ChannelTask, Lanes } from './lanes.ts'

export type { ChannelTask } from './lanes.ts'

/** Called as tasks come and go. */
export type ChannelWatch = {
  readonly opened: (task: ChannelTask) => void
  /** @param isOver false: its reader left before the last event. */
  readonly closed: (task: ChannelTask, isOver: boolean) => void
  /** It ends with an error that no engine reported. */
  readonly failed: (task: ChannelTask) => void
  /** All generations without a slot, here and in the engine. */
  readonly nWaiting: () => number
}

type OpenTask = {
  readonly task: ChannelTask
  readonly stream: EventStream<TaskEvent>
  readonly isLast: (event: TaskEvent) => boolean
  readonly detach: () => void
  readonly journal: Journal
}

/**
 * The approximate amount that an unread stream holds before its task is paused: tokens, or
 * candidates of tokens.
 */
const maxUnread = 4096

/** A task that was running at so many deaths of an engine may be their cause. */
const maxDeaths = 2

export class Channel {
  readonly #send: (message: ToEngine) => void
  readonly #watch: ChannelWatch
  readonly #open = new Map<number, OpenTask>()
  readonly #lanes = new Lanes()
  #reportIsDue = false
  /** There is no engine: tasks wait for the next one. */
  #isSuspended = false

  constructor(send: (message: ToEngine) => void, watch: ChannelWatch) {
    this.#send = send
    this.#watch = watch
  }

  /** The engine's number of slots, once it is known. */
  set nSlots(nSlots: number) {
    this.#lanes.nSlots = nSlots
  }

  /**
   * Sends a task, now or after those ahead of it.
   * @param isLast asked once for each event, in order.
   * @param signal aborted when the client goes away: the stream ends.
   * @returns its events, to be read to the end or abandoned: leaving early cancels the task.
   */
  open(task: ChannelTask, isLast: (event: TaskEvent) => boolean, signal: AbortSignal): EventStream<TaskEvent> {
    const { taskId } = task
    const leave = () => this.#leave(taskId)
    const stream = new EventStream<TaskEvent>({
      maxUnread,
      weigh,
      onFull: () => this.#send({ kind: 'pause', taskId }),
      onDrained: () => {
        if (this.#open.has(taskId)) this.#send({ kind: 'resume', taskId })
      },
      onLeave: leave,
    })
    signal.addEventListener('abort', leave)
    const detach = () => signal.removeEventListener('abort', leave)
    this.#open.set(taskId, { task, stream, isLast, detach, journal: new Journal() })
    this.#watch.opened(task)
    if (this.#isSuspended) return stream
    if (this.#lanes.admit(task)) this.#send(task)
    else this.#queueChanged()
    return stream
  }

  deliver(events: readonly TaskEvent[]): void {
    for (const event of events) {
      const open = this.#open.get(event.taskId)
      if (open === undefined) continue // its reader has left
      open.journal.note(event)
      open.stream.push(event.kind === 'queued' ? { ...event, nWaiting: this.#watch.nWaiting() } : event)
      if (open.isLast(event)) this.#end(open)
    }
  }

  /**
   * The engine is gone, and another one comes: tasks wait for it. Those that were running at two
   * deaths end with an error.
   * @param isRunning whether the engine was at work on a task.
   */
  suspend(isRunning: (taskId: number) => boolean): void {
    this.#isSuspended = true
    const known = [...this.#open.values()].filter(({ task }) => this.#lanes.isInEngine(task))
    this.#lanes.clear()
    const running = known.filter(({ task }) => isRunning(task.taskId))
    // with none at work, one of those that the engine had received may have ended it
    for (const open of running.length > 0 ? running : known) {
      if (++open.journal.nDeaths < maxDeaths) continue
      this.#failOne(open, { kind: 'server', message: poisonous })
    }
  }

  /** There is an engine again: it goes on with what was running, and gets the tasks that wait. */
  resume(): void {
    if (!this.#isSuspended) return
    this.#isSuspended = false
    const wasRunning = ({ journal }: OpenTask) => journal.nDeaths > 0
    const open = [...this.#open.values()]
    for (const { task, stream, journal } of [...open.filter(wasRunning), ...open.filter((one) => !wasRunning(one))]) {
      const resumed = journal.resumed(task)
      if (!this.#lanes.admit(resumed)) continue
      this.#send(resumed)
      if (stream.isFull) this.#send({ kind: 'pause', taskId: task.taskId })
    }
    this.#queueChanged()
  }

  /** No engine comes any more: every task ends with an error. */
  fail(error: ErrorRecord): void {
    this.#lanes.clear() // none of the waiting tasks takes the place of another
    for (const open of [...this.#open.values()]) this.#failOne(open, error)
  }

  #failOne(open: OpenTask, error: ErrorRecord): void {
    open.stream.push({ kind: 'error', taskId: open.task.taskId, error })
    this.#watch.failed(open.task)
    this.#end(open)
  }

  #end(open: OpenTask): void {
    this.#close(open, true)
    open.stream.end()
  }

  #leave(taskId: number): void {
    const open = this.#open.get(taskId)
    if (open === undefined) return
    this.#close(open, false)
    void open.stream.return()
  }

  /**
   * Forgets a task that waits here, and cancels one that the engine has before the next task takes
   * its place.
   */
  #close({ task, detach }: OpenTask, isOver: boolean): void {
    this.#open.delete(task.taskId)
    detach()
    this.#watch.closed(task, isOver)
    const { wasInEngine, next } = this.#lanes.ended(task)
    if (wasInEngine && !isOver) this.#send({ kind: 'cancel', taskId: task.taskId })
    if (next !== undefined) this.#send(next)
    if (this.#lanes.nWaiting > 0) this.#queueChanged()
  }

  /** Many clients may leave at once: the change is reported once, after all of them. */
  #queueChanged(): void {
    if (this.#reportIsDue) return
    this.#reportIsDue = true
    setImmediate(() => this.#reportQueue())
  }

  /** Reports their places to tasks that wait here; the engine reports to its own. */
  #reportQueue(): void {
    this.#reportIsDue = false
    const { waiting } = this.#lanes
    if (!waiting.some(({ wantsProgress }) => wantsProgress)) return
    const nWaiting = this.#watch.nWaiting()
    const nAhead = nWaiting - waiting.length
    for (const [i, { taskId, wantsProgress }] of waiting.entries()) {
      if (!wantsProgress) continue
      this.#open.get(taskId)?.stream.push({ kind: 'queued', taskId, position: nAhead + i + 1, nWaiting })
    }
  }
}

const poisonous = 'The engine ended twice while this request was running; it is not tried again'

function weigh(event: TaskEvent): number {
  if (event.kind !== 'text') return 1
  const [first] = event.probs
  return first === undefined ? 1 : event.probs.length * (1 + first.probs.length + first.topLogprobs.length)
}
