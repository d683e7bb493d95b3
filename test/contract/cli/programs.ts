// What the tests of the command line share: a program that must end, and nothing of it may be left running.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { runProgram, startServer, type TestServer } from '../../support/server.ts'

/** Names a process and all that it starts, in their environment. */
const markName = 'CRIA_TEST_MARK'

/** Without what the machine of the test may have set. */
for (const name of Object.keys(process.env)) {
  if (/^(LLAMA_ARG_|LLAMA_API_KEY|CRIA_)/.test(name)) delete process.env[name]
}

/** Only what hangs comes to it. */
const longestMs = 60_000

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs the program to its end. @throws when it does not end, or leaves a process behind. */
export async function run(flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const mark = randomUUID()
  const clock = new AbortController()
  const late = sleep(longestMs, undefined, { signal: clock.signal }).then(
    () => 'late' as const,
    () => 'late' as const,
  )
  const ended = await Promise.race([runProgram(flags, { ...env, [markName]: mark }), late])
  clock.abort()
  if (ended === 'late') for (const pid of marked(mark)) process.kill(pid, 'SIGKILL')
  assert.ok(ended !== 'late', `cria ${flags.join(' ')}: still running after ${longestMs} ms`)
  await assertNothingRuns(mark)
  return ended
}

export type MarkedServer = TestServer & {
  /** Fails when a process of the server is still there. */
  readonly assertNothingRuns: () => Promise<void>
  /** How many processes there are now, the server's own included. */
  readonly nProcesses: () => number
}

/** A server whose processes can be found, with more environment variables. */
export async function startMarked(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<MarkedServer> {
  const mark = randomUUID()
  const more = { ...env, [markName]: mark }
  Object.assign(process.env, more) // what startServer's process is given
  const starting = startServer(...flags)
  for (const name of Object.keys(more)) delete process.env[name]
  const server = await starting
  // in a JSON line more follows
  const url = server.url.replace(/".*/, '')
  return { ...server, url, assertNothingRuns: () => assertNothingRuns(mark), nProcesses: () => marked(mark).length }
}

/** A folder that is gone when the tests are over. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cria-cli-'))
  after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function assertNothingRuns(mark: string): Promise<void> {
  const end = Date.now() + longestMs // an engine notices the end of its server within a step
  while (marked(mark).length > 0 && Date.now() < end) await sleep(20)
  const left = marked(mark)
  for (const pid of left) process.kill(pid, 'SIGKILL')
  assert.deepEqual(left, [], 'processes that are left running')
}

/** The ids of running processes with the mark; none where there is no /proc. */
function marked(mark: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`${markName}=${mark}`))
    .map(Number)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // gone meanwhile, or another user's
  }
}
