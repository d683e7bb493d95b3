// The server's handle on the engine: start, restart, tasks in, events out. Handlers see async
// iterables and no process.
import { statSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { Logger } from 'pino'
import { RequestError } from '../../base/errors.ts'
import { countUsage } from '../../base/usage.ts'
import type { AnswerOf, AskOf, ControlAction, ControlEvent, ControlTask } from '../../protocol/control.ts'
import type { EmbeddingTask } from '../../protocol/embedding.ts'
import type { EngineInfo, FromEngine, GenerationEvent, TaskEvent } from '../../protocol/event.ts'
import type { EngineOptions, GenerationTask, ToEngine } from '../../protocol/task.ts'
import type { Exit } from '../process/child.ts'
import { systemClock } from '../process/clock.ts'
import { Supervisor } from '../process/supervisor.ts'
import { TaskBoard } from './board.ts'
import { Channel, type ChannelTask } from './channel.ts'
import { type EngineChild, startEngine } from './engine-child.ts'
import type { EngineObserver } from './engine-observer.ts'
import type { EventStream } from './event-stream.ts'
import { explainKilledLoad, type Sizes } from './load-failure.ts'
import { Watchdog } from './watchdog.ts'

export type EngineState =
  | { readonly kind: 'loading'; readonly progress: number }
  | { readonly kind: 'ready'; readonly info: EngineInfo }
  /** A restarted engine could not load the model. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' }

/** An engine that does not stop by itself is inside a long step. */
const graceMs = 1500

/** After so many lives in a row that ended while they loaded the model, requests wait no longer. */
const maxStillborn = 3

type Ready = Extract<FromEngine, { kind: 'ready' }>
type Message = Exclude<FromEngine, { kind: 'ready' | 'failed' }>

export class EngineClient {
  readonly #log: Logger
  readonly #supervisor: Supervisor<ToEngine, FromEngine>
  readonly #channel: Channel
  readonly #watchdog: Watchdog
  readonly #asked = new Map<number, (event: ControlEvent) => void>()
  /** The state of the engine, as far as it is known here: reading it never waits. */
  readonly board = new TaskBoard()
  #observer: EngineObserver | undefined
  /** Progress of loading the model, from 0 to 1. */
  #progress = 0
  /** As it was when it was ready last: requests that wait for the next engine go by that. */
  #info: EngineInfo | undefined
  /** Since an engine was ready: its own death, and those of engines that never were. */
  #nDeaths = 0
  #nextTaskId = 1

  /**
   * @param first the engine's first process, started with the same options: it loads while the
   *   server is assembled.
   */
  constructor(options: EngineOptions, log: Logger, first: EngineChild) {
    this.#log = log
    this.#channel = new Channel((message) => this.#supervisor.send(message), {
      opened: (task) => this.#opened(task),
      closed: (task, isOver) => this.#closed(task, isOver),
      failed: (task) => this.#observer?.failed(task.taskId),
      nWaiting: () => this.board.nWaiting,
    })
    this.#watchdog = new Watchdog({
      nBatch: options.nBatch,
      ask: () => this.#supervisor.send({ kind: 'ping' }),
      onFrozen: (why) => this.#supervisor.kill(why),
      clock: systemClock,
    })
    this.#supervisor = new Supervisor<ToEngine, FromEngine>({
      name: 'engine',
      start: () => startEngine(options),
      first,
      mustStart: true,
      onReady: (ready) => this.#ready(ready),
      onMessage: (message) => this.#receive(message),
      onDeath: (why, exit) => this.#died(why, exit),
      explain: (exit, wasReady) => (wasReady ? undefined : explainKilledLoad(exit, options, sizesFor(options))),
    })
  }

  get state(): EngineState {
    const { state } = this.#supervisor
    if (state.kind === 'starting') return { kind: 'loading', progress: this.#progress }
    return state.kind === 'ready' ? { kind: 'ready', info: state.ready.info } : state
  }

  /** Reports everything from now on to the observer. */
  observe(observer: EngineObserver): void {
    this.#observer = observer
  }

  /** @throws StartError when the first load fails. */
  async ready(): Promise<EngineInfo> {
    return (await this.#supervisor.ready()).info
  }

  /** @throws RequestError (503) before there is an engine, and when there will be none. */
  get info(): EngineInfo {
    this.#checkUsable()
    return this.#info!
  }

  /**
   * Sends a task. When the engine ends, the next one goes on with it: its reader sees a pause.
   * @param signal aborted when the client goes away: the task is cancelled and the stream ends.
   * @returns its events, the last a `finish` or an `error`; to be read, or left: leaving early
   *   cancels the task.
   * @throws RequestError (503) before there is an engine, and when there will be none.
   */
  generate(task: Omit<GenerationTask, 'taskId' | 'kind'>, signal: AbortSignal): AsyncIterable<GenerationEvent> {
    const isLast = (event: TaskEvent) => {
      if (event.kind !== 'finish') return event.kind === 'error'
      const { nPromptTokens, timings } = event
      countUsage(signal, { nPrompt: nPromptTokens, nCached: timings.nCached, nPredicted: timings.nPredicted })
      return true
    }
    const open = { kind: 'generate', taskId: this.#nextTaskId++, ...task } as const
    return this.#open(open, isLast, signal) as AsyncIterable<GenerationEvent>
  }

  /**
   * Vectors, or scores, of all inputs of a task.
   * @param signal aborted when the client goes away: the task is cancelled.
   * @returns in the order of the inputs.
   * @throws RequestError when the engine refuses or stops, and when the client has gone away.
   */
  async embed(task: Omit<EmbeddingTask, 'taskId' | 'kind'>, signal: AbortSignal): Promise<readonly Float32Array[]> {
    const nInputs = task.inputs.length
    const nPrompt = task.inputs.reduce((sum, { tokens }) => sum + tokens.length, 0)
    countUsage(signal, { nPrompt, nCached: 0, nPredicted: 0 })
    const vectors = new Array<Float32Array>(nInputs)
    const missing = new Set(vectors.keys()) // another engine computes all of them again
    const isLast = (event: TaskEvent) => {
      if (event.kind === 'embedding') missing.delete(event.index)
      return event.kind === 'error' || missing.size === 0
    }
    const events = this.#open({ kind: 'embed', taskId: this.#nextTaskId++, ...task }, isLast, signal)
    for await (const event of events) {
      if (event.kind === 'error') throw RequestError.from(event.error)
      if (event.kind === 'embedding') vectors[event.index] = event.vector
    }
    if (missing.size > 0) throw new RequestError('unavailable', 'The client has gone')
    return vectors
  }

  #open(task: ChannelTask, isLast: (event: TaskEvent) => boolean, signal: AbortSignal): EventStream<TaskEvent> {
    this.#checkUsable()
    return this.#channel.open(task, isLast, signal)
  }

  /** A request that was let in stays when the engine is started again meanwhile. */
  #checkUsable(): void {
    if (this.state.kind !== 'loading' || this.#info === undefined) checkReady(this.state)
  }

  /**
   * Sends the engine an order other than a generation, and waits for its answer.
   * @param signal aborted when the client goes away: an order that still waits is dropped.
   * @throws RequestError when the engine refuses, stops or is not there.
   */
  async control<A extends ControlAction>(action: A, ask: AskOf<A>, signal: AbortSignal): Promise<AnswerOf<A>> {
    checkReady(this.state)
    const taskId = this.#nextTaskId++
    if (signal.aborted) throw new RequestError('unavailable', 'The client has disconnected')
    const leave = () => {
      this.#supervisor.send({ kind: 'cancel', taskId })
      const error = { kind: 'unavailable', message: 'The client has disconnected' } as const
      this.#asked.get(taskId)?.({ kind: 'error', taskId, error })
    }
    const answered = new Promise<ControlEvent>((resolve) => this.#asked.set(taskId, resolve))
    signal.addEventListener('abort', leave)
    this.#supervisor.send({ kind: 'control', taskId, action, ask } as ControlTask)
    const event = await answered
    signal.removeEventListener('abort', leave)
    this.#asked.delete(taskId)
    if (event.kind === 'error') throw RequestError.from(event.error)
    return event.answer as AnswerOf<A>
  }

  async stop(): Promise<void> {
    this.#watchdog.stop()
    const stopped = this.#supervisor.stop({ kind: 'stop' }, graceMs)
    this.#failAll('the server is stopping')
    await stopped
  }

  #opened(task: ChannelTask): void {
    if (task.kind === 'embed') {
      this.board.sentEmbedding(task.taskId)
      return
    }
    this.board.sent(task.taskId, task)
    this.#observer?.sent(task.taskId)
  }

  #closed({ taskId }: ChannelTask, isOver: boolean): void {
    this.board.ended(taskId)
    if (!isOver) this.#observer?.left(taskId)
  }

  #ready({ info }: Ready): void {
    this.#info = info
    this.#nDeaths = 0
    this.board.reset(info.nSlots)
    this.#channel.nSlots = info.nSlots
    this.#channel.resume()
    this.#watchdog.start()
  }

  #receive(message: Message): void {
    this.#watchdog.heard()
    switch (message.kind) {
      case 'step':
        if (message.work !== null) this.#watchdog.measured(message.work)
        this.board.stepped(message)
        this.#observer?.stepped(message)
        if (message.events.length > 0) this.#supervisor.worked()
        this.#channel.deliver(message.events)
        break
      case 'control':
        this.#asked.get(message.event.taskId)?.(message.event)
        break
      case 'loading':
        this.#progress = message.progress
        break
      case 'warning':
        this.#log.warn(message.text)
        break
      case 'log':
        this.#logLine(message.level, message.text)
        break
    }
  }

  /**
   * libllama is talkative: its warnings are shown only on request, and its messages about a first
   * load are in the StartError.
   */
  #logLine(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    const line = { engine: true }
    if (level === 'error' && this.#info !== undefined) this.#log.error(line, text)
    else if (level === 'error' || level === 'warn') this.#log.debug(line, text)
    else this.#log.trace(line, text)
  }

  #died(why: string, { lastWords }: Exit): void {
    this.#log.error({ lastWords }, `${why}; it is started again`)
    this.#progress = 0
    this.#watchdog.stop()
    this.#observer?.died()
    this.#channel.suspend((taskId) => this.board.isRunning(taskId))
    this.board.reset(0)
    const isHopeless = this.state.kind === 'failed' || ++this.#nDeaths > maxStillborn
    if (isHopeless) this.#failAll(`the engine stopped and cannot be started again: ${why}`)
    else this.#failControls('the engine stopped while this request was running; it is being restarted, try again')
  }

  #failAll(message: string): void {
    this.#channel.fail({ kind: 'unavailable', message })
    this.#failControls(message)
  }

  /** Control tasks are not tried again. */
  #failControls(message: string): void {
    const error = { kind: 'unavailable', message } as const
    for (const [taskId, answer] of this.#asked) answer({ kind: 'error', taskId, error })
  }
}

function sizesFor({ modelPath }: EngineOptions): Sizes {
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY // 0: no known limit
  return {
    modelBytes: statSync(modelPath, { throwIfNoEntry: false })?.size,
    memoryBytes: Math.min(allowed, totalmem()),
  }
}

/** @throws RequestError (503) unless the engine accepts tasks. */
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
