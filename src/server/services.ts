// The server as its handlers see it: everything that does not belong to a single model.
import type { Logger } from 'pino'
import type { Options } from '../options/table.ts'
import type { RunningResponses } from './api/openai/responses/running.ts'
import type { ResponseStore } from './api/openai/responses/store.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { ModelRegistry } from './model/registry.ts'

export type Services = {
  readonly models: ModelRegistry
  readonly options: Options
  readonly log: Logger
  readonly responses: ResponseStore
  readonly runningResponses: RunningResponses
  /** undefined without --metrics. */
  readonly metrics: Metrics | undefined
  readonly version: string
  /** Seconds since 1970. */
  readonly startedAt: number
}
