// Events as an async iterator: pushed by the pipe, pulled by a handler. A reader that falls behind is noticed.

/** What the source of the events learns of their reader. */
export type Source<T> = {
  /** A stream with more than this unread is full. What comes all the same is kept: the source has to be held back. */
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
  /** How many of `#events` have been read. */
  #nRead = 0
  #weight = 0
  #isFull = false
  #isEnded = false
  #deliver: ((result: Result<T>) => void) | undefined

  constructor(source?: Source<T>) {
    this.#source = source
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

  /** One reader at a time; it asks again when it has its answer. */
  next(): Promise<Result<T>> {
    if (this.#nRead < this.#events.length) return Promise.resolve({ value: this.#take(), done: false })
    if (this.#isEnded) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve) => {
      this.#deliver = resolve
    })
  }

  /** Leaves: what was not read is dropped. */
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
