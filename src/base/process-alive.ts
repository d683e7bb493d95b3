// Whether a process is still there: of what it left behind, only a dead one's may be removed.

/** Of another user, or of ours. A process with our own id is an earlier one: to be asked before we write anything. */
export function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
