// Short jobs of many requests, first come, first served: a turn of the event loop does as many as
// fit into a slice.
import { RequestError } from './errors.ts'

/** The time of one turn. A single job is finished, however long it takes. */
const sliceMs = 10

export class TurnQueue {
  readonly #now: () => number
  readonly #waiting: (() => void)[] = []
  #usedMs = 0
  #hasNextTurn = false

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /**
   * Does the work at once while this turn has time for it, else in a later one.
   * @param signal aborted when the client goes away: work that has not begun is skipped.
   * @throws RequestError (503) when the client went away before it began; what the work throws.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        if (signal.aborted) reject(new RequestError('unavailable', 'The client has disconnected'))
        else resolve(this.#timed(work))
      }
      if (this.#waiting.length === 0 && this.#usedMs < sliceMs) begin()
      else this.#waiting.push(begin)
    })
  }

  #timed<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#hasNextTurn) {
      this.#hasNextTurn = true
      setImmediate(() => this.#nextTurn())
    }
    const beganAt = this.#now()
    const done = work()
    this.#usedMs += this.#now() - beganAt
    return done
  }

  #nextTurn(): void {
    this.#hasNextTurn = false
    this.#usedMs = 0
    let nDone = 0
    while (nDone < this.#waiting.length && this.#usedMs < sliceMs) this.#waiting[nDone++]!()
    this.#waiting.splice(0, nDone)
  }
}
