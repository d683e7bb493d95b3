// One life of a child process: started, sent messages, ended. The supervisor restarts it.
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The end of a process. */
export type Exit = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last lines of its own output, such as a failed assertion of ggml. */
  readonly lastWords: readonly string[]
}

export type ChildListener<Out> = {
  readonly onMessage: (message: Out) => void
  /** Called once; no message comes after it. */
  readonly onExit: (exit: Exit) => void
}

/** A process that takes messages of type `In` and sends those of type `Out`. */
export interface Child<In, Out> {
  readonly pid: number | undefined
  /** Passes on earlier messages and an earlier exit at once. */
  listen(listener: ChildListener<Out>): void
  /** @param onWritten called when the message has left this process, or never will. */
  send(message: In, onWritten?: () => void): void
  /** SIGKILL. */
  kill(): void
}

export type ForkOptions = {
  /** The folder of its `main` below the program's own, such as `engine`. */
  readonly name: string
  /** `advanced` passes typed arrays as they are; `json` is cheaper for texts. */
  readonly serialization: 'json' | 'advanced'
  /** Options of Node for it, in addition to those of this process. */
  readonly execArgv?: readonly string[]
}

const nLastWords = 8

export class ForkedChild<In extends object, Out> implements Child<In, Out> {
  readonly #child: ChildProcess
  readonly #lastWords: string[] = []
  #listener: ChildListener<Out> | undefined
  /** Messages that arrived before there was a listener. */
  #early: ((listener: ChildListener<Out>) => void)[] = []

  /** @param first its first message; returns without waiting. */
  constructor({ name, serialization, execArgv = [] }: ForkOptions, first: In) {
    const path = fileURLToPath(new URL(`../../${name}/main${extname(import.meta.url)}`, import.meta.url))
    this.#child = fork(path, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization,
      execArgv: [...process.execArgv, ...execArgv],
      // an abort ends at once instead of calling a debugger
      env: { ...process.env, GGML_NO_BACKTRACE: '1' },
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.#remember(line))
    }
    this.#child.on('message', (message) => this.#pass((listener) => listener.onMessage(message as Out)))
    this.#child.on('error', () => {}) // a pipe that broke: `exit` follows
    this.#child.once('exit', (code, signal) => {
      // the pipes are read to their end first, so the last words are complete
      const exit = { code, signal, lastWords: this.#lastWords }
      setImmediate(() => this.#pass((listener) => listener.onExit(exit)))
    })
    this.send(first)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  listen(listener: ChildListener<Out>): void {
    this.#listener = listener
    for (const pass of this.#early.splice(0)) pass(listener)
  }

  send(message: In, onWritten: () => void = () => {}): void {
    if (this.#child.connected)
      this.#child.send(message, onWritten) // a lost message shows as the exit of the process
    else onWritten()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #pass(pass: (listener: ChildListener<Out>) => void): void {
    if (this.#listener === undefined) this.#early.push(pass)
    else pass(this.#listener)
  }

  #remember(line: string): void {
    if (line.trim() === '') return
    this.#lastWords.push(line)
    if (this.#lastWords.length > nLastWords) this.#lastWords.shift()
  }
}

/** Describes the exit in words: `signal SIGKILL`, or `code 1: the last | two lines`. */
export function formatExit({ code, signal, lastWords }: Exit): string {
  const how = signal === null ? `code ${code}` : `signal ${signal}`
  return lastWords.length === 0 ? how : `${how}: ${lastWords.join(' | ')}`
}
