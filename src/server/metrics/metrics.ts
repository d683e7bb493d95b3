// The metrics of a server, for GET /metrics. A registry of its own; reading resets nothing.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { EngineObserver } from '../engine-client/engine-observer.ts'
import { CachedTokens } from './cached-tokens.ts'
import { GenerationMetrics } from './generation-metrics.ts'
import { type Gauges, LlamaMetrics } from './llama-metrics.ts'

export class Metrics {
  readonly registry = new Registry()
  /**
   * Called for every answer. @param route as written in the list of routes; undefined: an unknown
   * path.
   */
  readonly onAnswer: (method: string, route: string | undefined, status: number) => void
  /** Receives the events of the engine's client. */
  readonly observer: EngineObserver

  constructor(gauges: Gauges) {
    const registers = [this.registry]
    const llama = new LlamaMetrics(registers, gauges)
    const cached = new CachedTokens()
    const generations = new GenerationMetrics(registers)
    const restarts = new Counter({
      name: 'cria_engine_restarts_total',
      help: 'How often the engine ended by itself and was started again',
      registers,
    })
    const answers = new Counter({
      name: 'cria_http_requests_total',
      help: 'Answers by method, route and status; streams count when they end',
      labelNames: ['method', 'route', 'status'],
      registers,
    })
    const embedded = new Counter({
      name: 'cria_embedded_inputs_total',
      help: 'Texts that were embedded, or scored by a reranker',
      registers,
    })
    gauge('cria_engine_up', 'Whether the engine takes requests: 1, or 0 while it loads', registers, () =>
      gauges.nCellsMax() === undefined ? 0 : 1,
    )
    gauge('cria_kv_cells_used', 'Tokens in the KV cache, those included that idle slots keep', registers, gauges.nCells)
    gauge('cria_kv_cells', 'Tokens that the KV cache can hold', registers, () => gauges.nCellsMax() ?? 0)
    collectDefaultMetrics({ register: this.registry })
    this.onAnswer = (method, route = 'none', status) => answers.inc({ method, route, status })
    this.observer = {
      sent: (taskId) => generations.sent(taskId),
      stepped: (message) => {
        const nCached = cached.count(message.slots)
        llama.stepped(message, nCached)
        generations.stepped(message, nCached)
        embedded.inc(message.events.filter(({ kind }) => kind === 'embedding').length)
      },
      left: (taskId) => generations.left(taskId),
      failed: (taskId) => generations.failed(taskId),
      died: () => restarts.inc(),
    }
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics()
  }
}

function gauge(name: string, help: string, registers: Registry[], read: () => number): void {
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read())
    },
  })
}
