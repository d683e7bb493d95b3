// Time as a dependency: the system's clock in the program, a manual clock in the tests.

export interface Clock {
  /** Milliseconds from some fixed point. */
  readonly now: () => number
  /** Calls once, later. @returns a function that cancels the call. */
  readonly after: (ms: number, call: () => void) => () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}
