// Metrics of generating requests: time in the queue, time to the first token, time per token, and
// length.
import { Counter, Histogram, type Registry } from 'prom-client'
import type { StepMessage, TaskEvent } from '../../protocol/event.ts'
import type { SlotChange } from '../../protocol/report.ts'
import type { Timings } from '../../protocol/timings.ts'

type Running = {
  /** By performance.now(). */
  readonly sentAt: number
  startedAt: number | undefined
  /** Of the last tokens received. */
  nPredicted: number
  predictedMs: number
}

const waits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
const gaps = [
  0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5,
]
const sizes = [1, 4, 16, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 131_072]

export class GenerationMetrics {
  readonly #running = new Map<number, Running>()
  readonly #queue: Histogram
  readonly #firstToken: Histogram
  readonly #gap: Histogram
  readonly #whole: Histogram
  readonly #promptTokens: Histogram
  readonly #generatedTokens: Histogram
  readonly #queried: Counter
  readonly #hits: Counter
  readonly #ended: Counter

  constructor(registers: Registry[]) {
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `cria_${name}`, help, buckets, registers })
    const counter = (name: string, help: string, labelNames: string[] = []) =>
      new Counter({ name: `cria_${name}`, help, labelNames, registers })
    this.#queue = histogram('queue_seconds', 'From the arrival of a request until it has a slot', waits)
    this.#firstToken = histogram(
      'time_to_first_token_seconds',
      'From the arrival of a request until its first token',
      waits,
    )
    this.#gap = histogram('inter_token_seconds', 'Between two tokens of an answer', gaps)
    this.#whole = histogram('request_seconds', 'From the arrival of a request until its last token', waits)
    this.#promptTokens = histogram('prompt_tokens', 'Tokens of a prompt, cached ones too', sizes)
    this.#generatedTokens = histogram('generated_tokens', 'Tokens of an answer', sizes)
    this.#queried = counter('prefix_cache_queried_tokens_total', 'Prompt tokens of requests that got a slot')
    this.#hits = counter('prefix_cache_hit_tokens_total', 'How many of these were in the cache')
    this.#ended = counter(
      'generations_total',
      'Answers by how they ended: eos, word, limit, error, or left by their client',
      ['reason'],
    )
  }

  sent(taskId: number): void {
    this.#running.set(taskId, { sentAt: performance.now(), startedAt: undefined, nPredicted: 0, predictedMs: 0 })
  }

  /** @param nCached prompt tokens that were taken from the cache. */
  stepped({ slots, events }: StepMessage, nCached: number): void {
    const now = performance.now()
    this.#hits.inc(nCached)
    for (const change of slots) this.#started(change, now)
    for (const event of events) this.#came(event, now)
  }

  left(taskId: number): void {
    if (this.#running.delete(taskId)) this.#ended.inc({ reason: 'left' })
  }

  failed(taskId: number): void {
    if (this.#running.delete(taskId)) this.#ended.inc({ reason: 'error' })
  }

  #started({ taskId, nPrompt = 0 }: SlotChange, now: number): void {
    const request = typeof taskId === 'number' ? this.#running.get(taskId) : undefined
    if (request === undefined || request.startedAt !== undefined) return
    request.startedAt = now
    this.#queue.observe((now - request.sentAt) / 1000)
    this.#promptTokens.observe(nPrompt)
    this.#queried.inc(nPrompt)
  }

  #came(event: TaskEvent, now: number): void {
    const request = this.#running.get(event.taskId)
    if (request === undefined || event.kind === 'queued' || event.kind === 'prefill') return
    if (event.kind === 'prompt' || event.kind === 'embedding') return
    if (event.kind !== 'error') this.#tokens(request, event.timings, now)
    if (event.kind === 'text') return
    this.#running.delete(event.taskId)
    this.#ended.inc({ reason: event.kind === 'finish' ? event.reason : 'error' })
    if (event.kind === 'error') return
    this.#whole.observe((now - request.sentAt) / 1000)
    this.#generatedTokens.observe(event.timings.nPredicted)
  }

  /**
   * By the engine's clock, which no pipe delays. An event may have several tokens: they are taken
   * to be evenly spaced.
   */
  #tokens(request: Running, { nPredicted, predictedMs }: Timings, now: number): void {
    if (request.nPredicted === 0 && nPredicted > 0) {
      this.#firstToken.observe((now - request.sentAt) / 1000)
      request.nPredicted = 1 // the first has no gap before it
    }
    const nNew = nPredicted - request.nPredicted
    if (nNew <= 0) return
    const gapS = (predictedMs - request.predictedMs) / 1000 / nNew
    for (let i = 0; i < nNew; i++) this.#gap.observe(gapS)
    request.nPredicted = nPredicted
    request.predictedMs = predictedMs
  }
}
