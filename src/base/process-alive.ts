// Whether a process is still running: only what a dead process left behind may be removed.

/**
 * Counts processes of other users, too. A process with our own id is an earlier one, so ask before
 * writing anything.
 */
export function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
