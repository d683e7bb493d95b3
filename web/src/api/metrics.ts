// Prometheus' text format, as much of it as GET /metrics uses: counters, gauges, histograms.

export type Histogram = {
  /** Upper bounds, ascending; the last is Infinity. */
  readonly bounds: readonly number[]
  /** How many observations were at most the bound: cumulative, as on the wire. */
  readonly counts: readonly number[]
}

export type Metrics = {
  readonly values: ReadonlyMap<string, number>
  readonly histograms: ReadonlyMap<string, Histogram>
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?\s+(\S+)/

/** Samples that differ in labels only are added up. A line that is none of ours is passed over. */
export function parseMetrics(text: string): Metrics {
  const values = new Map<string, number>()
  const buckets = new Map<string, Map<number, number>>()
  for (const [, name, labels, value] of text.split('\n').map((row) => line.exec(row) ?? [])) {
    if (name === undefined || value === undefined) continue
    const le = /(?:^|,)\s*le="([^"]*)"/.exec(labels ?? '')?.[1]
    if (le === undefined || !name.endsWith('_bucket')) {
      values.set(name, (values.get(name) ?? 0) + Number(value))
      continue
    }
    const family = name.slice(0, -'_bucket'.length)
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
    const counts = buckets.get(family) ?? new Map<number, number>()
    counts.set(bound, (counts.get(bound) ?? 0) + Number(value))
    buckets.set(family, counts)
  }
  const histograms = new Map(
    [...buckets].map(([family, counts]) => {
      const rows = [...counts].sort(([a], [b]) => a - b)
      return [family, { bounds: rows.map(([bound]) => bound), counts: rows.map(([, count]) => count) }] as const
    }),
  )
  return { values, histograms }
}

/**
 * @param q in (0, 1).
 * @param before an earlier reading: only what came since then counts.
 * @returns linear within its bucket; undefined when nothing was observed.
 */
export function quantile(q: number, now: Histogram, before?: Histogram): number | undefined {
  const counts = now.counts.map((count, i) => count - (before?.counts[i] ?? 0))
  const total = counts.at(-1) ?? 0
  if (total <= 0) return undefined
  const rank = q * total
  const i = counts.findIndex((count) => count >= rank)
  const low = i > 0 ? now.bounds[i - 1]! : 0
  const high = now.bounds[i]!
  if (!Number.isFinite(high)) return low
  const below = i > 0 ? counts[i - 1]! : 0
  return low + ((high - low) * (rank - below)) / Math.max(1, counts[i]! - below)
}
