// Chooses the pause between the death of a process and its restart. Pure.

const firstPauseMs = 250
export const maxPauseMs = 30_000

/**
 * After a life that did its work the next one follows at once, however short it was: its users did
 * nothing wrong, and the cause of death is dealt with elsewhere. Only consecutive lives that end
 * before they did any work count: the first is still followed at once, later ones after pauses that
 * double.
 */
export class RestartPauses {
  /** Consecutive lives without work, including the present one. */
  #nFruitless = 1

  /** Called when the present process has done its work. */
  worked(): void {
    this.#nFruitless = 0
  }

  /** Called when the process died. @returns the pause before the next start, in milliseconds. */
  next(): number {
    const n = this.#nFruitless++
    return n < 2 ? 0 : Math.min(maxPauseMs, firstPauseMs * 2 ** (n - 2))
  }
}
