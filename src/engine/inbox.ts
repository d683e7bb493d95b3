// Messages from the server, in order. They arrive only while the event loop turns, so never inside a step.
import type { ToEngine } from '../protocol/task.ts'

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

  /** There is something to do that is no message. */
  wake(): void {
    this.#wake?.()
  }

  /**
   * Lets the event loop turn once and returns what has come.
   * @param wait sleep until there is something.
   */
  async drain(wait: boolean): Promise<readonly ToEngine[]> {
    if (wait && this.#messages.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    } else {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const messages = this.#messages
    this.#messages = []
    return messages
  }
}
