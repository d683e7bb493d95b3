// The answer to a task as far as it was sent, so that another engine can go on from there.
import type { TaskEvent } from '../../protocol/event.ts'
import type { Timings } from '../../protocol/timings.ts'
import type { ChannelTask } from './lanes.ts'

export class Journal {
  readonly #tokens: number[] = []
  #nChars = 0
  #nPromptProbs = 0
  #timings: Timings | undefined
  /** Engines that ended while the task was running. */
  nDeaths = 0

  note(event: TaskEvent): void {
    if (event.kind === 'prompt') this.#nPromptProbs += event.probs.length
    if (event.kind !== 'text') return
    for (const token of event.tokens) this.#tokens.push(token)
    this.#nChars += event.text.length
    this.#timings = event.timings
  }

  /** The task as another engine takes it. */
  resumed(task: ChannelTask): ChannelTask {
    const isBegun = this.#timings !== undefined || this.#nPromptProbs > 0
    if (task.kind !== 'generate' || !isBegun) return task
    const [tokens, nChars, nPromptProbs, timings] = [this.#tokens, this.#nChars, this.#nPromptProbs, this.#timings]
    return { ...task, resume: { tokens, nChars, nPromptProbs, timings } }
  }
}
