// The handle on the text worker: work on texts that are long, or that may take long or crash, in a
// separate process. A crash or an overrun affects only the request that caused it.
import { RequestError } from '../../base/errors.ts'
import { type Child, ForkedChild } from '../process/child.ts'
import { type Clock, systemClock } from '../process/clock.ts'
import { Supervisor } from '../process/supervisor.ts'
import { type FromTextWorker, type TextWorkerOptions, type ToTextWorker, unpackAnswer } from './messages.ts'
import type { TextAnswer, TextAsk } from './prepare.ts'

/** For the texts of one request. */
const maxMs = 10_000
const maxWaiting = 64
/** V8's limit: a schema may become very large on its way to a grammar. */
const maxHeapMiB = 1024

type TextChild = Child<ToTextWorker, FromTextWorker>

type Job = {
  readonly ask: TextAsk
  readonly resolve: (answer: TextAnswer) => void
  readonly reject: (error: RequestError) => void
  stage: string
  isLate: boolean
}

export class TextWorker {
  readonly #start: () => TextChild
  readonly #log: (line: string) => void
  readonly #clock: Clock
  readonly #waiting = new Set<Job>()
  #running: Job | undefined
  /** Started by the first job: most servers never need it. */
  #supervisor: Supervisor<ToTextWorker, FromTextWorker> | undefined
  #isStopped = false

  constructor(start: () => TextChild, log: (line: string) => void, clock: Clock = systemClock) {
    this.#start = start
    this.#log = log
    this.#clock = clock
  }

  /**
   * Does the work of `prepareText`, one request at a time.
   * @throws RequestError as that does; (400) when the texts take too long, or end the process;
   *   (503) when too many wait.
   */
  run(ask: TextAsk, signal: AbortSignal): Promise<TextAnswer> {
    if (signal.aborted) return Promise.reject(new RequestError('unavailable', 'The client has disconnected'))
    if (this.#isStopped) return Promise.reject(new RequestError('unavailable', 'The server is stopping'))
    if (this.#waiting.size >= maxWaiting) {
      const message = `${maxWaiting} requests with long texts wait already; try again`
      return Promise.reject(new RequestError('unavailable', message))
    }
    return new Promise((resolve, reject) => {
      const job = { ask, resolve, reject, stage: 'Reading the texts', isLate: false }
      this.#waiting.add(job)
      const leave = () => {
        this.#waiting.delete(job)
        reject(new RequestError('unavailable', 'The client has disconnected'))
      }
      signal.addEventListener('abort', leave, { once: true })
      void this.#next()
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const stopped = this.#supervisor?.stop()
    const error = new RequestError('unavailable', 'The server is stopping')
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting.clear()
    this.#running?.reject(error)
    await stopped
  }

  async #next(): Promise<void> {
    const [job] = this.#waiting
    if (job === undefined || this.#running !== undefined) return
    this.#waiting.delete(job)
    this.#running = job
    this.#supervisor ??= new Supervisor<ToTextWorker, FromTextWorker>({
      name: 'text worker',
      start: this.#start,
      mustStart: false,
      onReady: () => this.#supervisor?.worked(), // a later death is caused by a text
      onMessage: (message) => this.#receive(message),
      onDeath: (why) => this.#died(why),
      clock: this.#clock,
    })
    const supervisor = this.#supervisor
    try {
      await supervisor.ready()
    } catch (error) {
      this.#end((job) => job.reject(new RequestError('unavailable', `Long texts cannot be read: ${error}`)))
      return
    }
    if (this.#running !== job) return
    this.#cancelDeadline = this.#clock.after(maxMs, () => {
      job.isLate = true
      supervisor.kill(`${job.stage} took longer than ${maxMs / 1000} s`)
    })
    supervisor.send({ kind: 'job', ask: job.ask })
  }

  #cancelDeadline: () => void = () => {}

  #receive(message: Exclude<FromTextWorker, { readonly kind: 'ready' | 'failed' }>): void {
    switch (message.kind) {
      case 'stage':
        if (this.#running !== undefined) this.#running.stage = message.stage
        break
      case 'done':
        this.#end((job) => job.resolve(unpackAnswer(message.answer)))
        break
      case 'error':
        this.#end((job) => job.reject(RequestError.from(message.error)))
        break
    }
  }

  #died(why: string): void {
    this.#log(`${why}; it is started again`)
    this.#end((job) => job.reject(new RequestError('invalid_request', reason(job, why))))
  }

  #end(settle: (job: Job) => void): void {
    this.#cancelDeadline()
    const job = this.#running
    this.#running = undefined
    if (job !== undefined) settle(job)
    void this.#next()
  }
}

function reason({ stage, isLate }: Job, why: string): string {
  if (isLate) return `${stage} took longer than ${maxMs / 1000} s; send less in one request`
  return `${stage} failed: this text cannot be read (${why})`
}

/** Starts the process, which loads the vocabulary; returns without waiting. */
export function startTextWorker(options: TextWorkerOptions): TextChild {
  const execArgv = [`--max-old-space-size=${maxHeapMiB}`]
  return new ForkedChild({ name: 'text', serialization: 'advanced', execArgv }, { kind: 'load', options })
}
