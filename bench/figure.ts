// One measured number, and the statistics that reduce many to it.

export type Figure = {
  readonly name: string
  readonly unit: string
  readonly better: 'less' | 'more'
  /** undefined: cannot be measured on this machine. */
  readonly value: number | undefined
}

export function less(name: string, unit: string, value: number | undefined): Figure {
  return { name, unit, better: 'less', value }
}

export function more(name: string, unit: string, value: number | undefined): Figure {
  return { name, unit, better: 'more', value }
}

/** Nearest rank. @param q in [0, 1]. @returns undefined for an empty list. */
export function quantile(values: readonly number[], q: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]
}

/** The middle value, or the mean of the middle two; undefined for an empty list. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
