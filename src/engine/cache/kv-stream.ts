// The record of one stream of the KV cache: which tokens have cells in it. Only the cache writes it; others read.

/** What computes cells in a stream while it has the lease; a `Sequence` is one. */
export interface StreamHolder {
  /** The tokens of its positions; those from `nComputed` on have no cells yet. */
  readonly tokens: readonly number[]
  readonly nComputed: number
  /** The LoRA adapters that its cells are computed with, as text. */
  readonly adapters: string
  /** Leading tokens that other streams may have too: their cells are copied where this one has fewer of them. */
  readonly nShared: number
  /** How many of `nSame` cells that fit its tokens it takes over; the rest is computed. */
  reusable(nSame: number): number
  /** Positions that images before a token do not take. */
  nPositionsSaved(index: number): number
  /** It has a stream in which `nCached` of its tokens are computed. */
  begin(nCached: number, nowMs: number): void
  /** Tokens [start, end) leave the context, their cells as well. */
  discard(start: number, end: number): void
  /** Its cells are gone. */
  restart(): void
}

/** Cells as they were saved, or are to be restored. */
export type SavedCells = { readonly tokens: readonly number[]; readonly adapters: string; readonly nGrouped: number }

export class KvStream {
  /** The id of the sequence in libllama's context. */
  readonly id: number
  /** Whoever computes in it now. */
  holder: StreamHolder | undefined
  /** The tokens whose cells are here while nobody holds the lease. */
  #cells: readonly number[] = []
  /** The adapters that they were computed with. */
  adapters = ''
  /** Windows that self-extend has grouped. */
  nGrouped = 0
  /** Cells before this one may not be cut off: a restored sliding window lacks what it would need then. */
  firstCut = 0
  /** When it was last left; 0 for never. */
  lastUsed = 0

  constructor(id: number) {
    this.id = id
  }

  get isLeased(): boolean {
    return this.holder !== undefined
  }

  /** The tokens that have cells, in the order of their positions. */
  get cells(): readonly number[] {
    return this.holder === undefined ? this.#cells : this.holder.tokens.slice(0, this.holder.nComputed)
  }

  get nCells(): number {
    return this.holder === undefined ? this.#cells.length : this.holder.nComputed
  }

  /** How many leading tokens of a holder have cells here that were computed with its adapters. */
  commonWith({ tokens, adapters }: Pick<StreamHolder, 'tokens' | 'adapters'>): number {
    if (adapters !== this.adapters) return 0
    return commonPrefix(this.holder?.tokens ?? this.#cells, tokens, this.nCells)
  }

  /** What was in it is the holder's, or gone. */
  lend(holder: StreamHolder): void {
    this.holder = holder
    this.#cells = []
    this.adapters = holder.adapters
  }

  /** The holder leaves; what it computed stays. */
  leave(nowMs: number): void {
    this.#cells = this.cells
    this.holder = undefined
    this.lastUsed = nowMs
  }

  /** It has the cells of another stream. */
  copyFrom(other: KvStream): void {
    this.#cells = other.cells
    this.adapters = other.adapters
    this.nGrouped = other.nGrouped
    this.firstCut = other.firstCut
  }

  /** It has cells that come from elsewhere. */
  fill({ tokens, adapters, nGrouped }: SavedCells, firstCut: number, nowMs: number): void {
    this.#cells = tokens
    this.adapters = adapters
    this.nGrouped = nGrouped
    this.firstCut = firstCut
    this.lastUsed = nowMs
  }

  /** It has no cells any more. */
  empty(): void {
    this.#cells = []
    this.nGrouped = 0
    this.firstCut = 0
    this.holder?.restart()
  }
}

/** How many tokens two lists have in common at their start, at most `limit`. */
export function commonPrefix(a: readonly number[], b: readonly number[], limit = a.length): number {
  const end = Math.min(a.length, b.length, limit)
  let n = 0
  while (n < end && a[n] === b[n]) n++
  return n
}
