// A child process and a clock that tests move by hand.
import type { Child, ChildListener, Exit } from '../../../../src/server/process/child.ts'
import type { Clock } from '../../../../src/server/process/clock.ts'

export class FakeChild<In, Out> implements Child<In, Out> {
  static #nextPid = 1
  readonly pid = FakeChild.#nextPid++
  readonly sent: In[] = []
  nKills = 0
  #listener: ChildListener<Out> | undefined

  listen(listener: ChildListener<Out>): void {
    this.#listener = listener
  }

  send(message: In, onWritten: () => void = () => {}): void {
    this.sent.push(message)
    onWritten()
  }

  /** Its end comes later, as with a real one. */
  kill(): void {
    this.nKills++
  }

  says(message: Out): void {
    this.#listener!.onMessage(message)
  }

  exits(exit: Partial<Exit> = {}): void {
    this.#listener!.onExit({ code: null, signal: 'SIGKILL', lastWords: [], ...exit })
  }
}

export class FakeClock implements Clock {
  #nowMs = 0
  #calls: { readonly atMs: number; readonly call: () => void }[] = []

  readonly now = () => this.#nowMs

  readonly after = (ms: number, call: () => void) => {
    const entry = { atMs: this.#nowMs + ms, call }
    this.#calls.push(entry)
    return () => {
      this.#calls = this.#calls.filter((other) => other !== entry)
    }
  }

  /** How long until each of the calls that are due later. */
  get waiting(): readonly number[] {
    return this.#calls.map(({ atMs }) => atMs - this.#nowMs)
  }

  advance(ms: number): void {
    this.#nowMs += ms
    const due = this.#calls.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#calls = this.#calls.filter(({ atMs }) => atMs > this.#nowMs)
    for (const { call } of due) call()
  }
}
