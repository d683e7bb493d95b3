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

const nLastWords = 8

export class EngineProcess {
  readonly #child: ChildProcess
  readonly #lastWords: string[] = []

  constructor(options: EngineOptions, onMessage: (message: FromEngine) => void, onExit: (exit: EngineExit) => void) {
    const path = fileURLToPath(new URL(`../../engine/main${extname(import.meta.url)}`, import.meta.url))
    this.#child = fork(path, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, GGML_NO_BACKTRACE: '1' }, // an abort ends at once instead of calling a debugger
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.#remember(line))
    }
    this.#child.on('message', onMessage)
    this.#child.on('error', () => {}) // a pipe that broke: `exit` follows
    this.#child.once('exit', (code, signal) => {
      // the pipes are read to their end first, so that the last words are whole
      setImmediate(() => onExit({ code, signal, lastWords: this.#lastWords }))
    })
    this.send({ kind: 'load', options })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  send(message: ToEngine): void {
    if (this.#child.connected) this.#child.send(message, () => {}) // a lost message shows as the exit of the process
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #remember(line: string): void {
    if (line.trim() === '') return
    this.#lastWords.push(line)
    if (this.#lastWords.length > nLastWords) this.#lastWords.shift()
  }
}
