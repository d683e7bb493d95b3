// The result as rows: the median of the rounds of each figure, beside the peer's, as text or
// Markdown.
import type { Contestant } from './contestant.ts'
import { type Figure, median } from './figure.ts'
import type { Round } from './rounds.ts'

export type Cells = readonly string[]

/** The head comes first. A scenario without figures in any round is a row as well. */
export function tableRows(rounds: readonly Round[], names: readonly Contestant['name'][]): Cells[] {
  const hasPeer = names.length > 1
  const head = ['scenario', 'figure', 'unit', 'better', ...names, ...(hasPeer ? [`${names.join(' / ')}`] : [])]
  const scenarios = [...new Set(rounds.map(({ scenario }) => scenario))]
  const rows = scenarios.flatMap((scenario) => {
    const own = rounds.filter((round) => round.scenario === scenario)
    const figures = figuresOf(own)
    if (figures.length === 0) return [[scenario, '', '', '', ...names.map(() => 'failed'), ...(hasPeer ? ['-'] : [])]]
    return figures.map(({ name, unit, better }) => {
      const medians = names.map((who) => median(valuesOf(own, who, name)))
      const cells = names.map((who, i) => medianCell(medians[i], own, who))
      return [scenario, name, unit, better, ...cells, ...(hasPeer ? [ratioCell(medians[0], medians[1])] : [])]
    })
  })
  return [head, ...rows]
}

/** A sentence for each round that failed. */
export function failureLines(rounds: readonly Round[]): string[] {
  return rounds.flatMap((round) =>
    'failure' in round ? [`${round.scenario}, round ${round.number}, ${round.contestant}: ${round.failure}`] : [],
  )
}

/** Columns aligned with spaces, numbers to the right. */
export function textTable(rows: readonly Cells[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const pad = (cell: string, i: number) => (i < 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

export function markdownTable([head, ...rows]: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = head!.map((_, i) => (i < 4 ? '---' : '---:'))
  return [head!, rule, ...rows].map(line).join('\n')
}

/** The figures of all rounds, each name once, in the order of measurement. */
function figuresOf(rounds: readonly Round[]): Figure[] {
  const all = rounds.flatMap((round) => ('figures' in round ? round.figures : []))
  return [...new Map(all.map((figure) => [figure.name, figure])).values()]
}

function valuesOf(rounds: readonly Round[], who: Contestant['name'], name: string): number[] {
  const figures = rounds.flatMap((round) => (round.contestant === who && 'figures' in round ? round.figures : []))
  return figures.flatMap((figure) => (figure.name === name && figure.value !== undefined ? [figure.value] : []))
}

function medianCell(value: number | undefined, rounds: readonly Round[], who: Contestant['name']): string {
  const own = rounds.filter((round) => round.contestant === who)
  const nFailed = own.filter((round) => 'failure' in round).length
  if (nFailed === own.length) return 'failed'
  const text = value === undefined ? '-' : formatNumber(value)
  return nFailed === 0 ? text : `${text} (${nFailed} of ${own.length} failed)`
}

function ratioCell(ours: number | undefined, theirs: number | undefined): string {
  return ours === undefined || !theirs ? '-' : (ours / theirs).toFixed(2)
}

/** Three significant digits. */
function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
