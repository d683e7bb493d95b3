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
  readonly cachedShare: number | undefined
}

export const historySize = 120
export const intervalS = 1

/** Medians and shares are of this many readings, so that they do not jump. */
const windowSize = 30

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
  cachedShare: undefined,
}

// outlives the view: coming back shows no gap but the time away
let readings: Reading[] = []
let samples: Sample[] = Array.from({ length: historySize }, () => nothing)

export function useHistory(): History {
  const [history, setHistory] = useState<History>({ samples, slots: undefined, hasMetrics: undefined })
  useEffect(() => {
    let timer: number | undefined
    let isGone = false
    const look = async () => {
      const [slots, metrics] = await Promise.all([readSlots(), readMetrics()]).catch(
        () => [undefined, undefined] as const,
      )
      if (isGone) return
      if (metrics !== undefined) readings = [...readings.slice(-windowSize), { at: performance.now(), metrics }]
      samples = [...samples.slice(1), metrics === undefined ? sampleOfSlots(slots) : sampleOf(readings)]
      setHistory({ samples, slots, hasMetrics: metrics !== undefined })
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
  const before = readings.at(-2)
  const first = readings[0]!
  const perS = (name: string) => {
    if (before === undefined) return undefined
    const grown = value(now, name) - value(before, name)
    return grown < 0 ? undefined : (grown / (now.at - before.at)) * 1000 // less than before: it was restarted
  }
  const prompt = value(now, promptTokens) - value(first, promptTokens)
  const cached = valueLike(now, cachedTokens) - valueLike(first, cachedTokens)
  const median = quantile(0.5, histogramOf(now), histogramOf(first))
  return {
    generatedPerS: perS('llamacpp:tokens_predicted_total'),
    promptPerS: perS(promptTokens),
    running: now.metrics.values.get('llamacpp:requests_processing'),
    waiting: now.metrics.values.get('llamacpp:requests_deferred'),
    firstTokenMs: median === undefined ? undefined : median * 1000,
    cachedShare: prompt + cached > 0 ? cached / (prompt + cached) : undefined,
  }
}

const promptTokens = 'llamacpp:prompt_tokens_total'
const cachedTokens = /cache.*_total$/
const firstToken = /first_token/
const noHistogram: Histogram = { bounds: [], counts: [] }

function value({ metrics }: Reading, name: string): number {
  return metrics.values.get(name) ?? 0
}

function valueLike({ metrics }: Reading, name: RegExp): number {
  return [...metrics.values].find(([key]) => name.test(key))?.[1] ?? 0
}

function histogramOf({ metrics }: Reading): Histogram {
  return [...metrics.histograms].find(([key]) => firstToken.test(key))?.[1] ?? noHistogram
}
