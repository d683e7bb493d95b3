// Task ids ↔ streams of events: what goes down the pipe for a task, and what comes back for its reader.
import type { ErrorRecord } from '../../base/errors.ts'
import type { EmbeddingTask } from '../../protocol/embedding.ts'
import type { TaskEvent } from '../../protocol/event.ts'
import type { GenerationTask, ToEngine } from '../../protocol/task.ts'
import { EventStream } from './event-stream.ts'

export type ChannelTask = GenerationTask | EmbeddingTask

/** What is told of tasks as they come and go. */
export type ChannelWatch = {
  readonly opened: (task: ChannelTask) => void
  /** @param isOver false: its reader left before the last event. */
  readonly closed: (task: ChannelTask, isOver: boolean) => void
}

type OpenTask = {
  readonly task: ChannelTask
  readonly stream: EventStream<TaskEvent>
  readonly isLast: (event: TaskEvent) => boolean
  readonly detach: () => void
}

/** About how much an unread stream holds: so many tokens, or candidates of tokens. */
const maxUnread = 4096

export class Channel {
  readonly #send: (message: ToEngine) => void
  readonly #watch: ChannelWatch
  readonly #open = new Map<number, OpenTask>()

  constructor(send: (message: ToEngine) => void, watch: ChannelWatch) {
    this.#send = send
    this.#watch = watch
  }

  /**
   * Sends a task.
   * @param isLast asked once for each event, in order.
   * @param signal aborted when the client goes away: the stream ends.
   * @returns its events, to be read to the end or left: leaving it early cancels the task.
   */
  open(task: ChannelTask, isLast: (event: TaskEvent) => boolean, signal: AbortSignal): EventStream<TaskEvent> {
    const { taskId } = task
    const leave = () => this.#leave(taskId)
    const stream = new EventStream<TaskEvent>({
      maxUnread,
      weigh,
      onFull: () => {},
      onDrained: () => {},
      onLeave: leave,
    })
    signal.addEventListener('abort', leave)
    this.#open.set(taskId, { task, stream, isLast, detach: () => signal.removeEventListener('abort', leave) })
    this.#watch.opened(task)
    this.#send(task)
    return stream
  }

  deliver(events: readonly TaskEvent[]): void {
    for (const event of events) {
      const open = this.#open.get(event.taskId)
      if (open === undefined) continue // its reader has left
      open.stream.push(event)
      if (!open.isLast(event)) continue
      this.#close(open, true)
      open.stream.end()
    }
  }

  /** The engine is gone: every task ends with an error. */
  fail(error: ErrorRecord): void {
    for (const open of [...this.#open.values()]) {
      open.stream.push({ kind: 'error', taskId: open.task.taskId, error })
      this.#close(open, true)
      open.stream.end()
    }
  }

  #leave(taskId: number): void {
    const open = this.#open.get(taskId)
    if (open === undefined) return
    this.#close(open, false)
    void open.stream.return()
    this.#send({ kind: 'cancel', taskId })
  }

  #close({ task, detach }: OpenTask, isOver: boolean): void {
    this.#open.delete(task.taskId)
    detach()
    this.#watch.closed(task, isOver)
  }
}

function weigh(event: TaskEvent): number {
  if (event.kind !== 'text') return 1
  const [first] = event.probs
  return first === undefined ? 1 : event.probs.length * (1 + first.probs.length + first.topLogprobs.length)
}
