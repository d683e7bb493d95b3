// Orders that are no generation: taken in turn, tried between steps, kept while what they need is busy. Knows no model.
import { type ErrorRecord, messageOf, RequestError } from '../base/errors.ts'
import type { AnswerOf, AskOf, ControlAction, ControlEvent, ControlTask } from '../protocol/control.ts'

/** What carries out each action; `undefined`: not now, try again after the next step. @throws RequestError to refuse it. */
export type ControlHandlers = { readonly [A in ControlAction]: (ask: AskOf<A>) => AnswerOf<A> | undefined }

export class Control {
  readonly #handlers: ControlHandlers
  #waiting: ControlTask[] = []

  constructor(handlers: ControlHandlers) {
    this.#handlers = handlers
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  accept(task: ControlTask): void {
    this.#waiting.push(task)
  }

  /** Nothing happens when the task has been carried out already. */
  cancel(taskId: number): void {
    this.#waiting = this.#waiting.filter((task) => task.taskId !== taskId)
  }

  /** Tries everything that waits. */
  run(): ControlEvent[] {
    if (this.#waiting.length === 0) return []
    const events: ControlEvent[] = []
    this.#waiting = this.#waiting.filter((task) => {
      const event = this.#try(task)
      if (event !== undefined) events.push(event)
      return event === undefined
    })
    return events
  }

  #try<A extends ControlAction>({ taskId, action, ask }: ControlTask<A>): ControlEvent | undefined {
    const handler = this.#handlers[action] as (ask: AskOf<A>) => AnswerOf<A> | undefined
    try {
      const answer = handler(ask as AskOf<A>)
      return answer === undefined ? undefined : { kind: 'done', taskId, answer }
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      return { kind: 'error', taskId, error: recordOf(error) }
    }
  }
}

export function recordOf(error: RequestError): ErrorRecord {
  return { kind: error.kind, message: messageOf(error), details: error.details }
}
