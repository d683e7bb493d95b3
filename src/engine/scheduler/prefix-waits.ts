// Prompts that begin alike and came together: one computes what they have in common, the others
// wait for exactly that part. Knows no steps: who waits gets no rows, and is charged for none.
import type { CellMove } from '../cache/cell-move.ts'
import type { KvCache } from '../cache/kv-cache.ts'
import { prefixFor } from '../cache/kv-stream.ts'
import type { Sequence } from '../generation/sequence.ts'
import type { Slot } from './slot.ts'

/**
 * Waits until the first `nTokens` of a sequence, its own as well, have cells in the slot of that
 * one.
 */
type Wait = { readonly slot: Slot; readonly sequence: Sequence; readonly nTokens: number }

export class PrefixWaits {
  readonly #cache: KvCache
  readonly #waits = new Map<Sequence, Wait>()

  constructor(cache: KvCache) {
    this.#cache = cache
  }

  isWaiting(sequence: Sequence): boolean {
    return this.#waits.has(sequence)
  }

  /** The sequence has lost its slot. */
  forget(sequence: Sequence): void {
    this.#waits.delete(sequence)
  }

  /**
   * The number of rows that a sequence must compute before the next waiting one can continue;
   * undefined when none waits for it.
   */
  nAwaited(sequence: Sequence): number | undefined {
    let nNext: number | undefined
    for (const wait of this.#waits.values()) {
      if (wait.sequence !== sequence) continue
      const nMissing = wait.nTokens - sequence.nComputed
      nNext = Math.min(nMissing, nNext ?? nMissing)
    }
    return nNext
  }

  /**
   * Has the sequence of a slot, which has computed nothing yet, wait for another one where that
   * pays. No sequence waits for one that waits itself, so that there are no circles.
   * @param running the slots whose sequences can go on.
   */
  begin({ sequence }: Slot, running: readonly Slot[]): void {
    this.#waits.delete(sequence!)
    let best: Wait | undefined
    for (const slot of running) {
      const other = slot.sequence!
      if (other === sequence || this.#waits.has(other)) continue
      const nTokens = sequence!.reusable(prefixFor(sequence!, other))
      if (nTokens <= other.nComputed || !this.#cache.paysToCopy(nTokens, sequence!.nComputed)) continue
      if (best === undefined || nTokens > best.nTokens) best = { slot, sequence: other, nTokens }
    }
    if (best !== undefined) this.#waits.set(sequence!, best)
  }

  /**
   * Ends the waits that are over: the part is computed, or never will be. The sequences that
   * waited take the cells that there are.
   * @param running as in `begin`.
   * @returns the moves that copy the cells.
   */
  end(running: readonly Slot[], nowMs: number): CellMove[] {
    if (this.#waits.size === 0) return []
    return running.flatMap((slot) => {
      const wait = this.#waits.get(slot.sequence!)
      if (wait === undefined || !isOver(wait, running)) return []
      const moves = this.#cache.leaseAgain(slot.stream.id, nowMs)
      this.begin(slot, running)
      return moves
    })
  }
}

function isOver({ slot, sequence, nTokens }: Wait, running: readonly Slot[]): boolean {
  return slot.sequence !== sequence || sequence.nComputed >= nTokens || !running.includes(slot)
}
