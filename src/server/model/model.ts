// What every handler may use: the engine, the vocabulary, and what is known of the model.
import type { Options } from '../../options/table.ts'
import type { ChosenTemplate } from '../chat/chosen-template.ts'
import type { EngineClient, EngineState } from '../engine-client/client.ts'
import type { Vision } from '../generate/images.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Tokenizer } from '../text/tokenizer.ts'
import type { Adapters } from './adapters.ts'

import type { SystemPrompts } from './system-prompts.ts'

export type Services = {
  readonly engine: EngineClient
  /** `ready` when both the engine and the vocabulary are there. */
  readonly state: EngineState
  /** Throws while the vocabulary is not loaded; routes with access `model` never see that. */
  readonly tokenizer: Tokenizer
  readonly options: Options
  /** What reads pictures; undefined without --mmproj. */
  readonly vision: Vision | undefined
  /** undefined without --metrics. */
  readonly metrics: Metrics | undefined
  readonly systemPrompts: SystemPrompts
  readonly adapters: Adapters
  /** The chat template that flags chose; undefined: the model's own. */
  readonly chosenTemplate: ChosenTemplate | undefined
  readonly modelPath: string
  /** The alias, else the path. */
  readonly modelName: string
  /** Seconds since 1970. */
  readonly startedAt: number
  readonly version: string
}
