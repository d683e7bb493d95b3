// The shape of a scenario: flags for the server, and a run against it that returns figures.
import type { Figure } from './figure.ts'
import type { Server } from './server.ts'

export type Scenario = {
  readonly name: string
  /** The subject of the measurement, in a line. */
  readonly about: string
  /** In addition to the model and the threads. */
  readonly flags: readonly string[]
  /** @throws when an answer fails: the round then has no figures. */
  readonly run: (server: Server, scaled: Scaled) => Promise<readonly Figure[]>
}

/** A length (words, tokens, milliseconds) times --scale, at least 1. */
export type Scaled = (length: number) => number
