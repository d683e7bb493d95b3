// What the server did in the last two minutes: read from its metrics once a second while somebody looks.
import { useEffect, useState } from 'react'
import { type Histogram, type Metrics, quantile } from '../api/metrics.ts'
import { readMetrics, readSlots, type Slot } from '../api/server.ts'

export type Sample = {
  readonly generatedPerS: number | undefined
  readonly promptPerS: number | undefined
  readonly running: number | undefined
  readonly waiting: number | undefined
  readonly firstTokenMs: number | undefined
  readonly tokenGapMs: number | undefined
  readonly cachedShare: number | undefined
  /** How full the KV cache is. */
  readonly cellsShare: number | undefined
}

export const historySize = 120
export const intervalS = 1

/** Medians and shares are of this many readings, so that they do not jump; rates of these few. */
const windowSize = 30
const rateSize = 3

type Reading = { readonly at: number; readonly metrics: Metrics }
type History = {
  readonly samples: readonly Sample[]
  readonly slots: readonly Slot[] | undefined
  readonly hasMetrics: boolean | undefined
}

const nothing: Sample = {
  generatedPerS: undefined,
  promptPerS: undefined,
  running: undefined,
  waiting: undefined,
  firstTokenMs: undefined,
  tokenGapMs: undefined,
  cachedShare: undefined,
  cellsShare: undefined,
}

// outlives the view: coming back shows no gap but the time away
let readings: Reading[] = []
let samples: Sample[] = Array.from({ length: historySize }, () => nothing)

export function useHistory(): History {
  const [history, setHistory] = useState<History>({ samples, slots: undefined, hasMetrics: undefined })
  useEffect(() => {
    let timer: number | undefined
    let isGone = false
    let hasMetrics: boolean | undefined
    const look = async () => {
      const told = await Promise.all([readSlots(), hasMetrics === false ? undefined : readMetrics()]).catch(
        () => undefined,
      )
      if (isGone) return
      if (told === undefined) {
        // loading, restarting or gone, as the line above the view says: a gap in the charts
        readings = []
        samples = [...samples.slice(1), nothing]
        setHistory((before) => ({ ...before, samples, slots: before.slots && [] }))
      } else {
        const [slots, metrics] = told
        hasMetrics = metrics !== undefined
        if (metrics !== undefined) readings = [...readings.slice(-windowSize), { at: performance.now(), metrics }]
        samples = [...samples.slice(1), metrics === undefined ? sampleOfSlots(slots) : sampleOf(readings)]
        setHistory({ samples, slots, hasMetrics })
      }
      timer = window.setTimeout(() => void look(), intervalS * 1000)
    }
    void look()
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [])
  return history
}

/** Without metrics, the slots tell at least how many are busy. */
function sampleOfSlots(slots: readonly Slot[] | undefined): Sample {
  return slots === undefined ? nothing : { ...nothing, running: slots.filter((slot) => slot.is_processing).length }
}

function sampleOf(readings: readonly Reading[]): Sample {
  const now = readings.at(-1)!
  const before = readings.at(-1 - Math.min(rateSize, readings.length - 1))!
  const first = readings[0]!
  const perS = (name: string) => {
    if (before === now) return undefined
    const grown = value(now, name) - value(before, name)
    return grown < 0 ? undefined : (grown / (now.at - before.at)) * 1000 // less than before: it was restarted
  }
  const since = (name: string) => value(now, name) - value(first, name)
  const medianMs = (name: string) => {
    const median = quantile(0.5, histogram(now, name), histogram(first, name))
    return median === undefined ? undefined : median * 1000
  }
  const cached = since(cachedTokens)
  const prompt = since(promptTokens) + cached
  const nCells = value(now, 'cria_kv_cells')
  return {
    generatedPerS: perS('llamacpp:tokens_predicted_total'),
    promptPerS: perS(promptTokens),
    running: now.metrics.values.get('llamacpp:requests_processing'),
    waiting: now.metrics.values.get('llamacpp:requests_deferred'),
    firstTokenMs: medianMs('cria_time_to_first_token_seconds'),
    tokenGapMs: medianMs('cria_inter_token_seconds'),
    cachedShare: prompt > 0 ? cached / prompt : undefined,
    cellsShare: nCells > 0 ? value(now, 'cria_kv_cells_used') / nCells : undefined,
  }
}

/** What llama-server counts too, under the same names; its prompt tokens are those that were computed. */
const promptTokens = 'llamacpp:prompt_tokens_total'
const cachedTokens = 'llamacpp:prompt_tokens_cached_total'
const noHistogram: Histogram = { bounds: [], counts: [] }

function value({ metrics }: Reading, name: string): number {
  return metrics.values.get(name) ?? 0
}

function histogram({ metrics }: Reading, name: string): Histogram {
  return metrics.histograms.get(name) ?? noHistogram
}
