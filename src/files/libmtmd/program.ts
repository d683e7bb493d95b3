// Runs another program (npm, tar, git, a compiler) and keeps the end of its output.
import { spawn } from 'node:child_process'
import { LibmtmdError } from './failure.ts'

const nKeptBytes = 65_536
const nShownLines = 20

export type RunOptions = {
  readonly cwd?: string
  readonly signal?: AbortSignal | undefined
  /** Windows finds npm.cmd only through a shell; then the arguments must be fixed words. */
  readonly throughShell?: boolean
}

/**
 * @returns its stdout.
 * @throws LibmtmdError when the program does not exist, or with its last lines when it fails; the
 *   signal's reason.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, signal, throughShell = false } = options
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, signal, shell: throughShell, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      said = (said + text).slice(-nKeptBytes)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-nKeptBytes)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason)
      else reject(new LibmtmdError(`${command} cannot be run: ${reasonOf(error)}`, { cause: error }))
    })
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve(out)
      const ending = killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`
      reject(new LibmtmdError(`${command} failed (${ending})${lastLines(said)}`))
    })
  })
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT' ? 'it is not installed' : error.message
}

function lastLines(said: string): string {
  const lines = said.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.length === 0 ? '' : `:\n${lines.slice(-nShownLines).join('\n')}`
}
