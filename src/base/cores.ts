// The number of physical cores: the default number of threads, since two threads on one core only
// wait for each other.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/**
 * @returns physical cores that this process may use, at least 1; the logical count where the system
 *   does not report them.
 */
export function physicalCores(): number {
  const logical = availableParallelism()
  try {
    const cores = new Set<string>()
    for (const block of readFileSync('/proc/cpuinfo', 'utf8').split('\n\n')) {
      const packageId = /^physical id\s*: (\d+)/m.exec(block)?.[1]
      const coreId = /^core id\s*: (\d+)/m.exec(block)?.[1]
      if (packageId !== undefined && coreId !== undefined) cores.add(`${packageId}/${coreId}`)
    }
    return cores.size > 0 ? Math.min(cores.size, logical) : logical
  } catch {
    return logical // no /proc: macOS, Windows
  }
}
