// A program that is measured: how it is called in the table, and how it is started.
import { spawnSync } from 'node:child_process'

export type Contestant = {
  readonly name: 'Cria' | 'peer'
  readonly command: readonly [program: string, ...args: string[]]
}

/** @param path a program, or a script that Node runs: another build of Cria is a peer as well. */
export function contestant(name: Contestant['name'], path: string): Contestant {
  return { name, command: /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path] }
}

/** What `--version` says, in one line; llama-server says it on stderr, among its log lines. */
export function versionOf({ command: [program, ...args] }: Contestant): string {
  const { stdout, stderr, error } = spawnSync(program, [...args, '--version'], { encoding: 'utf8', timeout: 30_000 })
  if (error !== undefined) return `unknown (${error.message})`
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim())
  return lines.find((line) => /^(version:|cria \d)/.test(line)) ?? lines.find(Boolean) ?? 'unknown'
}
