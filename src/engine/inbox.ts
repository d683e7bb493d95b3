// Messages from the server. They arrive only while the event loop turns, so never inside a step.
import type { ToEngine } from '../protocol/task.ts'

/**
 * The time for which a stream of messages may delay the next step: a turn of the event loop reads
 * little more than a pipe holds.
 */
const budgetMs = 8

export class Inbox {
  isClosed = false
  #messages: ToEngine[] = []
  #wake: (() => void) | undefined

  push(message: ToEngine): void {
    this.#messages.push(message)
    this.#wake?.()
  }

  close(): void {
    this.isClosed = true
    this.#wake?.()
  }

  /** Signals that there is work other than a message. */
  wake(): void {
    this.#wake?.()
  }

  /**
   * Lets the event loop turn, again while messages keep coming, and returns the messages. Tasks
   * that were cancelled meanwhile are left out, and other cancels come first: tasks of clients that
   * went away delay no other.
   * @param wait sleep until there is something.
   */
  async drain(wait: boolean): Promise<readonly ToEngine[]> {
    await this.#turn(wait)
    const until = performance.now() + budgetMs
    for (let nBefore = 0; this.#messages.length > nBefore && performance.now() < until; ) {
      nBefore = this.#messages.length
      await this.#turn(false)
    }
    const messages = this.#messages
    this.#messages = []
    return cancelsFirst(messages)
  }

  async #turn(wait: boolean): Promise<void> {
    if (wait && this.#messages.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    } else {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

function cancelsFirst(messages: readonly ToEngine[]): readonly ToEngine[] {
  const cancelled = new Set(messages.flatMap((message) => (message.kind === 'cancel' ? message.taskId : [])))
  if (cancelled.size === 0) return messages
  const begun = new Set(messages.flatMap((message) => (isBegin(message) ? message.taskId : [])))
  const cancels = [...cancelled].filter((taskId) => !begun.has(taskId))
  return [
    ...cancels.map((taskId) => ({ kind: 'cancel' as const, taskId })),
    ...messages.filter((message) => !('taskId' in message && cancelled.has(message.taskId))),
  ]
}

function isBegin(message: ToEngine): message is Extract<ToEngine, { kind: 'generate' | 'embed' | 'control' }> {
  return message.kind === 'generate' || message.kind === 'embed' || message.kind === 'control'
}
