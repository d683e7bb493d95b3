// What runs next. Pure: no FFI, no I/O, no clock of its own; it plans steps and is told what came of them.
//
//   accept → queue ─▶ slot (longest prefix, else least recently used) ─▶ prefill in pieces ─▶ decode ─▶ released
import { assert } from '../../base/assert.ts'
import { SelfExtend } from '../cache/self-extend.ts'
import { effectiveKeep, type Sequence } from '../generation/sequence.ts'
import { AdapterTurns } from './adapter-turns.ts'
import { PrefillBudget } from './prefill-budget.ts'
import { Slot } from './slot.ts'
import type { CellMove, ImageRows, Step, StepOutput, StepRow } from './step.ts'

export type SchedulerOptions = {
  readonly nSlots: number
  /** Tokens of context of one slot. */
  readonly nCtx: number
  /** The most rows of a step. */
  readonly nBatch: number
  /** A slot is chosen for its prefix when that is more than this part of the prompt; 0: the least recently used is. */
  readonly slotPromptSimilarity: number
  readonly contBatching: boolean
  readonly tokenGapMs: number
  /** Whether the end of a sequence can be removed from the cache. */
  readonly canCut: boolean
  /** Whether positions in the cache can be moved. */
  readonly canShift: boolean
  /** Factor 1: off. */
  readonly groupAttention: { readonly factor: number; readonly width: number }
}

/** A waiting prompt gets the next piece at the latest after so many steps, however many short ones come. */
const patienceSteps = 8

export class Scheduler {
  readonly slots: readonly Slot[]
  readonly #options: SchedulerOptions
  readonly #budget: PrefillBudget
  readonly #selfExtend: SelfExtend
  #queue: Sequence[] = []
  #moves: CellMove[] = []
  #nSteps = 0
  readonly #turns = new AdapterTurns()

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.slots = Array.from({ length: options.nSlots }, (_, id) => new Slot(id))
    this.#budget = new PrefillBudget(options.tokenGapMs, options.nBatch)
    this.#selfExtend = new SelfExtend(options.groupAttention.factor, options.groupAttention.width)
  }

  /** Nothing waits and nothing runs. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.slots.every((slot) => slot.isIdle)
  }

  /** Those without a slot, in their order. */
  get waiting(): readonly Sequence[] {
    return this.#queue
  }

  /** Whether streams wait for their next token, and whether prompts wait to be computed. */
  get work(): { readonly decodes: boolean; readonly prefills: boolean } {
    const running = this.slots.flatMap((slot) => slot.sequence ?? [])
    return {
      decodes: running.some((sequence) => sequence.isDecoding),
      prefills: this.#queue.length > 0 || running.some((sequence) => !sequence.isDecoding),
    }
  }

  get nWaiting(): number {
    return this.#queue.length
  }

  accept(sequence: Sequence): void {
    const { slotId } = sequence.task
    assert(slotId >= -1 && slotId < this.slots.length, `there is no slot ${slotId}`)
    assert(sequence.tokens.length <= this.#options.nCtx, 'the prompt was not cut to the context')
    const canShift = sequence.task.whenContextFull === 'shift' || this.#options.groupAttention.factor > 1
    assert(sequence.task.images.length === 0 || !canShift, 'positions of images cannot be moved')
    this.#queue.push(sequence)
  }

  /** @returns the sequence of the task, now gone from queue and slots; undefined when it had ended. */
  cancel(taskId: number, nowMs: number): Sequence | undefined {
    const waiting = this.#queue.find((sequence) => sequence.task.taskId === taskId)
    if (waiting !== undefined) {
      this.#queue = this.#queue.filter((sequence) => sequence !== waiting)
      return waiting
    }
    const slot = this.slots.find(({ sequence }) => sequence?.task.taskId === taskId)
    const sequence = slot?.sequence
    slot?.release(nowMs)
    return sequence
  }

  /** The sequence has ended: its slot is free, what it computed stays. */
  finish(slotId: number, nowMs: number): void {
    this.slots[slotId]!.release(nowMs)
  }

  /** The slot's cells are no longer in the cache; a sequence in it is computed again. */
  forget(slotId: number): void {
    this.slots[slotId]!.forget()
  }

  /**
   * @param mayPrefill false: streams get their tokens first, where they can.
   * @returns the next step; undefined when nothing can run.
   */
  schedule(nowMs: number, mayPrefill = true): Step | undefined {
    this.#assignSlots(nowMs)
    for (const slot of this.slots) {
      this.#makeRoom(slot)
      this.#groupWindows(slot)
    }
    const running = this.slots.filter((slot) => slot.sequence !== undefined)
    const someoneDecodes = running.some((slot) => slot.sequence!.isDecoding)
    const { slots, lastKind } = this.#turns.next(running)
    const decoding = slots.filter((slot) => slot.sequence!.isDecoding)
    const prefilling = slots.filter((slot) => !slot.sequence!.isDecoding)
    const isPrefillTurn = decoding.length === 0 || (mayPrefill && prefilling.length > 0 && lastKind === 'decode')
    const parts = isPrefillTurn
      ? this.#choosePieces(prefilling, someoneDecodes)
      : decoding.map((slot) => ({ slot, nRows: 1 }))
    if (parts.length === 0) return undefined
    return this.#plan(isPrefillTurn ? 'prefill' : 'decode', parts, nowMs)
  }

  /** The rows of the step are in the cache. */
  settle(step: Step, nowMs: number): void {
    this.#turns.settle(step)
    for (const part of step.parts) part.sequence.computed(part.nRows, nowMs)
    this.#budget.measure(step.kind, step.rows.length, nowMs - step.startedAtMs)
  }

  /** @throws AssertionError when the records contradict each other. */
  checkInvariants(): void {
    const running = this.slots.flatMap((slot) => slot.sequence ?? [])
    assert(
      new Set([...running, ...this.#queue]).size === running.length + this.#queue.length,
      'a sequence is twice here',
    )
    for (const slot of this.slots) {
      assert(slot.nCells <= this.#options.nCtx, `slot ${slot.id} holds ${slot.nCells} of ${this.#options.nCtx} cells`)
      const { sequence } = slot
      if (sequence === undefined) continue
      assert(sequence.nComputed <= sequence.tokens.length, `slot ${slot.id} computed more than its tokens`)
      const { slotId } = sequence.task
      assert(slotId === -1 || slotId === slot.id, `task for slot ${slotId} runs in ${slot.id}`)
    }
  }

  #assignSlots(nowMs: number): void {
    if (!this.#options.contBatching && this.slots.some((slot) => (slot.sequence?.nPredicted ?? 0) > 0)) return
    const stay: Sequence[] = []
    for (const sequence of this.#queue) {
      const slot = this.#slotFor(sequence)
      if (slot === undefined) stay.push(sequence)
      else this.#occupy(slot, sequence, nowMs)
    }
    this.#queue = stay
  }

  #slotFor(sequence: Sequence): Slot | undefined {
    const { slotId } = sequence.task
    if (slotId >= 0) return this.slots[slotId]!.isIdle ? this.slots[slotId] : undefined
    const idle = this.slots.filter((slot) => slot.isIdle)
    if (idle.length < 2) return idle[0]
    const { slotPromptSimilarity } = this.#options
    if (sequence.task.cachePrompt && slotPromptSimilarity > 0) {
      const byPrefix = idle.map((slot) => ({ slot, nSame: slot.commonWith(sequence) }))
      const best = byPrefix.reduce((a, b) =>
        b.nSame > a.nSame || (b.nSame === a.nSame && b.slot.lastUsed < a.slot.lastUsed) ? b : a,
      )
      if (best.nSame > slotPromptSimilarity * sequence.tokens.length) return best.slot
    }
    return idle.reduce((a, b) => (b.lastUsed < a.lastUsed ? b : a))
  }

  #occupy(slot: Slot, sequence: Sequence, nowMs: number): void {
    const { cells } = slot
    const { cachePrompt, nSystem } = sequence.task
    const most = cachePrompt ? sequence.tokens.length : nSystem
    let nCached = Math.min(most, slot.commonWith(sequence))
    nCached = Math.min(nCached, sequence.tokens.length - 1) // the last token's logits are needed
    nCached = sequence.imageAt(nCached)?.start ?? nCached // images are computed whole
    if ((!this.#options.canCut && nCached < cells.length) || nCached < slot.firstCut) nCached = 0
    if (nCached === 0) slot.firstCut = 0
    const reusable = this.#selfExtend.reusable(nCached, slot.nGrouped)
    nCached = reusable.nCached
    slot.nGrouped = reusable.nGrouped
    const start = this.#selfExtend.position(nCached, slot.nGrouped) - sequence.nPositionsSaved(nCached)
    if (nCached < cells.length) this.#moves.push({ kind: 'remove', slotId: slot.id, start, end: -1 })
    slot.occupy(sequence)
    sequence.lastServedStep = this.#nSteps // patience counts from here
    sequence.start(nCached, nowMs)
  }

  /** A sequence whose next row has no cell drops the older half of its context. Those that may not have ended before. */
  #makeRoom(slot: Slot): void {
    const { sequence } = slot
    if (sequence === undefined || sequence.nComputed < this.#options.nCtx) return
    assert(sequence.task.whenContextFull === 'shift', 'a full context that may not shift has ended')
    const nPast = sequence.nComputed
    const nKeep = effectiveKeep(sequence.task.nKeep, sequence.nPrompt, this.#options.nCtx)
    const start = nKeep + 1
    const { nDiscard } = sequence.task
    const nAfterKeep = nPast - nKeep - 1
    const end = start + (nDiscard > 0 ? Math.min(nDiscard, nAfterKeep - 1) : Math.floor(nAfterKeep / 2))
    sequence.discard(start, end)
    if (this.#options.canShift && this.#options.canCut) {
      this.#moves.push({ kind: 'remove', slotId: slot.id, start, end })
      this.#moves.push({ kind: 'shift', slotId: slot.id, start: end, end: nPast, delta: start - end })
      sequence.nComputed -= end - start
    } else {
      this.#moves.push({ kind: 'remove', slotId: slot.id, start: 0, end: -1 })
      slot.firstCut = 0
      sequence.nComputed = 0 // this memory cannot be shifted: computed again
    }
  }

  #groupWindows(slot: Slot): void {
    const nTokens = slot.sequence?.nComputed ?? 0
    while (this.#selfExtend.nDue(nTokens, slot.nGrouped) > 0) {
      this.#moves.push(...this.#selfExtend.moves(slot.id, nTokens, slot.nGrouped))
      slot.nGrouped++
    }
  }

  /** Which prompts go on in this step, and with how many tokens. Whole ends of prompts share a step, a part has it alone. */
  #choosePieces(prefilling: readonly Slot[], someoneWaits: boolean): { slot: Slot; nRows: number }[] {
    const budget = someoneWaits ? this.#budget.piece : this.#options.nBatch
    const most = someoneWaits ? this.#budget.stretchedPiece : this.#options.nBatch
    const parts: { slot: Slot; nRows: number }[] = []
    let nRows = 0
    for (const slot of this.#inTurn(prefilling, most)) {
      const { nPending, nComputed, nextImage, nBeforeImage } = slot.sequence!
      if (nextImage !== undefined) {
        if (nRows > 0) continue
        return [{ slot, nRows: nextImage.isNonCausal ? nextImage.nTokens : Math.min(nBeforeImage, budget) }]
      }
      const nNext = Math.min(nPending, nBeforeImage, this.#selfExtend.rowsLeft(nComputed))
      if (nRows + nNext <= most) {
        parts.push({ slot, nRows: nNext })
        nRows += nNext
      } else if (nRows === 0) {
        return [{ slot, nRows: budget }]
      }
    }
    return parts
  }

  /** Prompts that one step finishes first, the shortest first; then those that waited longest; nobody waits for ever. */
  #inTurn(prefilling: readonly Slot[], most: number): Slot[] {
    const patience = this.#nSteps - patienceSteps
    const rank = ({ sequence }: Slot): number => {
      const { lastServedStep, nPending } = sequence!
      if (lastServedStep < patience) return 0
      return nPending <= most ? 1 : 2
    }
    return [...prefilling].sort((a, b) => {
      const byRank = rank(a) - rank(b)
      if (byRank !== 0) return byRank
      if (rank(a) === 1) return a.sequence!.nPending - b.sequence!.nPending
      return a.sequence!.lastServedStep - b.sequence!.lastServedStep
    })
  }

  #plan(kind: Step['kind'], chosen: readonly { slot: Slot; nRows: number }[], nowMs: number): Step {
    const number = this.#nSteps++
    const rows: StepRow[] = []
    let imageRows: ImageRows | undefined
    const outputs: StepOutput[] = []
    const parts: { slotId: number; sequence: Sequence; nRows: number }[] = []
    const inSlotOrder = [...chosen].sort((a, b) => a.slot.id - b.slot.id) // sequence ids of a batch follow each other
    for (const { slot, nRows } of inSlotOrder) {
      const sequence = slot.sequence!
      sequence.lastServedStep = number
      parts.push({ slotId: slot.id, sequence, nRows })
      const end = sequence.nComputed + nRows
      const image = sequence.nextImage
      const before = sequence.nPositionsSaved(sequence.nComputed)
      for (let i = sequence.nComputed; i < end; i++) {
        const wantsLogits = i === sequence.tokens.length - 1 && sequence.wantsToken
        if (wantsLogits) outputs.push({ row: rows.length, slotId: slot.id, sequence })
        const pos = this.#selfExtend.position(i, slot.nGrouped) - before
        rows.push({ token: sequence.tokens[i]!, pos, seqId: slot.id, wantsLogits })
      }
      if (image !== undefined) {
        const pos = image.start - sequence.nPositionsSaved(image.start)
        imageRows = { image, pos, start: sequence.nComputed - image.start, wantsLogits: outputs.length > 0 }
      }
    }
    const moves = this.#moves
    this.#moves = []
    const { adapterScales } = parts[0]!.sequence.task
    return { kind, number, startedAtMs: nowMs, adapterScales, moves, rows, imageRows, parts, outputs }
  }
}
