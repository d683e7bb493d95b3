// The loop of a model that only encodes: no streams, no slots, and nothing to sample.
import type { ErrorRecord } from '../base/errors.ts'
import type { EmbeddingTask } from '../protocol/embedding.ts'
import type { FromEngine, TaskEvent } from '../protocol/event.ts'
import type { Embedder } from './embedding/embedder.ts'
import type { Inbox } from './inbox.ts'
import { failure } from './report/failure.ts'

/** The server does not send such a task once it knows the model. */
const noGenerator: ErrorRecord = { kind: 'not_supported', message: 'this model is an encoder and cannot generate text' }

export class EncoderLoop {
  readonly #inbox: Inbox
  readonly #embedder: Embedder
  readonly #send: (message: FromEngine) => void

  constructor(inbox: Inbox, embedder: Embedder, send: (message: FromEngine) => void) {
    this.#inbox = inbox
    this.#embedder = embedder
    this.#send = send
  }

  async run(): Promise<void> {
    while (!this.#inbox.isClosed) {
      const events: TaskEvent[] = []
      for (const message of await this.#inbox.drain(this.#embedder.isIdle)) {
        if (message.kind === 'embed') events.push(...this.#accept(message))
        else if (message.kind === 'cancel') this.#embedder.cancel(message.taskId)
        else if (message.kind === 'stop') this.#inbox.close()
        else if (message.kind === 'generate') events.push({ kind: 'error', taskId: message.taskId, error: noGenerator })
        else if (message.kind === 'control')
          this.#send({ kind: 'control', event: { kind: 'error', taskId: message.taskId, error: noGenerator } })
      }
      const { events: computed, work } = this.#embedder.run(false)
      for (const event of computed) events.push(event)
      if (events.length > 0 || work !== null) this.#send({ kind: 'step', events, slots: [], work })
    }
  }

  #accept(task: EmbeddingTask): readonly TaskEvent[] {
    try {
      return this.#embedder.accept(task)
    } catch (error) {
      return [failure(task.taskId, error, this.#send)]
    }
  }
}
