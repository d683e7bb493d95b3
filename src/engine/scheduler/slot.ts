// A place for one sequence at a time, with the KV cells that its last one left behind.
import type { Sequence } from '../generation/sequence.ts'

export class Slot {
  /** Also the id of its sequence in the KV cache. */
  readonly id: number
  sequence: Sequence | undefined
  /** The tokens whose cells are in the cache while the slot is idle. */
  #cells: readonly number[] = []
  /** The adapters that they were computed with. */
  #adapters = ''
  /** Windows of its stream that self-extend has grouped. */
  nGrouped = 0
  /** Cells before this one may not be cut off: a restored sliding window lacks what it would need then. */
  firstCut = 0
  /** When it was last left; 0 for never. */
  lastUsed = 0

  constructor(id: number) {
    this.id = id
  }

  get isIdle(): boolean {
    return this.sequence === undefined
  }

  /** The tokens that are computed in this slot's stream. */
  get cells(): readonly number[] {
    return this.sequence === undefined ? this.#cells : this.sequence.tokens.slice(0, this.sequence.nComputed)
  }

  get nCells(): number {
    return this.sequence === undefined ? this.#cells.length : this.sequence.nComputed
  }

  /** How many tokens of a sequence are computed here already, with its adapters. */
  commonWith({ tokens, adapters }: Sequence): number {
    return adapters === this.#adapters ? commonPrefix(this.cells, tokens) : 0
  }

  occupy(sequence: Sequence): void {
    this.sequence = sequence
    this.#cells = []
    this.#adapters = sequence.adapters
  }

  /** The sequence leaves; what it computed stays. */
  release(now: number): void {
    this.#cells = this.cells
    this.sequence = undefined
    this.lastUsed = now
  }

  /** Holds a copy of another slot's cells. Both are idle. */
  copyFrom(other: Slot): void {
    this.#cells = other.cells
    this.#adapters = other.#adapters
    this.nGrouped = other.nGrouped
    this.firstCut = other.firstCut
  }

  get adapters(): string {
    return this.#adapters
  }

  /** Holds cells that came from elsewhere. It is idle. */
  restore(cells: readonly number[], adapters: string, nGrouped: number, firstCut: number, now: number): void {
    this.#cells = cells
    this.#adapters = adapters
    this.nGrouped = nGrouped
    this.firstCut = firstCut
    this.lastUsed = now
  }

  /** The cells are gone from the cache. */
  forget(): void {
    this.#cells = []
    this.nGrouped = 0
    this.firstCut = 0
    this.sequence?.restart()
  }
}

/** How many tokens two lists have in common at their start. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length)
  let n = 0
  while (n < end && a[n] === b[n]) n++
  return n
}
