// A process and its descendants, from /proc, which only Linux has; elsewhere a tree is only its
// root and its memory is unknown.
import { readdirSync, readFileSync } from 'node:fs'

/** @returns the process ids of the tree, the root first. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)]
}

/**
 * Memory of the tree as PSS: pages that several processes share, such as a mapped model, count once
 * in all.
 * @returns MiB; undefined where that is unknown.
 */
export function memoryMiB(pid: number): number | undefined {
  const kiB = processTree(pid).map((id) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${id}/smaps_rollup`))?.[1] ?? 0))
  const sum = kiB.reduce((a, b) => a + b, 0)
  return sum === 0 ? undefined : sum / 1024
}

function childrenOf(pid: number): number[] {
  try {
    const lists = readdirSync(`/proc/${pid}/task`).map((thread) => read(`/proc/${pid}/task/${thread}/children`))
    return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
  } catch {
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it has ended in the meantime
  }
}
