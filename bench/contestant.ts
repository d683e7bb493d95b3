// A program to be measured: its name in the table, and the command that starts it.
import { spawnSync } from 'node:child_process'

export type Contestant = {
  readonly name: 'Cria' | 'peer'
  readonly command: readonly [program: string, ...args: string[]]
}

/** @param path a program, or a script that Node runs: another build of Cria can be a peer, too. */
export function contestant(name: Contestant['name'], path: string): Contestant {
  return { name, command: /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path] }
}

/**
 * The output of `--version`, in one line; llama-server prints it on stderr, among its log lines.
 */
export function versionOf({ command: [program, ...args] }: Contestant): string {
  const { stdout, stderr, error } = spawnSync(program, [...args, '--version'], { encoding: 'utf8', timeout: 30_000 })
  if (error !== undefined) return `unknown (${error.message})`
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim())
  return lines.find((line) => /^(version:|cria \d)/.test(line)) ?? lines.find(Boolean) ?? 'unknown'
}
