// Notices an engine that is frozen: it is asked for a sign of life when it is silent, and answers
// between two steps. The time that a step may take is measured, so that large models, long prompts
// and pictures have theirs.
import type { StepWork } from '../../protocol/report.ts'
import type { Clock } from '../process/clock.ts'

const tickMs = 1000
/** However short its steps are: a busy machine, or weights that are read from the disk again. */
const minSilenceMs = 20_000
/** Before a step was measured: the first one may read all of a model from a slow disk. */
const firstSilenceMs = 600_000
/** A step of so many times the longest to be expected is frozen. */
const factor = 10
/** Fewer rows say little of what a row of a prompt takes. */
const minMeasuredRows = 32

export type WatchdogOptions = {
  /** The most rows of a step. */
  readonly nBatch: number
  readonly ask: () => void
  readonly onFrozen: (why: string) => void
  readonly clock: Clock
}

export class Watchdog {
  readonly #options: WatchdogOptions
  #cancelTick: (() => void) | undefined
  #isHeard = true
  /** Ticks since it was heard last: time that this process did not have itself does not count. */
  #nSilent = 0
  /** Of a row of a prompt, and of a step of few rows: the slowest of late. */
  #msPerRow: number | undefined
  #stepMs: number | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  /** An engine is ready. Measurements of the one before it hold for it, too. */
  start(): void {
    this.stop()
    this.heard()
    this.#next()
  }

  stop(): void {
    this.#cancelTick?.()
    this.#cancelTick = undefined
  }

  /** Any message is a sign of life. */
  heard(): void {
    this.#isHeard = true
  }

  measured({ ms, nRows }: StepWork): void {
    if (nRows >= minMeasuredRows) this.#msPerRow = slowest(this.#msPerRow, ms / nRows)
    else this.#stepMs = slowest(this.#stepMs, ms)
  }

  /** The time that the engine may be silent. */
  get maxSilenceMs(): number {
    const msPerRow = this.#msPerRow ?? this.#stepMs
    if (msPerRow === undefined) return firstSilenceMs
    const expectedMs = Math.max(this.#stepMs ?? 0, msPerRow * this.#options.nBatch)
    return Math.max(minSilenceMs, factor * expectedMs)
  }

  #next(): void {
    this.#cancelTick = this.#options.clock.after(tickMs, () => this.#tick())
  }

  #tick(): void {
    this.#nSilent = this.#isHeard ? 0 : this.#nSilent + 1
    this.#isHeard = false
    if (this.#nSilent * tickMs >= this.maxSilenceMs) {
      this.stop()
      this.#options.onFrozen(`the engine is frozen: it was silent for ${this.#nSilent} s`)
      return
    }
    if (this.#nSilent === 0) this.#options.ask()
    this.#next()
  }
}

/** Decays, so that one slow step does not count for ever. */
function slowest(before: number | undefined, ms: number): number {
  return before === undefined ? ms : Math.max(ms, before * 0.99)
}
