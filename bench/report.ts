// The files that --markdown and --json write: the result, and the circumstances of the measurement.
import { availableParallelism, cpus, release, type } from 'node:os'
import { basename } from 'node:path'
import { type Contestant, versionOf } from './contestant.ts'
import type { BenchOptions } from './options.ts'
import type { Round } from './rounds.ts'
import { type Cells, failureLines, markdownTable } from './table.ts'

/** The circumstances without which a figure means nothing. */
export type Circumstances = {
  readonly command: string
  readonly date: string
  readonly cpu: string
  readonly system: string
  readonly model: string
  readonly rounds: number
  readonly threads: number
  readonly scale: number
  readonly versions: Readonly<Record<string, string>>
}

export function circumstances(
  argv: readonly string[],
  options: BenchOptions,
  model: string,
  contestants: readonly Contestant[],
): Circumstances {
  return {
    command: ['npm run bench', ...(argv.length > 0 ? ['--', ...argv.map(quoted)] : [])].join(' '),
    date: new Date().toISOString().slice(0, 10),
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`,
    system: `${type()} ${release()}`,
    model: basename(model),
    rounds: options.rounds,
    threads: options.threads,
    scale: options.scale,
    versions: Object.fromEntries(contestants.map((contestant) => [contestant.name, versionOf(contestant)])),
  }
}

export function markdownReport(about: Circumstances, rows: readonly Cells[], rounds: readonly Round[]): string {
  const failures = failureLines(rounds).map((line) => `- failed: ${line.replaceAll('\n', ' ')}`)
  const facts = [
    `- command: \`${about.command}\``,
    `- date: ${about.date}`,
    `- cpu: ${about.cpu}; ${about.system}`,
    `- model: ${about.model}; ${about.threads} threads; median of ${about.rounds} rounds; scale ${about.scale}`,
    ...Object.entries(about.versions).map(([name, version]) => `- ${name}: ${version}`),
  ]
  const parts = [facts.join('\n'), markdownTable(rows), ...(failures.length > 0 ? [failures.join('\n')] : [])]
  return `${parts.join('\n\n')}\n`
}

export function jsonReport(about: Circumstances, rounds: readonly Round[]): string {
  return `${JSON.stringify({ ...about, results: rounds }, undefined, 2)}\n`
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
