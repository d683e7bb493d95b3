// Self-extend: where every cell stands, against the formulas of docs/decisions/self-extend.md worked through token by token.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SelfExtend } from '../../../../src/engine/cache/self-extend.ts'
import { FakeEngine } from '../../../support/fake-engine.ts'
import { seededRandom } from '../../../support/random.ts'
import { tokensFrom } from '../../../support/tasks.ts'

/** Slow and obvious: a list of positions, moved as the formulas say before each token. */
class SlowPositions {
  readonly #gaN: number
  readonly #gaW: number
  /** By number of tokens: behind the last one, and with the moves made that are due before the next. */
  readonly #behind: number[][] = [[]]
  readonly #ahead: number[][] = [[]]
  #nPast = 0
  #gaI = 0

  constructor(gaN: number, gaW: number) {
    this.#gaN = gaN
    this.#gaW = gaW
  }

  at(nTokens: number, isAhead: boolean): number[] {
    while (this.#behind.length <= nTokens) {
      const cells = [...this.#ahead.at(-1)!, this.#nPast++]
      this.#behind.push([...cells])
      this.#move(cells)
      this.#ahead.push(cells)
    }
    return isAhead ? this.#ahead[nTokens]! : this.#behind[nTokens]!
  }

  #move(cells: number[]): void {
    const [gaN, gaW] = [this.#gaN, this.#gaW]
    const each = (start: number, end: number, change: (pos: number) => number) => {
      for (const [i, pos] of cells.entries()) if (pos >= start && pos < end) cells[i] = change(pos)
    }
    while (this.#nPast >= this.#gaI + gaW) {
      const ib = (gaN * this.#gaI) / gaW
      const bd = (gaW / gaN) * (gaN - 1)
      const dd = gaW / gaN - ib * bd - gaW
      each(this.#gaI, this.#nPast, (pos) => pos + ib * bd)
      each(this.#gaI + ib * bd, this.#gaI + ib * bd + gaW, (pos) => Math.floor(pos / gaN))
      each(this.#gaI + ib * bd + gaW, this.#nPast + ib * bd, (pos) => pos + dd)
      this.#nPast -= bd
      this.#gaI += gaW / gaN
    }
  }
}

function checkPositions(engine: FakeEngine, reference: SlowPositions): void {
  const { width } = engine.options.groupAttention
  for (const { id, nCells, nGrouped } of engine.cache.streams) {
    const isAhead = nCells > 0 && nGrouped * width === nCells
    assert.deepEqual(engine.context.positions(id), reference.at(nCells, isAhead), `stream ${id}`)
  }
}

const shapes = [
  [2, 2],
  [2, 8],
  [4, 4],
  [4, 32],
  [3, 48],
  [8, 64],
  [8, 512],
  [16, 16],
] as const

for (const [factor, width] of shapes) {
  test(`positions after every step are those of the formulas: n ${factor}, w ${width}`, () => {
    const engine = new FakeEngine({ nSlots: 2, nCtx: 1000, groupAttention: { factor, width } })
    engine.add({ prompt: tokensFrom(0, 700), whenContextFull: 'stop' })
    engine.add({ prompt: tokensFrom(5000, 90), whenContextFull: 'stop', nPredict: 500 })
    const reference = new SlowPositions(factor, width)
    let highest = 0
    while (!engine.scheduler.isIdle) {
      const step = engine.step()!
      for (const { pos } of step.rows) highest = Math.max(highest, pos)
      checkPositions(engine, reference)
    }
    const nWindows = Math.ceil(1000 / width) - 1
    assert.ok(highest < (nWindows * width) / factor + width, `position ${highest}`)
  })
}

test('positions are right whatever prompts follow each other in a slot (random)', () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = seededRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  for (const [factor, width] of shapes) {
    const engine = new FakeEngine({ nSlots: 2, nCtx: 400, groupAttention: { factor, width } })
    const reference = new SlowPositions(factor, width)
    const common = tokensFrom(0, 399)
    for (let i = 0; i < 40; i++) {
      const prompt = [...common.slice(0, below(300)), ...tokensFrom(1000 * (i + 1), 1 + below(50))]
      const fields = { prompt, slotId: below(2), cachePrompt: random() < 0.9, nPredict: below(40) }
      const taskId = engine.add({ ...fields, whenContextFull: 'stop' })
      if (random() < 0.2) engine.cancel(taskId)
      while (!engine.scheduler.isIdle) {
        engine.step()
        checkPositions(engine, reference)
      }
    }
  }
})

test('a prefix is used again up to the beginning of the window that it ends in', () => {
  const engine = new FakeEngine({ nSlots: 1, nCtx: 400, groupAttention: { factor: 2, width: 32 } })
  const first = tokensFrom(0, 200)
  engine.add({ prompt: first, nPredict: 1, whenContextFull: 'stop' })
  engine.finishAll()
  const again = engine.add({ prompt: first, nPredict: 1, whenContextFull: 'stop' })
  engine.finishAll()
  assert.equal(engine.finishOf(again).timings.nCached, 199) // behind the last grouped window
  const other = [...first.slice(0, 100), ...tokensFrom(1000, 50)]
  const cut = engine.add({ prompt: other, nPredict: 1, whenContextFull: 'stop' })
  engine.finishAll()
  assert.equal(engine.finishOf(cut).timings.nCached, 96)
})

test('no step crosses the end of a window', () => {
  const selfExtend = new SelfExtend(2, 32)
  assert.deepEqual(
    [0, 1, 31, 32, 33].map((n) => selfExtend.rowsLeft(n)),
    [32, 31, 1, 32, 31],
  )
  assert.equal(new SelfExtend(1, 1).rowsLeft(1000), Number.POSITIVE_INFINITY)
})
