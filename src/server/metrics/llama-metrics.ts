// The metrics of llama-server, under its names: the work of the engine. Averages are over the whole
// life of the server.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { StepMessage } from '../../protocol/event.ts'
import type { StepWork } from '../../protocol/report.ts'

/** Values that gauges show when they are read. */
export type Gauges = {
  readonly nBusy: () => number
  readonly nWaiting: () => number
  /** Tokens in the KV cache. */
  readonly nCells: () => number
  /** The maximum number of tokens that it can hold; undefined while there is no engine. */
  readonly nCellsMax: () => number | undefined
}

export class LlamaMetrics {
  readonly #counters: Record<keyof typeof counters, Counter>
  /** The terms of the averages. */
  readonly #sums = { nPrompt: 0, promptS: 0, nDecoded: 0, decodedS: 0, nDecodes: 0, nBusy: 0 }
  #nTokensMax = 0

  constructor(registers: Registry[], { nBusy, nWaiting }: Pick<Gauges, 'nBusy' | 'nWaiting'>) {
    const made = Object.entries(counters).map(([name, help]) => [
      name,
      new Counter({ name: named(name), help, registers }),
    ])
    this.#counters = Object.fromEntries(made)
    const sums = this.#sums
    const gauges: Readonly<Record<string, readonly [string, () => number]>> = {
      prompt_tokens_seconds: [
        'Prompt tokens a second while prompts were computed',
        () => ratio(sums.nPrompt, sums.promptS),
      ],
      predicted_tokens_seconds: [
        'Generated tokens a second while tokens were generated, those of all slots together',
        () => ratio(sums.nDecoded, sums.decodedS),
      ],
      n_busy_slots_per_decode: [
        'Busy slots, or texts that are embedded, in a step, on average',
        () => ratio(sums.nBusy, sums.nDecodes),
      ],
      requests_processing: ['Requests that have a slot, and those for embeddings', nBusy],
      requests_deferred: ['Requests that wait for a slot', nWaiting],
    }
    for (const [name, [help, read]] of Object.entries(gauges)) {
      new Gauge({
        name: named(name),
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    }
  }

  /** @param nCached prompt tokens that were taken from the cache. */
  stepped({ slots, events, work }: StepMessage, nCached: number): void {
    this.#counters.prompt_tokens_cached_total.inc(nCached)
    for (const { nCells = 0 } of slots) this.#sawTokens(nCells)
    for (const event of events) if (event.kind === 'finish') this.#sawTokens(event.nPast)
    if (work !== null) this.#worked(work)
  }

  /**
   * The time of a step is divided between prompts and generated tokens in proportion to their rows.
   */
  #worked({ ms, nRows, nPromptRows, nGenerated, nBusy }: StepWork): void {
    const promptS = (ms / 1000) * (nPromptRows / nRows)
    const decodedS = ms / 1000 - promptS
    const all = this.#counters
    all.prompt_tokens_total.inc(nPromptRows)
    all.prompt_seconds_total.inc(promptS)
    all.tokens_predicted_total.inc(nGenerated)
    all.tokens_predicted_seconds_total.inc(Math.max(0, decodedS))
    all.n_decode_total.inc()
    const sums = this.#sums
    sums.nPrompt += nPromptRows
    sums.promptS += promptS
    sums.nDecoded += nRows - nPromptRows
    sums.decodedS += decodedS
    sums.nDecodes++
    sums.nBusy += nBusy
  }

  #sawTokens(n: number): void {
    if (n <= this.#nTokensMax) return
    this.#counters.n_tokens_max.inc(n - this.#nTokensMax)
    this.#nTokensMax = n
  }
}

const counters = {
  prompt_tokens_total:
    'Tokens of prompts, and of texts to embed, that were computed; those from the cache are not among them',
  prompt_tokens_cached_total: 'Prompt tokens taken from the cache',
  prompt_seconds_total: 'Seconds spent on prompt tokens',
  tokens_predicted_total: 'Tokens generated',
  tokens_predicted_seconds_total: 'Seconds spent on generated tokens',
  n_decode_total: 'Calls of llama_decode',
  n_tokens_max: 'The longest sequence so far, prompt and answer',
  spec_decode_num_draft_tokens_total: 'Always 0: nothing is drafted here',
  spec_decode_num_accepted_tokens_total: 'Always 0: nothing is drafted here',
  spec_decode_num_drafts_total: 'Always 0: nothing is drafted here',
}

const named = (name: string) => `llamacpp:${name}`

function ratio(count: number, of: number): number {
  return of > 0 ? count / of : 0
}
