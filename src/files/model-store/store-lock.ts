/**
 * A lock file: one of several processes downloads (or builds), and the others wait for it. It holds
 * its owner's pid and host; the owner touches it while it works. A lock is stale, and is taken
 * over, when its owner on this host is dead, or when it has not been touched for a minute (a pid of
 * another host or container). Losing a lock does no lasting damage: a file gets its final name only
 * after its hash was checked.
 */
import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { asCacheFolderError } from './cache-folder-error.ts'

const heartbeatMs = 10_000
const staleAfterMs = 60_000
const pollMs = 200

export type LockOptions = {
  /** Called once if there is a wait. */
  readonly log: (line: string) => void
  readonly signal: AbortSignal | undefined
  /** The holder's work, for that line: "fetching the model". */
  readonly doing: string
}

/** Ids of the locks that this process holds. */
const ownIds = new Set<string>()

/**
 * Runs `work` as the only holder of the lock.
 * @throws the signal's reason when it is aborted during the wait; CacheFolderError when no lock
 *   file can be made.
 */
export async function withStoreLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const id = randomUUID()
  const content = JSON.stringify({ pid: process.pid, host: hostname(), id })
  ownIds.add(id)
  await acquire(path, content, options).catch((error: unknown) => {
    ownIds.delete(id)
    throw error
  })
  const heartbeat = setInterval(() => void touch(path), heartbeatMs)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    if ((await read(path)) === content) await rm(path, { force: true })
    ownIds.delete(id)
  }
}

async function acquire(path: string, content: string, { log, signal, doing }: LockOptions): Promise<void> {
  let hasTold = false
  while (!(await create(path, content))) {
    signal?.throwIfAborted()
    const held = await read(path)
    if (held === undefined) continue
    if (await isStale(path, held)) {
      await remove(path, held)
      continue
    }
    if (!hasTold) log(`Another start${pidIn(held)} is ${doing}: waiting for it.`)
    hasTold = true
    await sleep(pollMs, undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
}

/** @returns false when the lock exists. */
async function create(path: string, content: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx')
    await handle.writeFile(content).finally(() => handle.close())
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw asCacheFolderError(path, error)
  }
}

async function isStale(path: string, held: string): Promise<boolean> {
  const { pid, host, id } = parse(held)
  if (pid !== undefined && host === hostname()) {
    // In a container the next process often has the same pid as the dead one.
    if (pid === process.pid ? !ownIds.has(id ?? '') : !isAlive(pid)) return true
  }
  const touchedMs = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  )
  return Date.now() - touchedMs > staleAfterMs
}

/**
 * Removes the lock that was found stale, but not a lock that another process has put in its place
 * meanwhile.
 */
async function remove(path: string, held: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  await rename(path, aside).catch(() => undefined)
  const moved = await read(aside)
  if (moved !== undefined && moved !== held) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

function parse(held: string): { pid?: number; host?: string; id?: string } {
  try {
    return JSON.parse(held)
  } catch {
    return {}
  }
}

function pidIn(held: string): string {
  const { pid } = parse(held)
  return pid === undefined ? '' : ` (pid ${pid})`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
