// One life of the engine process: started, talked to, gone. Restarting is the client's business.
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FromEngine } from '../../protocol/event.ts'
import type { EngineOptions, ToEngine } from '../../protocol/task.ts'

export type EngineExit = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last lines that the process printed by itself, such as a failed assertion of ggml. */
  readonly lastWords: readonly string[]
}

export type EngineListener = {
  readonly onMessage: (message: FromEngine) => void
  readonly onExit: (exit: EngineExit) => void
}

const nLastWords = 8

export class EngineProcess {
  readonly #child: ChildProcess
  readonly #lastWords: string[] = []
  #listener: EngineListener | undefined
  /** What came before anybody listened. */
  #early: ((listener: EngineListener) => void)[] = []

  /** Starts the process and has it load the model; nothing here waits. */
  constructor(options: EngineOptions) {
    const path = fileURLToPath(new URL(`../../engine/main${extname(import.meta.url)}`, import.meta.url))
    this.#child = fork(path, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: hasFloats(options) ? 'advanced' : 'json', // Float32Arrays as they are; texts alone are cheaper in JSON
      env: { ...process.env, GGML_NO_BACKTRACE: '1' }, // an abort ends at once instead of calling a debugger
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.#remember(line))
    }
    this.#child.on('message', (message: FromEngine) => this.#tell((listener) => listener.onMessage(message)))
    this.#child.on('error', () => {}) // a pipe that broke: `exit` follows
    this.#child.once('exit', (code, signal) => {
      // the pipes are read to their end first, so that the last words are whole
      const exit = { code, signal, lastWords: this.#lastWords }
      setImmediate(() => this.#tell((listener) => listener.onExit(exit)))
    })
    this.send({ kind: 'load', options })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  listen(listener: EngineListener): void {
    this.#listener = listener
    for (const tell of this.#early.splice(0)) tell(listener)
  }

  send(message: ToEngine): void {
    if (this.#child.connected) this.#child.send(message, () => {}) // a lost message shows as the exit of the process
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #tell(tell: (listener: EngineListener) => void): void {
    if (this.#listener === undefined) this.#early.push(tell)
    else tell(this.#listener)
  }

  #remember(line: string): void {
    if (line.trim() === '') return
    this.#lastWords.push(line)
    if (this.#lastWords.length > nLastWords) this.#lastWords.shift()
  }
}

function hasFloats({ takesImages, embeddings }: EngineOptions): boolean {
  return takesImages || embeddings !== undefined
}
