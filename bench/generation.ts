// One streamed answer, and the arrival times of its pieces. Greedy, so every server does the same
// work.
import { sendForEvents } from './http.ts'

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }

export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string | readonly Part[] }

const greedy = {
  stream: true,
  ignore_eos: true,
  temperature: 0,
  top_k: 1,
  repeat_penalty: 1,
  seed: 1,
  cache_prompt: true,
}

/** Times are those of performance.now(). It can be read while it is running. */
export class Generation {
  readonly startMs = performance.now()
  readonly arrivalsMs: number[] = []
  text = ''
  /** Known at the end; before that, one per piece. */
  nTokens = 0
  nPromptTokens = 0
  /** Settles at the end; rejects when the answer fails, not when it is stopped. */
  readonly done: Promise<this>
  readonly #stop = new AbortController()

  /** @param chunks the events of one of the routes below. */
  private constructor(url: string, body: object) {
    this.done = this.#read(sendForEvents(url, body, { signal: this.#stop.signal }) as AsyncIterable<Chunk>)
    this.done.catch(() => {}) // whoever awaits it gets the error
  }

  /** POST /completion: exactly `nPredict` tokens, unless the context is full before. */
  static ofPrompt(base: string, prompt: string, nPredict: number): Generation {
    return new Generation(`${base}/completion`, { ...greedy, prompt, n_predict: nPredict })
  }

  /** POST /v1/chat/completions: as above. @param fields replace the usual ones. */
  static ofChat(base: string, messages: readonly Message[], maxTokens: number, fields: object = {}): Generation {
    return new Generation(`${base}/v1/chat/completions`, { ...greedy, messages, max_tokens: maxTokens, ...fields })
  }

  /** Closes the connection, as a client that leaves does. */
  stop(): void {
    this.#stop.abort()
  }

  get firstTokenMs(): number {
    const first = this.arrivalsMs[0]
    if (first === undefined) throw new Error('an answer had no token')
    return first - this.startMs
  }

  get gapsMs(): number[] {
    return this.arrivalsMs.slice(1).map((atMs, i) => atMs - this.arrivalsMs[i]!)
  }

  /** Tokens per second from the first piece to the last. */
  get decodeRate(): number | undefined {
    const spanMs = this.arrivalsMs.at(-1)! - this.arrivalsMs[0]!
    return spanMs > 0 ? ((this.nTokens - 1) / spanMs) * 1000 : undefined
  }

  async #read(chunks: AsyncIterable<Chunk>): Promise<this> {
    try {
      for await (const chunk of chunks) this.#take(chunk)
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
    return this
  }

  #take(chunk: Chunk): void {
    if (chunk.error !== undefined) throw new Error(`an answer failed: ${JSON.stringify(chunk.error).slice(0, 300)}`)
    const delta = chunk.choices?.[0]?.delta
    const piece = chunk.content ?? delta?.content ?? delta?.reasoning_content ?? ''
    const isToken = piece !== '' || (chunk.stop === false && (chunk.tokens ?? []).length > 0)
    if (isToken) {
      this.arrivalsMs.push(performance.now())
      this.text += piece
      this.nTokens++
    }
    if (chunk.stop === true) {
      this.nTokens = chunk.tokens_predicted ?? this.nTokens
      this.nPromptTokens = chunk.tokens_evaluated ?? 0
    }
  }
}

/** The fields that are read from an event, of either route. */
type Chunk = {
  readonly error?: unknown
  readonly content?: string
  readonly tokens?: readonly number[]
  readonly stop?: boolean
  readonly tokens_predicted?: number
  readonly tokens_evaluated?: number
  readonly choices?: readonly { readonly delta?: { readonly content?: string; readonly reasoning_content?: string } }[]
}
