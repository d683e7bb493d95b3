// A stream that runs while the server gets another request.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Generation } from './generation.ts'

/** Waits until the stream has so many tokens. @throws the error of the stream. */
export async function someTokens(stream: Generation, n: number): Promise<void> {
  while (stream.arrivalsMs.length < n && !(await isOver(stream))) await sleep(2)
}

/** @throws the error of the stream. */
export function isOver({ done }: Generation): Promise<boolean> {
  return Promise.race([done.then(() => true), sleep(0, false)])
}

/** The gap that is still open at `endMs` also counts. */
export function longestGap(arrivalsMs: readonly number[], sentMs: number, endMs: number | undefined): number {
  const atMs = endMs === undefined ? arrivalsMs : [...arrivalsMs.filter((ms) => ms < endMs), endMs]
  return Math.max(...atMs.slice(1).flatMap((ms, i) => (ms > sentMs ? [ms - atMs[i]!] : [])))
}
