// Counts the prompt tokens taken from the cache. A prompt that waits for what another computes
// gets them after its slot.
import type { SlotChange } from '../../protocol/report.ts'

export class CachedTokens {
  /** Of the task of each slot. */
  readonly #counted: number[] = []

  /** @returns those that are new. */
  count(changes: readonly SlotChange[]): number {
    let nNew = 0
    for (const { id, taskId, nCached = 0 } of changes) {
      const counted = taskId === undefined ? (this.#counted[id] ?? 0) : 0
      this.#counted[id] = Math.max(counted, nCached)
      nNew += this.#counted[id] - counted
    }
    return nNew
  }
}
