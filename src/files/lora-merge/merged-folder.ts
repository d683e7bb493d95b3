// The folder of merged models that programs are using: HOST.PID.gguf in the cache folder. Files of
// dead programs are removed.
import { readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../../base/process-alive.ts'

/** The file of this process. */
export function mergedPath(cacheDir: string): string {
  return join(folderOf(cacheDir), `${hostname()}.${process.pid}.gguf`)
}

/** Removes the files of programs that have ended. Call it before this one writes its own. */
export function removeStale(cacheDir: string): void {
  for (const name of list(folderOf(cacheDir))) {
    const [, host, pid] = /^(.+)\.(\d+)\.gguf$/.exec(name) ?? []
    if (host === hostname() && !isAlive(Number(pid))) removeMerged(join(folderOf(cacheDir), name))
  }
}

export function removeMerged(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // still mapped by an engine that is about to end (Windows): the next start removes it
  }
}

function folderOf(cacheDir: string): string {
  return join(cacheDir, 'merged')
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
