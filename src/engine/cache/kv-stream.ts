// The record of one stream of the KV cache: the tokens that have cells in it. Only the cache writes
// it; others read.

/** The owner of a stream's lease, which computes cells in it; a `Sequence` is one. */
export interface StreamHolder {
  /** The tokens of its positions; those from `nComputed` on have no cells yet. */
  readonly tokens: readonly number[]
  readonly nComputed: number
  /** The LoRA adapters that its cells are computed with, as text. */
  readonly adapters: string
  /** Cells are shared within a scope alone; '' is the one of those that name none. */
  readonly scope: string
  /** Leading tokens that are the server's own, and so of every scope. */
  readonly nShared: number
  /** The number of `nSame` matching cells that it takes over; the rest is computed. */
  reusable(nSame: number): number
  /** Positions that images before a token save. */
  nPositionsSaved(index: number): number
  /** Called when it gets a stream in which `nCached` of its tokens are computed. */
  begin(nCached: number, nowMs: number): void
  /** Called when tokens [start, end) leave the context, together with their cells. */
  discard(start: number, end: number): void
  /** Called when its cells are gone. */
  restart(): void
}

/** The parts of a holder that decide which cells it can take from another one. */
export type PrefixKey = Pick<StreamHolder, 'tokens' | 'adapters' | 'scope' | 'nShared'>

/** Cells as they were saved, or are to be restored. */
export type SavedCells = {
  readonly tokens: readonly number[]
  readonly adapters: string
  readonly scope: string
  readonly nGrouped: number
  readonly nPlain: number
}

export class KvStream {
  /** The id of the sequence in libllama's context. */
  readonly id: number
  /** The current holder of the lease. */
  holder: StreamHolder | undefined
  /** The tokens whose cells are here while the lease is free. */
  #cells: readonly number[] = []
  /** The adapters with which they were computed. */
  adapters = ''
  /** The scope of whoever computed them. */
  scope = ''
  /** Windows that self-extend has grouped. */
  nGrouped = 0
  /**
   * Cells before this one may not be cut off: a restored sliding window lacks the cells that it
   * would then need.
   */
  firstCut = 0
  /**
   * Cells from this one on have seen tokens that have left the context: a prompt that begins alike
   * would compute others.
   */
  nPlain = Number.POSITIVE_INFINITY
  /**
   * Leading cells that are those of another stream as well, in a pool: whoever moves them moves
   * them there, too.
   */
  nLinked = 0
  /** The time when it was last left; 0 for never. */
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

  /**
   * The number of leading tokens of a holder with cells here that it would compute alike, and may
   * have.
   */
  commonWith(holder: PrefixKey): number {
    const { adapters, scope } = this
    const held = { tokens: this.holder?.tokens ?? this.#cells, adapters, scope }
    return prefixFor(holder, held, Math.min(this.nCells, this.nPlain))
  }

  /** Gives the cells to the holder; other cells are gone. */
  lend(holder: StreamHolder): void {
    this.holder = holder
    this.#cells = []
    this.adapters = holder.adapters
    this.scope = holder.scope
  }

  /** Ends the holder's lease; its computed cells stay. */
  leave(nowMs: number): void {
    this.#cells = this.cells
    this.holder = undefined
    this.lastUsed = nowMs
  }

  /** Records that it has the cells of another stream. */
  copyFrom(other: KvStream): void {
    this.#cells = other.cells
    this.adapters = other.adapters
    this.scope = other.scope
    this.nGrouped = other.nGrouped
    this.firstCut = other.firstCut
    this.nPlain = other.nPlain
  }

  /** It has cells that come from elsewhere. */
  fill({ tokens, adapters, scope, nGrouped, nPlain }: SavedCells, firstCut: number, nowMs: number): void {
    this.#cells = tokens
    this.adapters = adapters
    this.scope = scope
    this.nGrouped = nGrouped
    this.firstCut = firstCut
    this.nPlain = nPlain
    this.nLinked = 0
    this.lastUsed = nowMs
  }

  /** Records that it has no cells. */
  empty(): void {
    this.#cells = []
    this.nGrouped = 0
    this.firstCut = 0
    this.nPlain = Number.POSITIVE_INFINITY
    this.nLinked = 0
    this.holder?.restart()
  }
}

/**
 * The number of leading tokens of a holder that are those of another one and whose cells it may
 * have; at most `limit`.
 */
export function prefixFor(holder: PrefixKey, other: Omit<PrefixKey, 'nShared'>, limit = other.tokens.length): number {
  if (holder.adapters !== other.adapters) return 0
  const most = holder.scope === other.scope ? limit : Math.min(limit, holder.nShared)
  return commonPrefix(other.tokens, holder.tokens, most)
}

/** The number of tokens that two lists have in common at their start, at most `limit`. */
export function commonPrefix(a: readonly number[], b: readonly number[], limit = a.length): number {
  const end = Math.min(a.length, b.length, limit)
  let n = 0
  while (n < end && a[n] === b[n]) n++
  return n
}
