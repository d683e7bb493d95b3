// The only owner of the records of the KV cache: which tokens have cells in which stream. Pure: it
// plans the moves that make the cells agree with the records, and makes none; whoever gets moves
// must have them made before the next decode (runner/step-runner.ts).
import { assert } from '../../base/assert.ts'
import { type CellMove, removeAll } from './cell-move.ts'
import { KvStream, type SavedCells, type StreamHolder } from './kv-stream.ts'
import { SelfExtend } from './self-extend.ts'

export type KvCacheOptions = {
  readonly nStreams: number
  /** Tokens of context of one stream. */
  readonly nCtx: number
  /** Whether the end of a stream can be removed. */
  readonly canCut: boolean
  /** Whether positions can be moved. */
  readonly canShift: boolean
  /**
   * Whether the streams share a pool: a copy costs nothing there, and has the very cells of its
   * source.
   */
  readonly isPool: boolean
  /** Width of the sliding attention window, 0 without one. */
  readonly nSwa: number
  /** Self-extend; factor 1: off. */
  readonly groupAttention: { readonly factor: number; readonly width: number }
}

/** A stream, and how many leading tokens of a holder could be taken from it. */
export type PrefixMatch = { readonly stream: KvStream; readonly nSame: number }

/** A copy of so few tokens saves nothing. */
const minShared = 16

/** Copying so many cells costs less than computing a token: docs/decisions/shared-prefixes.md. */
const cellsPerToken = 256

export class KvCache {
  readonly streams: readonly KvStream[]
  readonly options: KvCacheOptions
  readonly #selfExtend: SelfExtend

  constructor(options: KvCacheOptions) {
    this.options = options
    this.streams = Array.from({ length: options.nStreams }, (_, id) => new KvStream(id))
    this.#selfExtend = new SelfExtend(options.groupAttention.factor, options.groupAttention.width)
  }

  stream(streamId: number): KvStream {
    const stream = this.streams[streamId]
    assert(stream !== undefined, `there is no stream ${streamId}`)
    return stream
  }

  /** Whether any stream is leased. */
  get isLeased(): boolean {
    return this.streams.some((stream) => stream.isLeased)
  }

  /** All streams in the order of their ids, and what each has for a holder. Changes nothing. */
  match(holder: StreamHolder): PrefixMatch[] {
    return this.streams.map((stream) => ({ stream, nSame: this.#usable(stream, holder).nCached }))
  }

  /**
   * Whether a stream can have cells of another one. In a pool these are the same cells:
   * self-extend would move them in both.
   */
  get canCopy(): boolean {
    return !(this.options.isPool && this.options.groupAttention.factor > 1)
  }

  /** Whether a copy of the first `nThere` tokens pays for a holder that has the first `nHere`. */
  paysToCopy(nThere: number, nHere: number): boolean {
    return this.canCopy && nThere - nHere >= Math.max(minShared, Math.ceil(this.options.nCtx / cellsPerToken))
  }

  /**
   * Gives a free stream to a holder, which begins behind what it can use of the cells there, or of
   * those of another stream, leased or not, that has so much more of its tokens that a copy pays.
   * @returns the moves that copy these cells and remove the rest.
   */
  lease(streamId: number, holder: StreamHolder, nowMs: number): CellMove[] {
    const stream = this.stream(streamId)
    assert(!stream.isLeased, `stream ${streamId} is leased twice`)
    const source = this.#sourceFor(stream, holder)
    if (source !== undefined) stream.copyFrom(source)
    const { nCells } = stream
    const { nCached, nGrouped } = this.#usable(stream, holder)
    if (nCached === 0) stream.firstCut = 0
    stream.nGrouped = nGrouped
    stream.nPlain = Number.POSITIVE_INFINITY
    stream.nLinked = Math.min(source === undefined ? stream.nLinked : nCached, nCached)
    if (source !== undefined) source.nLinked = Math.max(source.nLinked, nCached)
    const start = this.#selfExtend.position(nCached, nGrouped) - holder.nPositionsSaved(nCached)
    stream.lend(holder)
    holder.begin(nCached, nowMs)
    return [
      ...(source === undefined ? [] : [{ kind: 'copy' as const, streamId, from: source.id }]),
      ...(nCached < nCells ? [{ kind: 'remove' as const, streamId, start, end: -1 }] : []),
    ]
  }

  /**
   * A holder that has computed nothing yet begins again, with what other streams have by now.
   * @returns as `lease` does.
   */
  leaseAgain(streamId: number, nowMs: number): CellMove[] {
    const { holder } = this.stream(streamId)
    assert(holder !== undefined, `stream ${streamId} has no holder`)
    this.release(streamId, nowMs)
    return this.lease(streamId, holder, nowMs)
  }

  /**
   * The holder has ended: the stream is free, and what was computed stays for whoever begins
   * alike.
   */
  release(streamId: number, nowMs: number): void {
    this.stream(streamId).leave(nowMs)
  }

  /**
   * Removes the tokens [start, end) from a leased stream. Later tokens close the gap; if cells
   * cannot move, everything is computed again.
   */
  discard(streamId: number, start: number, end: number): CellMove[] {
    const stream = this.stream(streamId)
    const holder = stream.holder
    assert(holder !== undefined, `stream ${streamId} has no holder`)
    const { nComputed } = holder
    holder.discard(start, end)
    const movesOthers = this.options.isPool && end < stream.nLinked
    if (this.options.canShift && this.options.canCut && !movesOthers) {
      stream.nPlain = Math.min(stream.nPlain, start)
      stream.nLinked = Math.min(stream.nLinked, start)
      return [
        { kind: 'remove', streamId, start, end },
        { kind: 'shift', streamId, start: end, end: nComputed, delta: start - end },
      ]
    }
    return this.forget(streamId)
  }

  /** Groups the full windows of a stream. */
  group(streamId: number): CellMove[] {
    const stream = this.stream(streamId)
    const { nCells } = stream
    const moves: CellMove[] = []
    while (this.#selfExtend.nDue(nCells, stream.nGrouped) > 0) {
      moves.push(...this.#selfExtend.moves(streamId, nCells, stream.nGrouped))
      stream.nGrouped++
    }
    return moves
  }

  /** The position of a token in a stream, not counting images. */
  position(streamId: number, index: number): number {
    return this.#selfExtend.position(index, this.stream(streamId).nGrouped)
  }

  /** The number of rows that may follow `nTokens` in one step. */
  rowsLeft(nTokens: number): number {
    return this.#selfExtend.rowsLeft(nTokens)
  }

  /** Empties a stream; its holder computes from the start. */
  forget(streamId: number): CellMove[] {
    this.stream(streamId).empty()
    return [removeAll(streamId)]
  }

  /** Empties all streams without a holder: that frees their shared pool under --kv-unified. */
  forgetFree(): CellMove[] {
    const filled = this.streams.filter((stream) => !stream.isLeased && stream.nCells > 0)
    return filled.flatMap(({ id }) => this.forget(id))
  }

  /**
   * Records that a free stream now has the saved state of such cells.
   * @param lastPos the position of its last cell.
   */
  restored(streamId: number, cells: SavedCells, lastPos: number, nowMs: number): void {
    this.stream(streamId).fill(cells, this.#firstCut(cells.tokens, lastPos), nowMs)
  }

  /**
   * Records that a free stream was emptied and has its own state back. @param lastPos as in
   * `restored`.
   */
  putBack(streamId: number, lastPos: number): void {
    const stream = this.stream(streamId)
    stream.firstCut = Math.max(stream.firstCut, this.#firstCut(stream.cells, lastPos))
  }

  /** @throws AssertionError when the records contradict each other. */
  checkInvariants(): void {
    const holders = this.streams.flatMap(({ holder }) => holder ?? [])
    assert(new Set(holders).size === holders.length, 'a holder has two streams')
    for (const { id, nCells, holder, adapters, scope, firstCut, nGrouped } of this.streams) {
      assert(nCells <= this.options.nCtx, `stream ${id} has ${nCells} of ${this.options.nCtx} cells`)
      assert(firstCut <= nCells, `stream ${id} may be cut from ${firstCut} on, and has ${nCells} cells`)
      assert(this.#selfExtend.nDue(nCells, nGrouped) >= 0, `stream ${id} has more windows grouped than full`)
      if (holder === undefined) continue
      assert(holder.nComputed <= holder.tokens.length, `stream ${id} has more cells than its holder has tokens`)
      assert(holder.adapters === adapters, `stream ${id} has cells of other adapters than its holder`)
      assert(holder.scope === scope, `stream ${id} has cells of another scope than its holder`)
    }
  }

  /**
   * The number of leading tokens of a holder that can be taken from a stream, and the windows that
   * are grouped in them.
   */
  #usable(stream: KvStream, holder: StreamHolder): { readonly nCached: number; readonly nGrouped: number } {
    const nSame = holder.reusable(stream.commonWith(holder))
    const isCut = nSame < stream.nCells
    if ((isCut && !this.options.canCut) || nSame < stream.firstCut) return { nCached: 0, nGrouped: 0 }
    return this.#selfExtend.reusable(nSame, stream.nGrouped)
  }

  /** The stream that a copy should be made of; undefined where what `stream` has is as good. */
  #sourceFor(stream: KvStream, holder: StreamHolder): KvStream | undefined {
    if (!this.canCopy) return undefined
    const nHere = this.#usable(stream, holder).nCached
    const best = this.match(holder).reduce((a, b) => (b.nSame > a.nSame ? b : a))
    const bringsShared = nHere < holder.nShared && best.nSame >= holder.nShared
    return bringsShared || this.paysToCopy(best.nSame, nHere) ? best.stream : undefined
  }

  /**
   * The state of a sliding window has no cells outside it; cut back by more than a token, the
   * window would be incomplete.
   */
  #firstCut(tokens: readonly number[], lastPos: number): number {
    const { nSwa } = this.options
    return nSwa > 0 && lastPos >= nSwa ? tokens.length - 1 : 0
  }
}
