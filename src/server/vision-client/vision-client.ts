// The server's handle on the vision process: start, restart, prompts with pictures in, chunks out.
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RequestError, StartError } from '../../base/errors.ts'
import type { FromVision, PromptChunk, ToVision, VisionOptions, VisionPrompt } from '../../protocol/vision.ts'

export type VisionProgress = { readonly nDone: number; readonly nTotal: number }

export type EncodeOptions = {
  /** Ends the wait, and the work as soon as an image is done. */
  readonly signal?: AbortSignal | undefined
  /** Told before each image or tile that has to be computed. */
  readonly onProgress?: ((progress: VisionProgress) => void) | undefined
}

type Log = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void

type Waiter = {
  readonly onProgress: ((progress: VisionProgress) => void) | undefined
  readonly resolve: (chunks: readonly PromptChunk[]) => void
  readonly reject: (error: unknown) => void
}

/** A process that died is started anew by the next prompt: what killed it was most likely the prompt before. */
export class VisionClient {
  readonly #options: VisionOptions
  readonly #log: Log
  readonly #waiters = new Map<number, Waiter>()
  #child: ChildProcess
  #ready: Promise<void>
  #nextId = 1
  #isStopped = false

  constructor(options: VisionOptions, log: Log) {
    this.#options = options
    this.#log = log
    ;({ child: this.#child, ready: this.#ready } = this.#start())
  }

  /** @throws StartError when the projector cannot be used. */
  ready(): Promise<void> {
    return this.#ready
  }

  /**
   * @returns the prompt as tokens and rows.
   * @throws RequestError (400) naming a picture that cannot be used, or that it is too long; (500) when the process dies; the signal's reason.
   */
  async encode(prompt: VisionPrompt, { signal, onProgress }: EncodeOptions = {}): Promise<readonly PromptChunk[]> {
    signal?.throwIfAborted()
    if (this.#isStopped) throw new RequestError('unavailable', 'The server is stopping')
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      ;({ child: this.#child, ready: this.#ready } = this.#start())
    }
    await this.#ready.catch((error: Error) => {
      throw new RequestError('server', `Images cannot be read: ${error.message}`)
    })
    const id = this.#nextId++
    const onAbort = () => {
      this.#send({ kind: 'cancel', id })
      this.#waiters.get(id)?.reject(signal!.reason)
    }
    try {
      return await new Promise<readonly PromptChunk[]>((resolve, reject) => {
        this.#waiters.set(id, { onProgress, resolve, reject })
        signal?.addEventListener('abort', onAbort, { once: true })
        if (signal?.aborted) onAbort()
        else this.#send({ kind: 'encode', id, ...prompt })
      })
    } finally {
      this.#waiters.delete(id)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  stop(): void {
    this.#isStopped = true
    this.#child.kill('SIGKILL') // it holds nothing that must be saved
  }

  #start(): { child: ChildProcess; ready: Promise<void> } {
    const path = fileURLToPath(new URL(`../../vision/main${extname(import.meta.url)}`, import.meta.url))
    const child = fork(path, [], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced', // rows and pictures as they are
      env: { ...process.env, GGML_NO_BACKTRACE: '1' },
    })
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: FromVision) => {
        if (message.kind === 'ready') resolve()
        else if (message.kind === 'failed') reject(new StartError(message.message))
        else this.#receive(message)
      })
      child.on('error', () => {}) // a pipe that broke: `exit` follows
      child.once('exit', (code, signal) => {
        const ending = signal === null ? `exit code ${code}` : `killed by ${signal}`
        reject(new StartError(`the vision process ended (${ending}) while it loaded ${this.#options.mmprojPath}`))
        const error = new RequestError('server', `The vision process ended (${ending}) while it read the pictures`)
        for (const waiter of this.#waiters.values()) waiter.reject(error)
      })
    })
    ready.catch(() => {}) // told to whoever asks
    child.send({ kind: 'load', options: this.#options } satisfies ToVision, () => {})
    return { child, ready }
  }

  #receive(message: Exclude<FromVision, { readonly kind: 'ready' | 'failed' }>): void {
    if (message.kind === 'log') {
      this.#log(message.level, message.text)
      return
    }
    const waiter = this.#waiters.get(message.id)
    switch (message.kind) {
      case 'progress':
        waiter?.onProgress?.({ nDone: message.nDone, nTotal: message.nTotal })
        break
      case 'encoded':
        waiter?.resolve(message.chunks)
        break
      case 'error':
        waiter?.reject(RequestError.from(message.error))
        break
    }
  }

  #send(message: ToVision): void {
    if (this.#child.connected) this.#child.send(message, () => {}) // a lost message shows as the exit of the process
  }
}
