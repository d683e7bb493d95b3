// The server's handle on the image encoder: start, restart, prompts with images in, chunks out.
import { RequestError } from '../../base/errors.ts'
import type {
  FromImageEncoder,
  ImageEncoderOptions,
  ImagePrompt,
  PromptChunk,
  ToImageEncoder,
} from '../../protocol/image-encoder.ts'
import { type Exit, ForkedChild, formatExit } from '../process/child.ts'
import { Supervisor } from '../process/supervisor.ts'

export type EncodeProgress = { readonly nDone: number; readonly nTotal: number }

export type EncodeOptions = {
  /** Ends the wait, and the work after the current image. */
  readonly signal?: AbortSignal | undefined
  /** Called before each image or tile that has to be computed. */
  readonly onProgress?: ((progress: EncodeProgress) => void) | undefined
}

type Log = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void

type Waiter = {
  readonly onProgress: ((progress: EncodeProgress) => void) | undefined
  readonly resolve: (chunks: readonly PromptChunk[]) => void
  readonly reject: (error: unknown) => void
}

export class ImageEncoderClient {
  readonly #log: Log
  readonly #waiters = new Map<number, Waiter>()
  readonly #supervisor: Supervisor<ToImageEncoder, FromImageEncoder>
  #nextId = 1

  constructor(options: ImageEncoderOptions, log: Log) {
    this.#log = log
    this.#supervisor = new Supervisor<ToImageEncoder, FromImageEncoder>({
      name: 'image encoder',
      // structured clones keep rows and images as they are
      start: () => new ForkedChild({ name: 'image-encoder', serialization: 'advanced' }, { kind: 'load', options }),
      mustStart: true,
      onMessage: (message) => this.#receive(message),
      onDeath: (why, exit) => this.#died(why, exit),
      explain: (exit, wasReady) =>
        wasReady ? undefined : `the image encoder ended with ${formatExit(exit)} while it loaded ${options.mmprojPath}`,
    })
  }

  /** @throws StartError when the projector cannot be used. */
  async ready(): Promise<void> {
    await this.#supervisor.ready()
  }

  /**
   * @returns the prompt as tokens and rows.
   * @throws RequestError (400) naming an image that cannot be used, or for a prompt that is too
   *   long; (500) when the process dies; the signal's reason.
   */
  async encode(prompt: ImagePrompt, { signal, onProgress }: EncodeOptions = {}): Promise<readonly PromptChunk[]> {
    signal?.throwIfAborted()
    if (this.#supervisor.state.kind === 'stopped') throw new RequestError('unavailable', 'The server is stopping')
    await this.#supervisor.ready().catch((error: Error) => {
      throw new RequestError('server', `Images cannot be read: ${error.message}`)
    })
    const id = this.#nextId++
    const onAbort = () => {
      this.#supervisor.send({ kind: 'cancel', id })
      this.#waiters.get(id)?.reject(signal!.reason)
    }
    try {
      return await new Promise<readonly PromptChunk[]>((resolve, reject) => {
        this.#waiters.set(id, { onProgress, resolve, reject })
        signal?.addEventListener('abort', onAbort, { once: true })
        if (signal?.aborted) onAbort()
        else this.#supervisor.send({ kind: 'encode', id, ...prompt })
      })
    } finally {
      this.#waiters.delete(id)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  get pid(): number | undefined {
    return this.#supervisor.pid
  }

  /** It holds no state that must be saved. */
  async stop(): Promise<void> {
    const stopped = this.#supervisor.stop()
    this.#rejectAll(new RequestError('unavailable', 'The server is stopping'))
    await stopped
  }

  #died(why: string, exit: Exit): void {
    this.#log('error', `${why}; it is started again`)
    const message = `The image encoder ended with ${formatExit(exit)} while it read the images`
    this.#rejectAll(new RequestError('server', message))
  }

  #rejectAll(error: RequestError): void {
    for (const { reject } of this.#waiters.values()) reject(error)
  }

  #receive(message: Exclude<FromImageEncoder, { readonly kind: 'ready' | 'failed' }>): void {
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
        this.#supervisor.worked()
        waiter?.resolve(message.chunks)
        break
      case 'error':
        waiter?.reject(RequestError.from(message.error))
        break
    }
  }
}
