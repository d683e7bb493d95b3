// The server's handle on the engine: start, restart, tasks in, events out. Handlers see async iterables and no process.
import type { Logger } from 'pino'
import { RequestError, StartError } from '../../base/errors.ts'
import type { AnswerOf, AskOf, ControlAction, ControlEvent, ControlTask } from '../../protocol/control.ts'
import type { EmbeddingTask } from '../../protocol/embedding.ts'
import type { EngineInfo, FromEngine, GenerationEvent, TaskEvent } from '../../protocol/event.ts'
import type { EngineOptions, GenerationTask, Task } from '../../protocol/task.ts'
import type { EngineObserver } from './engine-observer.ts'
import { type EngineExit, EngineProcess } from '../process/child.ts'
import { EventStream } from './event-stream.ts'
import { TaskBoard } from './board.ts'

export type EngineState =
  | { readonly kind: 'loading'; readonly progress: number }
  | { readonly kind: 'ready'; readonly info: EngineInfo }
  /** A restarted engine could not load the model. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' }

/** How long after a start an exit counts as another failure in a row. */
const settledMs = 30_000
const longestPauseMs = 30_000
/** An engine that does not stop by itself is inside a long step. */
const graceMs = 1500

export class EngineClient {
  readonly #options: EngineOptions
  readonly #log: Logger
  readonly #streams = new Map<number, EventStream<TaskEvent>>()
  readonly #asked = new Map<number, (event: ControlEvent) => void>()
  /** What the engine is doing, as far as it is known here: to look at it waits for nothing. */
  readonly board = new TaskBoard()
  #observer: EngineObserver | undefined
  #process: EngineProcess | undefined
  #state: EngineState = { kind: 'loading', progress: 0 }
  #waiters: { resolve: (info: EngineInfo) => void; reject: (error: Error) => void }[] = []
  #nextTaskId = 1
  #startedAt = 0
  #nFailures = 0
  #hasBeenReady = false
  #onStopped: (() => void) | undefined

  /** @param first the engine's first process, started with the same options: it loads while the server is put together. */
  constructor(options: EngineOptions, log: Logger, first: EngineProcess) {
    this.#options = options
    this.#log = log
    this.#attach(first)
  }

  get state(): EngineState {
    return this.#state
  }

  /** Has everything told that happens from now on. */
  observe(observer: EngineObserver): void {
    this.#observer = observer
  }

  /** @throws StartError when the first load fails. */
  ready(): Promise<EngineInfo> {
    if (this.#state.kind === 'ready') return Promise.resolve(this.#state.info)
    if (this.#state.kind === 'failed') return Promise.reject(new StartError(this.#state.message)) // it was quicker than who asks
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** @throws RequestError (503) while there is no engine to ask. */
  get info(): EngineInfo {
    if (this.#state.kind === 'ready') return this.#state.info
    throw unavailable(this.#state)
  }

  /**
   * Sends a task. The iterable ends after exactly one `finish` or `error` event; leaving it early cancels the task.
   * @param signal aborted when the client goes away: the task is cancelled and the iterable ends.
   */
  generate(task: Omit<GenerationTask, 'taskId' | 'kind'>, signal: AbortSignal): AsyncGenerator<GenerationEvent> {
    return this.#events(
      (taskId) => ({ kind: 'generate', taskId, ...task }),
      (event) => event.kind === 'finish' || event.kind === 'error',
      signal,
    )
  }

  /**
   * Vectors, or scores, of all inputs of a task.
   * @param signal aborted when the client goes away: the task is cancelled.
   * @returns in the order of the inputs.
   * @throws RequestError when the engine refuses or stops, and when the client has gone.
   */
  async embed(task: Omit<EmbeddingTask, 'taskId' | 'kind'>, signal: AbortSignal): Promise<readonly Float32Array[]> {
    const nInputs = task.inputs.length
    const vectors = new Array<Float32Array>(nInputs)
    let nMissing = nInputs
    const events = this.#events<TaskEvent>(
      (taskId) => ({ kind: 'embed', taskId, ...task }),
      (event) => event.kind === 'error' || --nMissing === 0,
      signal,
    )
    for await (const event of events) {
      if (event.kind === 'error') throw RequestError.from(event.error)
      if (event.kind === 'embedding') vectors[event.index] = event.vector
    }
    if (nMissing > 0) throw new RequestError('unavailable', 'The client has gone')
    return vectors
  }

  /** The events of a new task, to the last one. */
  async *#events<E extends TaskEvent>(
    makeTask: (taskId: number) => Task,
    isLast: (event: E) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<E> {
    if (this.#state.kind !== 'ready') throw unavailable(this.#state)
    if (signal.aborted) return
    const taskId = this.#nextTaskId++
    const stream = new EventStream<TaskEvent>()
    const leave = () => stream.end()
    let isOver = false
    this.#streams.set(taskId, stream)
    signal.addEventListener('abort', leave)
    const task = makeTask(taskId)
    if (task.kind === 'generate') {
      this.board.sent(taskId, task)
      this.#observer?.sent(taskId)
    } else if (task.kind === 'embed') {
      this.board.sentEmbedding(taskId)
    }
    this.#process!.send(task)
    try {
      if (signal.aborted) return
      for await (const event of stream) {
        isOver = isLast(event as E)
        yield event as E
        if (isOver || signal.aborted) return
      }
    } finally {
      signal.removeEventListener('abort', leave)
      this.#streams.delete(taskId)
      this.board.ended(taskId)
      if (!isOver) {
        this.#observer?.left(taskId)
        this.#process?.send({ kind: 'cancel', taskId })
      }
    }
  }

  /**
   * Has the engine do something that is no generation, and waits for its answer.
   * @param signal aborted when the client goes away: an order that still waits is dropped.
   * @throws RequestError when the engine refuses, stops or is not there.
   */
  async control<A extends ControlAction>(action: A, ask: AskOf<A>, signal: AbortSignal): Promise<AnswerOf<A>> {
    if (this.#state.kind !== 'ready') throw unavailable(this.#state)
    const taskId = this.#nextTaskId++
    if (signal.aborted) throw new RequestError('unavailable', 'The client has gone')
    const leave = () => {
      this.#process?.send({ kind: 'cancel', taskId })
      const error = { kind: 'unavailable', message: 'The client has gone' } as const
      this.#asked.get(taskId)?.({ kind: 'error', taskId, error })
    }
    const answered = new Promise<ControlEvent>((resolve) => this.#asked.set(taskId, resolve))
    signal.addEventListener('abort', leave)
    this.#process!.send({ kind: 'control', taskId, action, ask } as ControlTask)
    const event = await answered
    signal.removeEventListener('abort', leave)
    this.#asked.delete(taskId)
    if (event.kind === 'error') throw RequestError.from(event.error)
    return event.answer as AnswerOf<A>
  }

  async stop(): Promise<void> {
    const engine = this.#process
    this.#state = { kind: 'stopped' }
    this.#failAll('the server is stopping')
    if (engine === undefined) return
    const stopped = new Promise<void>((resolve) => {
      this.#onStopped = resolve
    })
    engine.send({ kind: 'stop' })
    const timer = setTimeout(() => engine.kill(), graceMs)
    await stopped
    clearTimeout(timer)
  }

  #attach(engine: EngineProcess): void {
    this.#startedAt = performance.now()
    this.#state = { kind: 'loading', progress: 0 }
    this.#process = engine
    engine.listen({ onMessage: (message) => this.#receive(message), onExit: (exit) => this.#exited(exit) })
  }

  #receive(message: FromEngine): void {
    switch (message.kind) {
      case 'step':
        this.board.stepped(message)
        this.#observer?.stepped(message)
        for (const event of message.events) this.#streams.get(event.taskId)?.push(event)
        break
      case 'control':
        this.#asked.get(message.event.taskId)?.(message.event)
        break
      case 'loading':
        if (this.#state.kind === 'loading') this.#state = { kind: 'loading', progress: message.progress }
        break
      case 'ready':
        if (this.#state.kind === 'stopped') break
        this.#state = { kind: 'ready', info: message.info }
        this.board.reset(message.info.nSlots)
        this.#hasBeenReady = true
        for (const { resolve } of this.#waiters.splice(0)) resolve(message.info)
        break
      case 'failed':
        this.#state = { kind: 'failed', message: message.message }
        break
      case 'warning':
        this.#log.warn(message.text)
        break
      case 'log':
        this.#logLine(message.level, message.text)
        break
    }
  }

  /** libllama is talkative: warnings are shown only when asked for, and what it says of a first load is in the StartError. */
  #logLine(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    const line = { engine: true }
    if (level === 'error' && this.#hasBeenReady) this.#log.error(line, text)
    else if (level === 'error' || level === 'warn') this.#log.debug(line, text)
    else this.#log.trace(line, text)
  }

  #exited(exit: EngineExit): void {
    this.#process = undefined
    if (this.#state.kind === 'stopped') {
      this.#onStopped?.()
      return
    }
    const how = exit.signal === null ? `code ${exit.code}` : `signal ${exit.signal}`
    const why = this.#state.kind === 'failed' ? this.#state.message : `the engine ended with ${how}${words(exit)}`
    if (!this.#hasBeenReady) {
      this.#state = { kind: 'failed', message: why }
      for (const { reject } of this.#waiters.splice(0)) reject(new StartError(why))
      return
    }
    this.#log.error({ lastWords: exit.lastWords }, `${why}; it is started again`)
    this.board.reset(0)
    this.#observer?.died()
    this.#failAll('the engine stopped while this request was running; it is being restarted, try again')
    this.#nFailures = performance.now() - this.#startedAt > settledMs ? 1 : this.#nFailures + 1
    const pauseMs = this.#nFailures === 1 ? 0 : Math.min(longestPauseMs, 250 * 2 ** this.#nFailures)
    if (this.#state.kind === 'ready') this.#state = { kind: 'loading', progress: 0 }
    setTimeout(() => {
      if (this.#state.kind !== 'stopped') this.#attach(new EngineProcess(this.#options))
    }, pauseMs).unref()
  }

  #failAll(message: string): void {
    const error = { kind: 'unavailable', message } as const
    for (const [taskId, stream] of this.#streams) stream.push({ kind: 'error', taskId, error })
    for (const [taskId, answer] of this.#asked) answer({ kind: 'error', taskId, error })
  }
}

function words({ lastWords }: EngineExit): string {
  return lastWords.length === 0 ? '' : `: ${lastWords.join(' | ')}`
}

/** @throws RequestError (503) unless the engine takes tasks. */
export function checkReady(state: EngineState): void {
  if (state.kind !== 'ready') throw unavailable(state)
}

function unavailable(state: EngineState): RequestError {
  switch (state.kind) {
    case 'failed':
      return new RequestError('unavailable', `The engine cannot load the model: ${state.message}`)
    case 'stopped':
      return new RequestError('unavailable', 'The server is stopping')
    default:
      return new RequestError('unavailable', 'Loading model')
  }
}
