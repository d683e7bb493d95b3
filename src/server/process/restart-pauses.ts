// How long a process stays down after a death. Pure.

const firstPauseMs = 250
export const maxPauseMs = 30_000

/**
 * A life that did its work is followed by the next at once, however short it was: its users did nothing wrong, and what
 * killed it is dealt with elsewhere. Only lives that end before they did anything count, in a row: the first of them is
 * still followed at once, the next after pauses that double.
 */
export class RestartPauses {
  /** Lives in a row that did nothing, the present one included. */
  #nFruitless = 1

  /** The process that lives now has done what it is there for. */
  worked(): void {
    this.#nFruitless = 0
  }

  /** The process died. @returns how long to wait before the next one is started, in milliseconds. */
  next(): number {
    const n = this.#nFruitless++
    return n < 2 ? 0 : Math.min(maxPauseMs, firstPauseMs * 2 ** (n - 2))
  }
}
