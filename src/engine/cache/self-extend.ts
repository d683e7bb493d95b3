// Self-extend: old tokens share positions in groups, so that a context can be longer than the model was trained for.
// Pure: it says which cells move; docs/decisions/self-extend.md draws it.
import { assert } from '../../base/assert.ts'
import type { CellMove } from './cell-move.ts'

/**
 * A stream of N tokens has its full windows grouped: token i of them stands at floor(i / factor). The tokens behind them follow
 * on, one position each. Source: "LLM Maybe LongLM: Self-Extend LLM Context Window Without Tuning" (arXiv 2401.01325), by the
 * formulas of llama.cpp's server of January 2024 (`ga_n`, `ga_w`).
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
    assert(factor >= 1 && width >= factor && width % factor === 0, `width ${width} is no multiple of ${factor}`)
    this.#factor = factor
    this.#width = width
    this.#saved = (width / factor) * (factor - 1)
  }

  /** The position of token `nTokens`, when `nGrouped` windows before it are grouped. */
  position(nTokens: number, nGrouped: number): number {
    return nTokens - nGrouped * this.#saved
  }

  /** How many rows may follow `nTokens` in one step: none crosses the end of its window, so positions never depend on chunks. */
  rowsLeft(nTokens: number): number {
    return this.#factor === 1 ? Number.POSITIVE_INFINITY : this.#width - (nTokens % this.#width)
  }

  /** The windows that are full and not grouped yet. */
  nDue(nTokens: number, nGrouped: number): number {
    return this.#factor === 1 ? 0 : Math.floor(nTokens / this.#width) - nGrouped
  }

  /** What groups the next window of a stream of `nTokens`. */
  moves(streamId: number, nTokens: number, nGrouped: number): CellMove[] {
    const next = this.position(nTokens, nGrouped)
    const start = nGrouped * (this.#width / this.#factor) // where the window begins
    const back = nGrouped * this.#saved // to where it would stand if nothing had been grouped
    const end = start + back + this.#width
    return [
      { kind: 'shift' as const, streamId, start, end: next, delta: back },
      { kind: 'divide' as const, streamId, start: start + back, end, divisor: this.#factor },
      { kind: 'shift' as const, streamId, start: end, end: next + back, delta: -back - this.#saved },
    ].filter((move) => move.end > move.start && (move.kind === 'divide' || move.delta !== 0))
  }

  /**
   * How much of `nSame` equal tokens can be used again: what is left must stand where a fresh computation would put it.
   * A window that is grouped cannot be ungrouped, so a cut inside of one goes back to its beginning.
   */
  reusable(nSame: number, nGrouped: number): { nCached: number; nGrouped: number } {
    if (nSame >= nGrouped * this.#width) return { nCached: nSame, nGrouped }
    const nWhole = Math.floor(nSame / this.#width)
    return { nCached: nWhole * this.#width, nGrouped: nWhole }
  }
}
