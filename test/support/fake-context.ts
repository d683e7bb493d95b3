// A KV cache without a model: which token stands at which position of each sequence. What libllama would refuse, or compute
// wrongly without a word, fails here: rows that do not follow on, positions outside the context, batches that are too large.
import assert from 'node:assert/strict'
import type { CellMove, StepRow } from '../../src/engine/scheduler/step.ts'

export type FakeContextOptions = {
  readonly nSlots: number
  /** Tokens of context of one sequence. */
  readonly nCtx: number
  readonly nBatch: number
  /** Whether the end of a sequence can be removed. */
  readonly canCut: boolean
  readonly canShift: boolean
  /** Whether several cells may stand at one position (self-extend). */
  readonly isGrouped?: boolean
  /** Says no to the removal of a part, as a sliding window may; a whole sequence can always be removed. */
  readonly refusesCut?: (slotId: number, start: number, end: number) => boolean
}

type Cell = { pos: number; readonly token: number }

export class FakeContext {
  readonly #options: FakeContextOptions
  readonly #cells: Cell[][]

  constructor(options: FakeContextOptions) {
    this.#options = options
    this.#cells = Array.from({ length: options.nSlots }, () => [])
  }

  /** The positions of a sequence's cells, in the order in which their tokens were computed. */
  positions(slotId: number): number[] {
    return this.#cells[slotId]!.map(({ pos }) => pos)
  }

  /** The tokens of a sequence in the order of their positions, which go from 0 without a gap. */
  tokens(slotId: number): number[] {
    const cells = [...this.#cells[slotId]!].sort((a, b) => a.pos - b.pos)
    if (this.#options.isGrouped) return cells.map((cell) => cell.token)
    const hole = cells.findIndex((cell, i) => cell.pos !== i)
    assert.equal(hole, -1, `sequence ${slotId} has no cell at position ${hole}`)
    return cells.map((cell) => cell.token)
  }

  /** @returns false when a removal was refused; nothing has changed then. */
  apply(move: CellMove): boolean {
    const { slotId, start, end } = move
    const cells = this.#cells[slotId]
    assert.ok(cells !== undefined, `there is no sequence ${slotId}`)
    const isInRange = ({ pos }: Cell) => pos >= start && (end < 0 || pos < end)
    if (move.kind === 'divide') {
      assert.ok(this.#options.canShift && move.divisor > 0, 'this memory cannot be divided')
      for (const cell of cells) if (isInRange(cell)) cell.pos = Math.floor(cell.pos / move.divisor)
      return true
    }
    if (move.kind === 'shift') {
      assert.ok(this.#options.canShift, 'this memory cannot be shifted')
      for (const cell of cells) if (isInRange(cell)) cell.pos += move.delta
      const nPositions = new Set(cells.map(({ pos }) => pos)).size
      assert.ok(this.#options.isGrouped || nPositions === cells.length, 'two cells at one position')
      assert.ok(
        cells.every(({ pos }) => pos >= 0 && pos < this.#options.nCtx),
        'a cell was moved out of the context',
      )
      return true
    }
    const rest = cells.filter((cell) => !isInRange(cell))
    if (rest.length > 0 && rest.length < cells.length) {
      assert.ok(this.#options.canCut, `sequence ${slotId} cannot be cut at ${start}`)
      if (this.#options.refusesCut?.(slotId, start, end)) return false
    }
    this.#cells[slotId] = rest
    return true
  }

  decode(rows: readonly StepRow[]): void {
    assert.ok(rows.length > 0, 'a step without rows')
    const capacity = Math.max(this.#options.nBatch, this.#options.nSlots) // as Context: a row for each sequence at least
    assert.ok(rows.length <= capacity, `${rows.length} rows where there is room for ${capacity}`)
    const ends = this.#cells.map((cells) => cells.reduce((end, { pos }) => Math.max(end, pos + 1), 0))
    for (const { token, pos, seqId } of rows) {
      const cells = this.#cells[seqId]
      assert.ok(cells !== undefined, `there is no sequence ${seqId}`)
      assert.equal(pos, ends[seqId], `sequence ${seqId}: position follows on`)
      assert.ok(pos < this.#options.nCtx, `position ${pos} is outside the context`)
      cells.push({ pos, token })
      ends[seqId] = pos + 1
    }
  }
}
