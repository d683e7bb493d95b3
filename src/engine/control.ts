// Orders that are no generation: taken in turn, tried between steps, kept while what they need is busy. Knows no model.
import { type ErrorRecord, messageOf, RequestError } from '../base/errors.ts'
import type { AnswerOf, AskOf, ControlAction, ControlEvent, ControlTask } from '../protocol/control.ts'

/**
 * What came of an attempt; `undefined`: not now, try again after the next step. A promise is what takes its time beside the
 * steps, reading a file say: it ends with the answer, or with what is then to be tried between two steps.
 */
export type Outcome<T> = T | undefined | Promise<T | Attempt<T>>
export type Attempt<T> = () => Outcome<T>

/** What carries out each action. @throws RequestError to refuse it. */
export type ControlHandlers = { readonly [A in ControlAction]: (ask: AskOf<A>) => Outcome<AnswerOf<A>> }

type Answer = AnswerOf<ControlAction>
type Waiting = { readonly taskId: number; readonly attempt: Attempt<Answer> }

export class Control {
  readonly #handlers: ControlHandlers
  readonly #send: (event: ControlEvent) => void
  readonly #wake: () => void
  #waiting: Waiting[] = []
  /** Tasks whose promises are open. */
  readonly #open = new Set<number>()

  /** @param wake called when what waits should be tried again, while nothing else may be going on. */
  constructor(handlers: ControlHandlers, send: (event: ControlEvent) => void, wake: () => void) {
    this.#handlers = handlers
    this.#send = send
    this.#wake = wake
  }

  /** Nothing is to be tried. */
  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  accept<A extends ControlAction>({ taskId, action, ask }: ControlTask<A>): void {
    const handler = this.#handlers[action] as (ask: AskOf<A>) => Outcome<Answer>
    this.#waiting.push({ taskId, attempt: () => handler(ask as AskOf<A>) })
  }

  /** Nothing happens when the task has been carried out already. */
  cancel(taskId: number): void {
    this.#waiting = this.#waiting.filter((task) => task.taskId !== taskId)
    this.#open.delete(taskId)
  }

  /** Tries everything that waits. @returns whether anything came of it. */
  run(): boolean {
    const { length } = this.#waiting
    if (length > 0) this.#waiting = this.#waiting.filter((task) => !this.#try(task))
    return this.#waiting.length < length
  }

  /** @returns whether it has been carried out, or goes on by itself. */
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
      if (!this.#open.delete(taskId)) return // cancelled meanwhile
      if (typeof result === 'function') this.#waiting.push({ taskId, attempt: result })
      else this.#send({ kind: 'done', taskId, answer: result })
    } catch (error) {
      this.#open.delete(taskId)
      this.#refuse(taskId, error)
    } finally {
      this.#wake() // others may have waited for this one
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
