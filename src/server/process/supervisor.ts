// Keeps a child process alive: starts it, knows its state, restarts it when it dies, stops it in
// order. The engine, the image encoder and the text worker differ only in their messages.
import { StartError } from '../../base/errors.ts'
import { type Child, type Exit, formatExit } from './child.ts'
import { type Clock, systemClock } from './clock.ts'
import { RestartPauses } from './restart-pauses.ts'

/**
 * A process reports once that it is ready, or why it cannot be; it ends by itself after `failed`.
 */
export type Lifecycle = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly message: string }

type ReadyOf<Out> = Extract<Out, { readonly kind: 'ready' }>
type OtherOf<Out> = Exclude<Out, { readonly kind: Lifecycle['kind'] }>

export type ProcessState<Ready> =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly ready: Ready }
  /**
   * The last life reported why it cannot become ready, or was the only one allowed; the next has
   * not begun.
   */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' }

export type SupervisorOptions<In, Out> = {
  /** Its name in sentences: `engine`. */
  readonly name: string
  readonly start: () => Child<In, Out>
  /** A life that was already started, in the same way. */
  readonly first?: Child<In, Out>
  /** Whether the process gives up if its first life does not become ready. */
  readonly mustStart: boolean
  readonly onReady?: (ready: ReadyOf<Out>) => void
  readonly onMessage: (message: OtherOf<Out>) => void
  /** A life ended without being stopped, and another one follows. */
  readonly onDeath: (why: string, exit: Exit) => void
  /** The cause of an exit, if more is known than its code or signal. */
  readonly explain?: (exit: Exit, wasReady: boolean) => string | undefined
  readonly clock?: Clock
}

type Waiter<Ready> = { readonly resolve: (ready: Ready) => void; readonly reject: (error: StartError) => void }

export class Supervisor<In, Out extends { readonly kind: string }> {
  readonly #options: SupervisorOptions<In, Out>
  readonly #clock: Clock
  readonly #pauses = new RestartPauses()
  #state: ProcessState<ReadyOf<Out>> = { kind: 'starting' }
  #child: Child<In, Out> | undefined
  #waiters: Waiter<ReadyOf<Out>>[] = []
  /** The reason why the present life ends: the first cause wins. */
  #cause: string | undefined
  #hasFailed = false
  #hasBeenReady = false
  #cancelRestart: (() => void) | undefined
  #stopped: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined

  constructor(options: SupervisorOptions<In, Out>) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#attach(options.first ?? options.start())
  }

  get state(): ProcessState<ReadyOf<Out>> {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** @throws StartError when the present life cannot become ready, or the last one could not. */
  ready(): Promise<ReadyOf<Out>> {
    switch (this.#state.kind) {
      case 'ready':
        return Promise.resolve(this.#state.ready)
      case 'failed':
        return Promise.reject(new StartError(this.#state.message))
      case 'stopped':
        return Promise.reject(new StartError(`the ${this.#options.name} is stopped`))
      case 'starting':
        return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
    }
  }

  /** Drops a message to a process that is down: `onDeath` reports its end. */
  send(message: In, onWritten?: () => void): void {
    if (this.#child === undefined) onWritten?.()
    else this.#child.send(message, onWritten)
  }

  /** Called when the present life has done its work: when it dies, the next one begins at once. */
  worked(): void {
    this.#pauses.worked()
  }

  /** Ends the present life; the next one follows as after any death. */
  kill(cause: string): void {
    this.#cause ??= cause
    this.#child?.kill()
  }

  /**
   * Ends the process for good.
   * @param order asks it to end by itself; without one it is killed.
   * @param graceMs the time after which it is killed.
   * @returns when it has ended.
   */
  stop(order?: In, graceMs = 0): Promise<void> {
    if (this.#stopped !== undefined) return this.#stopped.promise
    let resolve = () => {}
    const promise = new Promise<void>((onStopped) => {
      resolve = onStopped
    })
    this.#stopped = { promise, resolve }
    this.#state = { kind: 'stopped' }
    this.#cancelRestart?.()
    this.#rejectWaiters(`the ${this.#options.name} is stopped`)
    const child = this.#child
    if (child === undefined) resolve()
    else if (order === undefined) child.kill()
    else {
      child.send(order)
      const cancel = this.#clock.after(graceMs, () => child.kill())
      promise.then(cancel)
    }
    return promise
  }

  #attach(child: Child<In, Out>): void {
    this.#child = child
    this.#cause = undefined
    this.#hasFailed = false
    this.#state = { kind: 'starting' }
    child.listen({ onMessage: (message) => this.#receive(message), onExit: (exit) => this.#exited(exit) })
  }

  #receive(message: Out): void {
    if (isFailed(message)) {
      this.#cause ??= message.message
      this.#hasFailed = true
    } else if (isReady(message)) {
      if (this.#state.kind !== 'starting') return
      this.#state = { kind: 'ready', ready: message }
      this.#hasBeenReady = true
      this.#options.onReady?.(message)
      for (const { resolve } of this.#waiters.splice(0)) resolve(message)
    } else {
      this.#options.onMessage(message as OtherOf<Out>)
    }
  }

  #exited(exit: Exit): void {
    const { name, mustStart, onDeath, explain, start } = this.#options
    this.#child = undefined
    if (this.#stopped !== undefined) {
      this.#stopped.resolve()
      return
    }
    const wasReady = this.#state.kind === 'ready'
    const why = this.#cause ?? explain?.(exit, wasReady) ?? `the ${name} ended with ${formatExit(exit)}`
    const isLast = mustStart && !this.#hasBeenReady
    this.#state = isLast || this.#hasFailed ? { kind: 'failed', message: why } : { kind: 'starting' }
    this.#rejectWaiters(why)
    if (isLast) return
    const pauseMs = this.#pauses.next()
    this.#cancelRestart = this.#clock.after(pauseMs, () => this.#attach(start()))
    onDeath(why, exit)
  }

  #rejectWaiters(message: string): void {
    for (const { reject } of this.#waiters.splice(0)) reject(new StartError(message))
  }
}

function isFailed(message: { readonly kind: string }): message is Extract<Lifecycle, { kind: 'failed' }> {
  return message.kind === 'failed'
}

function isReady<Out extends { readonly kind: string }>(message: Out): message is ReadyOf<Out> {
  return message.kind === 'ready'
}
