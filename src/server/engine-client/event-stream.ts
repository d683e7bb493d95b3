// Events as an async iterator: pushed by the pipe, pulled by a handler. Detects a reader that falls
// behind.

/** Notifications for the source of the events about their reader. */
export type Source<T> = {
  /**
   * A stream with more than this unread is full. Further events are kept anyway: the source must be
   * paused.
   */
  readonly maxUnread: number
  readonly weigh: (event: T) => number
  readonly onFull: () => void
  /** The reader has caught up with half of it. */
  readonly onDrained: () => void
  /** The reader has left. */
  readonly onLeave: () => void
}

type Result<T> = IteratorResult<T, undefined>

export class EventStream<T> implements AsyncIterableIterator<T> {
  readonly #source: Source<T> | undefined
  #events: T[] = []
  /** The number of `#events` that have been read. */
  #nRead = 0
  #weight = 0
  #isFull = false
  #isEnded = false
  #deliver: ((result: Result<T>) => void) | undefined

  constructor(source?: Source<T>) {
    this.#source = source
  }

  /** Whether its source is held back. */
  get isFull(): boolean {
    return this.#isFull
  }

  push(event: T): void {
    if (this.#isEnded) return
    const deliver = this.#deliver
    if (deliver !== undefined) {
      this.#deliver = undefined
      deliver({ value: event, done: false })
      return
    }
    this.#events.push(event)
    this.#weighIn(event)
  }

  /** No more events come; those pushed before are still delivered. */
  end(): void {
    this.#isEnded = true
    this.#deliver?.({ value: undefined, done: true })
    this.#deliver = undefined
  }

  /** Serves one reader at a time, which asks again after each answer. */
  next(): Promise<Result<T>> {
    if (this.#nRead < this.#events.length) return Promise.resolve({ value: this.#take(), done: false })
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve) => {
      this.#deliver = resolve
    })
  }

  /** Called when the reader leaves: unread events are dropped. */
  return(): Promise<Result<T>> {
    this.#events = []
    this.#nRead = 0
    this.end()
    this.#source?.onLeave()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #take(): T {
    const event = this.#events[this.#nRead++]!
    if (this.#nRead === this.#events.length) {
      this.#events = []
      this.#nRead = 0
    }
    this.#weighOut(event)
    return event
  }

  #weighIn(event: T): void {
    if (this.#source === undefined) return
    this.#weight += this.#source.weigh(event)
    if (this.#isFull || this.#weight <= this.#source.maxUnread) return
    this.#isFull = true
    this.#source.onFull()
  }

  #weighOut(event: T): void {
    if (this.#source === undefined) return
    this.#weight -= this.#source.weigh(event)
    if (!this.#isFull || this.#weight > this.#source.maxUnread / 2) return
    this.#isFull = false
    this.#source.onDrained()
  }
}
