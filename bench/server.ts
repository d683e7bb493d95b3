// A measured server: started fresh on a free port, awaited, ended by its process id.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contestant } from './contestant.ts'
import { send } from './http.ts'
import { memoryMiB, processTree } from './process-tree.ts'

const readyWithinMs = 180_000
const endWithinMs = 10_000
const running = new Set<Server>()

export class Server {
  readonly url: string
  /** From the start of the process to the first 200 of /health. */
  readyMs = Number.NaN
  readonly #process: ChildProcess
  readonly #exit: Promise<void>
  readonly #logDir: string
  #hasEnded = false

  private constructor({ command: [program, ...args] }: Contestant, flags: readonly string[], port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.#logDir = mkdtempSync(join(tmpdir(), 'cria-bench-'))
    const log = openSync(this.#logPath, 'w')
    const all = [...args, ...flags, '--host', '127.0.0.1', '--port', String(port)]
    // its log goes to a file: a pipe would cost the measured machine time. detached: Ctrl-C in the
    // terminal reaches it only through us, once
    this.#process = spawn(program, all, { stdio: ['ignore', log, log], env: ownEnvironment(), detached: true })
    closeSync(log)
    this.#exit = new Promise((resolve) => {
      const end = () => {
        this.#hasEnded = true
        resolve()
      }
      this.#process.once('exit', end).once('error', end)
    })
    running.add(this)
  }

  /** @throws Error with the end of its log when it ends or is not ready in time. */
  static async start(contestant: Contestant, flags: readonly string[]): Promise<Server> {
    const port = await freePort()
    const startMs = performance.now()
    const server = new Server(contestant, flags, port)
    try {
      while (!(await server.#isReady())) {
        if (server.#hasEnded) throw new Error(`the server ended before it was ready: ${server.logEnd()}`)
        if (performance.now() - startMs > readyWithinMs) throw new Error(`the server is not ready: ${server.logEnd()}`)
        await sleep(5)
      }
    } catch (error) {
      await server.stop()
      throw error
    }
    server.readyMs = performance.now() - startMs
    return server
  }

  memoryMiB(): number | undefined {
    return memoryMiB(this.#process.pid!)
  }

  /** The last lines of its log, as one. */
  logEnd(): string {
    return readFileSync(this.#logPath, 'utf8').trim().split('\n').slice(-3).join(' | ').slice(-400)
  }

  /** Asks it to end, without waiting for it. */
  end(): void {
    if (!this.#hasEnded) this.#process.kill('SIGTERM')
  }

  /** Ends it, by force if it takes too long, and removes its log. */
  async stop(): Promise<void> {
    const { pid } = this.#process
    if (pid !== undefined && !this.#hasEnded) {
      const tree = processTree(pid)
      this.end()
      const inTime = new AbortController()
      await Promise.race([this.#exit, sleep(endWithinMs, undefined, { signal: inTime.signal }).catch(() => {})])
      inTime.abort()
      if (!this.#hasEnded) for (const id of tree) kill(id)
      await this.#exit
    }
    running.delete(this)
    rmSync(this.#logDir, { recursive: true, force: true })
  }

  get #logPath(): string {
    return join(this.#logDir, 'server.log')
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await send(`${this.url}/health`)
      response.resume()
      return response.statusCode === 200
    } catch {
      return false // not listening yet
    }
  }
}

/** Called when the user ends the program: pending answers then fail, and clean up. */
export function endAllServers(): void {
  for (const server of running) server.end()
}

/** Without the variables that would give one of the servers settings besides the flags. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(LLAMA|CRIA)_/.test(name)))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
