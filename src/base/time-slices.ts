// Long synchronous work, such as tokenizing a thousand texts, in slices: other requests are served
// in between.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Other requests may wait this long. */
const sliceMs = 10

export class TimeSlices {
  #beganMs = performance.now()

  /** To be awaited between two steps of the work: lets others go on when a slice has passed. */
  async pause(): Promise<void> {
    if (performance.now() - this.#beganMs < sliceMs) return
    await nextTurn()
    this.#beganMs = performance.now()
  }
}
