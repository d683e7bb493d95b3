// Orders other than generations: taken in turn, tried between steps, and kept while what they need
// is busy. Knows no model.
import { type ErrorRecord, messageOf, RequestError } from '../base/errors.ts'
import type { AnswerOf, AskOf, ControlAction, ControlEvent, ControlTask } from '../protocol/control.ts'

/**
 * The outcome of an attempt; `undefined`: not now, try again after the next step. A promise stands
 * for work beside the steps, such as reading a file: it resolves to the answer, or to an attempt to
 * be made between two steps.
 */
export type Outcome<T> = T | undefined | Promise<T | Attempt<T>>
export type Attempt<T> = () => Outcome<T>

/** The handler of each action. @throws RequestError to refuse it. */
export type ControlHandlers = { readonly [A in ControlAction]: (ask: AskOf<A>) => Outcome<AnswerOf<A>> }

type Answer = AnswerOf<ControlAction>
type Waiting = { readonly taskId: number; readonly attempt: Attempt<Answer> }

export class Control {
  readonly #handlers: ControlHandlers
  readonly #send: (event: ControlEvent) => void
  readonly #wake: () => void
  #waiting: Waiting[] = []
  /** Tasks whose promises are pending. */
  readonly #open = new Set<number>()

  /** @param wake called when waiting orders should be tried again, outside of any other work. */
  constructor(handlers: ControlHandlers, send: (event: ControlEvent) => void, wake: () => void) {
    this.#handlers = handlers
    this.#send = send
    this.#wake = wake
  }

  /** Nothing waits to be tried. */
  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  accept<A extends ControlAction>({ taskId, action, ask }: ControlTask<A>): void {
    const handler = this.#handlers[action] as (ask: AskOf<A>) => Outcome<Answer>
    this.#waiting.push({ taskId, attempt: () => handler(ask as AskOf<A>) })
  }

  /** Does nothing if the task has been carried out already. */
  cancel(taskId: number): void {
    this.#waiting = this.#waiting.filter((task) => task.taskId !== taskId)
    this.#open.delete(taskId)
  }

  /** Tries everything that waits. @returns whether any attempt had an outcome. */
  run(): boolean {
    const { length } = this.#waiting
    if (length > 0) this.#waiting = this.#waiting.filter((task) => !this.#try(task))
    return this.#waiting.length < length
  }

  /** @returns whether it has been carried out, or continues by itself. */
  #try({ taskId, attempt }: Waiting): boolean {
    try {
      const outcome = attempt()
      if (outcome === undefined) return false
      if (outcome instanceof Promise) this.#follow(taskId, outcome)
      else this.#send({ kind: 'done', taskId, answer: outcome })
    } catch (error) {
      this.#refuse(taskId, error)
    }
    return true
  }

  async #follow(taskId: number, promise: Promise<Answer | Attempt<Answer>>): Promise<void> {
    this.#open.add(taskId)
    try {
      const result = await promise
      if (!this.#open.delete(taskId)) return // cancelled in the meantime
      if (typeof result === 'function') this.#waiting.push({ taskId, attempt: result })
      else this.#send({ kind: 'done', taskId, answer: result })
    } catch (error) {
      this.#open.delete(taskId)
      this.#refuse(taskId, error)
    } finally {
      this.#wake() // others may have been waiting for this one
    }
  }

  #refuse(taskId: number, error: unknown): void {
    if (!(error instanceof RequestError)) throw error
    this.#send({ kind: 'error', taskId, error: recordOf(error) })
  }
}

export function recordOf(error: RequestError): ErrorRecord {
  return { kind: error.kind, message: messageOf(error), details: error.details }
}
