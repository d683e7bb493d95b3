// Self-extend: old tokens share positions in groups, so a context can be longer than the model's
// training context. Pure: it plans the moves of cells; docs/decisions/self-extend.md has a drawing.
import { assert } from '../../base/assert.ts'
import type { CellMove } from './cell-move.ts'

/**
 * A stream of N tokens groups its full windows: token i of them stands at floor(i / factor). The
 * tokens behind them follow on, one position each. Source: "LLM Maybe LongLM: Self-Extend LLM
 * Context Window Without Tuning" (arXiv 2401.01325), by the formulas of llama.cpp's server of
 * January 2024 (`ga_n`, `ga_w`).
 */
export class SelfExtend {
  readonly #factor: number
  readonly #width: number
  /** Positions that a window gives up when it is grouped. */
  readonly #saved: number

  /**
   * @param factor tokens that share a position; 1: nothing is ever grouped.
   * @param width tokens of a window, a multiple of `factor`.
   */
  constructor(factor: number, width: number) {
    assert(factor >= 1 && width >= factor && width % factor === 0, `width ${width} is not a multiple of ${factor}`)
    this.#factor = factor
    this.#width = width
    this.#saved = (width / factor) * (factor - 1)
  }

  /** The position of token `nTokens`, with `nGrouped` grouped windows before it. */
  position(nTokens: number, nGrouped: number): number {
    return nTokens - nGrouped * this.#saved
  }

  /**
   * The number of rows that may follow `nTokens` in one step: none crosses the end of its window,
   * so positions never depend on chunks.
   */
  rowsLeft(nTokens: number): number {
    return this.#factor === 1 ? Number.POSITIVE_INFINITY : this.#width - (nTokens % this.#width)
  }

  /** The number of windows that are full and not grouped yet. */
  nDue(nTokens: number, nGrouped: number): number {
    return this.#factor === 1 ? 0 : Math.floor(nTokens / this.#width) - nGrouped
  }

  /** The moves that group the next window of a stream of `nTokens`. */
  moves(streamId: number, nTokens: number, nGrouped: number): CellMove[] {
    const next = this.position(nTokens, nGrouped)
    const start = nGrouped * (this.#width / this.#factor) // the start of the window
    const back = nGrouped * this.#saved // back to its position without any grouping
    const end = start + back + this.#width
    return [
      { kind: 'shift' as const, streamId, start, end: next, delta: back },
      { kind: 'divide' as const, streamId, start: start + back, end, divisor: this.#factor },
      { kind: 'shift' as const, streamId, start: end, end: next + back, delta: -back - this.#saved },
    ].filter((move) => move.end > move.start && (move.kind === 'divide' || move.delta !== 0))
  }

  /**
   * The number of `nSame` equal tokens that can be reused: they must have the positions that a
   * fresh computation would give them. A grouped window cannot be ungrouped, so a cut inside one
   * moves back to its beginning.
   */
  reusable(nSame: number, nGrouped: number): { nCached: number; nGrouped: number } {
    if (nSame >= nGrouped * this.#width) return { nCached: nSame, nGrouped }
    const nWhole = Math.floor(nSame / this.#width)
    return { nCached: nWhole * this.#width, nGrouped: nWhole }
  }
}
