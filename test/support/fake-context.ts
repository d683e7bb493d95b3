// A KV cache without a model: it records which token is at which position of each stream. It fails
// where libllama would refuse, or would compute wrong results without an error: rows that do not
// follow on, positions outside the context, batches that are too large.
import assert from 'node:assert/strict'
import { type KvContext, noRoom } from '../../src/engine/runner/kv-context.ts'
import type { StepRow } from '../../src/engine/scheduler/step.ts'
import type { EmbeddingRows } from '../../src/llama/embedding-batch.ts'

export type FakeContextOptions = {
  readonly nSlots: number
  /** Tokens of context of one stream. */
  readonly nCtx: number
  readonly nBatch: number
  /** Whether the end of a stream can be removed. */
  readonly canCut: boolean
  readonly canShift: boolean
  /** Whether several cells may share a position (self-extend). */
  readonly isGrouped?: boolean
  /** Streams share a pool of cells: a copy is made of the very cells of its source. */
  readonly isPool?: boolean
  /** Cells of all streams together. */
  readonly nPool?: number
  /**
   * Refuses the removal of a part, as a sliding window may; a whole stream can always be removed.
   */
  readonly refusesCut?: (streamId: number, start: number, end: number) => boolean
}

type Cell = {
  pos: number
  readonly token: number
  /** The purpose that it was made for, by `kindOf`. */
  readonly kind: string
  /** A hash of the adapters and of all that its row has seen in the stream. */
  readonly history: number
}

export class FakeContext implements KvContext {
  readonly nCtxSeq: number
  readonly nUbatch: number
  hasPendingCopies = false
  /** Called before rows are computed. @returns the code to fail with; 0: the rows are computed. */
  beforeDecode: (rows: readonly StepRow[]) => number = () => 0
  /** The purpose of a new cell of a stream. */
  kindOf: (streamId: number) => string = () => ''
  /** Called when rows are computed. */
  afterDecode: () => void = () => {}
  /** The rows of the last decode. */
  rows: readonly StepRow[] = []
  adapterScales: readonly number[] = []
  readonly #options: FakeContextOptions
  readonly #cells: Cell[][]

  constructor(options: FakeContextOptions) {
    this.#options = options
    this.nCtxSeq = options.nCtx
    this.nUbatch = options.nBatch
    this.#cells = Array.from({ length: options.nSlots }, () => [])
  }

  /** The positions of a stream's cells, in the order in which their tokens were computed. */
  positions(streamId: number): number[] {
    return this.#stream(streamId).map(({ pos }) => pos)
  }

  /** The tokens of a stream in the order of their positions, which go from 0 without a gap. */
  tokens(streamId: number): number[] {
    const cells = [...this.#stream(streamId)].sort((a, b) => a.pos - b.pos)
    if (this.#options.isGrouped) return cells.map((cell) => cell.token)
    const hole = cells.findIndex((cell, i) => cell.pos !== i)
    assert.equal(hole, -1, `stream ${streamId} has no cell at position ${hole}`)
    return cells.map((cell) => cell.token)
  }

  /** The purpose of each cell of a stream, in the order in which they were computed. */
  kinds(streamId: number): string[] {
    return this.#stream(streamId).map(({ kind }) => kind)
  }

  /** The first cells of a stream are those that a computation from the start would make. */
  checkHistory(streamId: number, nCells: number, adapters: string): void {
    let history = hashOf(adapters)
    for (const cell of this.#stream(streamId).slice(0, nCells)) {
      history = mix(history, cell.token)
      assert.equal(cell.history, history, `stream ${streamId}: what the cell at ${cell.pos} has seen`)
    }
  }

  setAdapterScales(scales: readonly number[]): void {
    this.adapterScales = scales
  }

  decode(rows: readonly StepRow[]): number {
    assert.ok(rows.length > 0, 'a step without rows')
    // as Context: a row for each stream at least
    const capacity = Math.max(this.#options.nBatch, this.#options.nSlots)
    assert.ok(rows.length <= capacity, `${rows.length} rows where there is room for ${capacity}`)
    const code = this.beforeDecode(rows)
    if (code !== 0) return code
    const nCells = new Set(this.#cells.flat()).size // in a pool streams have cells in common
    if (nCells + rows.length > (this.#options.nPool ?? Number.POSITIVE_INFINITY)) return noRoom
    const ends = this.#cells.map((cells) => cells.reduce((end, { pos }) => Math.max(end, pos + 1), 0))
    for (const { token, pos, seqId } of rows) {
      assert.equal(pos, ends[seqId], `stream ${seqId}: position follows on`)
      assert.ok(pos < this.#options.nCtx, `position ${pos} is outside the context`)
      const cells = this.#stream(seqId)
      const seen = cells.at(-1)?.history ?? hashOf(this.adapterScales.join())
      cells.push({ pos, token, kind: this.kindOf(seqId), history: mix(seen, token) })
      ends[seqId] = pos + 1
    }
    this.rows = rows
    this.hasPendingCopies = false
    this.afterDecode()
    return 0
  }

  decodeEmbeddings({ seqId, pos, start, nRows, wantsLogits }: EmbeddingRows): number {
    return this.decode(
      Array.from({ length: nRows }, (_, i) => {
        return { token: -1, pos: pos + start + i, seqId, wantsLogits: wantsLogits && i === nRows - 1 }
      }),
    )
  }

  remove(streamId: number, start: number, end: number): boolean {
    const cells = this.#stream(streamId)
    const rest = cells.filter((cell) => !isIn(cell, start, end))
    if (rest.length > 0 && rest.length < cells.length) {
      assert.ok(this.#options.canCut, `stream ${streamId} cannot be cut at ${start}`)
      if (this.#options.refusesCut?.(streamId, start, end)) return false
    }
    this.#cells[streamId] = rest
    return true
  }

  copy(from: number, to: number): void {
    assert.notEqual(from, to)
    const cells = this.#stream(from)
    this.#cells[to] = this.#options.isPool ? [...cells] : cells.map((cell) => ({ ...cell }))
    this.hasPendingCopies = true
  }

  shift(streamId: number, start: number, end: number, delta: number): void {
    assert.ok(this.#options.canShift, 'this memory cannot be shifted')
    const cells = this.#stream(streamId)
    for (const cell of cells) if (isIn(cell, start, end)) cell.pos += delta
    const nPositions = new Set(cells.map(({ pos }) => pos)).size
    assert.ok(this.#options.isGrouped || nPositions === cells.length, 'two cells at one position')
    assert.ok(
      cells.every(({ pos }) => pos >= 0 && pos < this.#options.nCtx),
      'a cell was moved out of the context',
    )
  }

  divide(streamId: number, start: number, end: number, divisor: number): void {
    assert.ok(this.#options.canShift && divisor > 0, 'this memory cannot be divided')
    for (const cell of this.#stream(streamId)) if (isIn(cell, start, end)) cell.pos = Math.floor(cell.pos / divisor)
  }

  settleCopies(streamId: number): void {
    assert.equal(this.#stream(streamId).length, 0)
    this.hasPendingCopies = false
  }

  lastPosition(streamId: number): number {
    return this.#stream(streamId).reduce((last, { pos }) => Math.max(last, pos), -1)
  }

  stateBytes(streamId: number): number {
    return this.state(streamId).length
  }

  state(streamId: number): Uint8Array {
    assert.ok(!this.hasPendingCopies, 'the data of this stream may not be there yet')
    return Buffer.from(JSON.stringify(this.#stream(streamId)))
  }

  setState(streamId: number, state: Uint8Array): string | undefined {
    assert.equal(this.#stream(streamId).length, 0)
    this.#cells[streamId] = JSON.parse(Buffer.from(state).toString())
    return undefined
  }

  #stream(streamId: number): Cell[] {
    const cells = this.#cells[streamId]
    assert.ok(cells !== undefined, `there is no stream ${streamId}`)
    return cells
  }
}

function isIn({ pos }: Cell, start: number, end: number): boolean {
  return pos >= start && (end < 0 || pos < end)
}

function hashOf(text: string): number {
  return Array.from(text, (letter) => letter.charCodeAt(0)).reduce(mix, 2_166_136_261)
}

function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, 16_777_619) >>> 0
}
