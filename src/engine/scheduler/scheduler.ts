// Decides what runs next. Pure: no FFI, no I/O, no clock of its own; it plans steps and receives
// their results.
//
//   accept → queue ─▶ slot (longest prefix, else least recently used) ─▶ prefill in chunks ─▶ decode ─▶ released
import { assert } from '../../base/assert.ts'
import type { CellMove } from '../cache/cell-move.ts'
import type { KvCache, PrefixMatch } from '../cache/kv-cache.ts'
import { type Sequence, shiftedRange } from '../generation/sequence.ts'
import { AdapterTurns } from './adapter-turns.ts'
import { cheapestChunk, PrefillBudget } from './prefill-budget.ts'
import { PrefixWaits } from './prefix-waits.ts'
import { Slot } from './slot.ts'
import type { ImageRows, PromptRow, Step, StepOutput, StepRow } from './step.ts'

export type SchedulerOptions = {
  /** The maximum number of rows of a step. */
  readonly nBatch: number
  /**
   * A slot is chosen for its prefix if that is more than this share of the prompt; 0: the least
   * recently used slot is chosen.
   */
  readonly slotPromptSimilarity: number
  readonly contBatching: boolean
  readonly tokenGapMs: number
}

/**
 * A waiting prompt gets the next chunk at the latest after so many steps, however many short ones
 * come.
 */
const patienceSteps = 8

/**
 * A prompt with a time limit has at most so many rows in a step: the limit is checked between two
 * steps.
 */
const timedRows = 512

/** Rows whose logits are all wanted: each takes memory for the whole vocabulary. */
const rowsWithLogits = 64

export class Scheduler {
  /** Each has the stream with the same number. */
  readonly slots: readonly Slot[]
  readonly #options: SchedulerOptions
  readonly #cache: KvCache
  readonly #budget: PrefillBudget
  readonly #waits: PrefixWaits
  #queue: Sequence[] = []
  #moves: CellMove[] = []
  #nSteps = 0
  readonly #turns = new AdapterTurns()

  constructor(options: SchedulerOptions, cache: KvCache) {
    this.#options = options
    this.#cache = cache
    this.slots = cache.streams.map((stream) => new Slot(stream.id, stream))
    this.#waits = new PrefixWaits(cache)
    this.#budget = new PrefillBudget(options.tokenGapMs, options.nBatch)
  }

  /** Nothing waits and nothing runs. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.slots.every((slot) => slot.isIdle)
  }

  /** The sequences without a slot, in order. */
  get waiting(): readonly Sequence[] {
    return this.#queue
  }

  /** Whether streams wait for their next token, and whether prompts wait to be computed. */
  get work(): { readonly decodes: boolean; readonly prefills: boolean } {
    const running = this.#running.flatMap((slot) => slot.sequence ?? [])
    return {
      decodes: running.some((sequence) => sequence.isDecoding),
      prefills: this.#queue.length > 0 || running.some((sequence) => !sequence.isDecoding),
    }
  }

  accept(sequence: Sequence): void {
    const { slotId } = sequence.task
    assert(slotId >= -1 && slotId < this.slots.length, `there is no slot ${slotId}`)
    assert(sequence.tokens.length <= this.#nCtx, 'the prompt was not cut to the context')
    const canShift = sequence.task.whenContextFull === 'shift' || this.#cache.options.groupAttention.factor > 1
    assert(sequence.task.images.length === 0 || !canShift, 'a sequence with images may be shifted')
    this.#queue.push(sequence)
  }

  /**
   * @returns the sequence of the task, now gone from queue and slots; undefined when it had ended.
   */
  cancel(taskId: number, nowMs: number): Sequence | undefined {
    const waiting = this.#queue.find((sequence) => sequence.task.taskId === taskId)
    if (waiting !== undefined) {
      this.#queue = this.#queue.filter((sequence) => sequence !== waiting)
      return waiting
    }
    const slot = this.slots.find(({ sequence }) => sequence?.task.taskId === taskId)
    const sequence = slot?.sequence
    if (slot !== undefined) this.finish(slot.id, nowMs)
    return sequence
  }

  /** The sequence of a task; undefined when it has ended. */
  find(taskId: number): Sequence | undefined {
    const inSlot = this.slots.find(({ sequence }) => sequence?.task.taskId === taskId)
    return inSlot?.sequence ?? this.#queue.find(({ task }) => task.taskId === taskId)
  }

  /**
   * Slots whose sequences would go on for ever while others wait for a slot: they have no limit and
   * have shifted their context.
   * @returns as many as there are waiting, those with the longest output first.
   */
  get overstayed(): readonly Slot[] {
    const endless = this.slots
      .filter(({ sequence }) => sequence?.hasShifted && isEndless(sequence, this.#nCtx))
      .sort((a, b) => b.sequence!.nPredicted - a.sequence!.nPredicted)
    if (endless.length === 0) return []
    const waiting = this.#queue.filter(({ isHeld }) => !isHeld)
    const named = new Set(waiting.map(({ task }) => task.slotId))
    const nIdle = this.slots.filter((slot) => slot.isIdle).length
    let nMissing = waiting.filter(({ task }) => task.slotId < 0).length - nIdle
    return endless.filter(({ id }) => named.has(id) || nMissing-- > 0)
  }

  /** Called when the sequence has ended: its slot is free, its computed cells stay. */
  finish(slotId: number, nowMs: number): void {
    const slot = this.slots[slotId]!
    if (slot.sequence !== undefined) this.#waits.forget(slot.sequence)
    slot.sequence = undefined
    this.#cache.release(slotId, nowMs)
  }

  /**
   * @param mayPrefill false: streams get their tokens first, if they can run.
   * @returns the next step; undefined when nothing can run.
   */
  schedule(nowMs: number, mayPrefill = true): Step | undefined {
    this.#assignSlots(nowMs)
    this.#moves.push(...this.#waits.end(this.#running, nowMs))
    for (const slot of this.#running) {
      this.#makeRoom(slot)
      this.#moves.push(...this.#cache.group(slot.stream.id))
    }
    const running = this.#running
    const someoneDecodes = running.some((slot) => slot.sequence!.isDecoding)
    const { slots, lastKind } = this.#turns.next(running)
    const decoding = slots.filter((slot) => slot.sequence!.isDecoding)
    const prefilling = slots.filter(({ sequence }) => !sequence!.isDecoding && !this.#waits.isWaiting(sequence!))
    const isPrefillTurn = decoding.length === 0 || (mayPrefill && prefilling.length > 0 && lastKind === 'decode')
    const parts = isPrefillTurn
      ? this.#chooseChunks(prefilling, someoneDecodes)
      : decoding.map((slot) => ({ slot, nRows: 1 }))
    if (parts.length === 0) return undefined
    return this.#plan(isPrefillTurn ? 'prefill' : 'decode', parts, nowMs)
  }

  /** Called when the rows of the step are in the cache. */
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
      'a sequence waits or runs twice',
    )
    for (const slot of this.slots) {
      const { sequence, stream } = slot
      assert(stream.holder === sequence, `slot ${slot.id} and its stream have different sequences`)
      if (sequence === undefined) continue
      const { slotId } = sequence.task
      assert(slotId === -1 || slotId === slot.id, `task for slot ${slotId} runs in ${slot.id}`)
    }
  }

  /** The slots whose sequences can continue. */
  get #running(): Slot[] {
    return this.slots.filter(({ sequence }) => sequence !== undefined && !sequence.isHeld)
  }

  get #nCtx(): number {
    return this.#cache.options.nCtx
  }

  #assignSlots(nowMs: number): void {
    if (!this.#options.contBatching && this.slots.some((slot) => (slot.sequence?.nPredicted ?? 0) > 0)) return
    const stay: Sequence[] = []
    for (const sequence of this.#queue) {
      const slot = sequence.isHeld ? undefined : this.#slotFor(sequence)
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
      const matches = this.#cache.match(sequence)
      const best = matches
        .filter(({ stream }) => !stream.isLeased)
        .reduce((a, b) => (b.nSame > a.nSame || (b.nSame === a.nSame && b.stream.lastUsed < a.stream.lastUsed) ? b : a))
      const isAlike = best.nSame > slotPromptSimilarity * sequence.tokens.length
      if (isAlike && !this.#isBetterCopied(best, matches)) return this.slots[best.stream.id]
    }
    return idle.reduce((a, b) => (b.stream.lastUsed < a.stream.lastUsed ? b : a))
  }

  /**
   * Whether a free stream is better left as it is: most of it would be cut off, or a busy one has
   * more.
   */
  #isBetterCopied({ stream, nSame }: PrefixMatch, matches: readonly PrefixMatch[]): boolean {
    const isMostlyCut = 2 * nSame < stream.nCells && this.#cache.paysToCopy(nSame, 0)
    return isMostlyCut || matches.some((other) => this.#cache.paysToCopy(other.nSame, nSame))
  }

  #occupy(slot: Slot, sequence: Sequence, nowMs: number): void {
    slot.sequence = sequence
    sequence.lastServedStep = this.#nSteps // patience is counted from here
    this.#moves.push(...this.#cache.lease(slot.stream.id, sequence, nowMs))
    this.#waits.begin(slot, this.#running)
  }

  /**
   * A sequence whose next row has no cell drops the older half of its context. Sequences that may
   * not do so have ended before.
   */
  #makeRoom(slot: Slot): void {
    const { sequence } = slot
    if (sequence === undefined || sequence.nComputed < this.#nCtx) return
    assert(sequence.task.whenContextFull === 'shift', 'a sequence that may not be shifted runs with a full context')
    const { start, end } = shiftedRange(sequence, sequence.nComputed, this.#nCtx)
    this.#moves.push(...this.#cache.discard(slot.stream.id, start, end))
  }

  /**
   * Which prompts go on in this step, and with how many tokens. Whole ends of prompts share a
   * step, and parts that others wait for; another part has it alone.
   */
  #chooseChunks(prefilling: readonly Slot[], someoneWaits: boolean): { slot: Slot; nRows: number }[] {
    const budget = someoneWaits ? this.#budget.chunk : this.#options.nBatch
    const most = someoneWaits ? this.#budget.stretchedChunk : this.#options.nBatch
    const parts: { slot: Slot; nRows: number }[] = []
    let nRows = 0
    for (const slot of this.#inTurn(prefilling, most)) {
      const { nComputed, nextImage, nBeforeImage } = slot.sequence!
      if (nextImage !== undefined) {
        if (nRows > 0) continue
        return [{ slot, nRows: nextImage.isNonCausal ? nextImage.nTokens : Math.min(nBeforeImage, budget) }]
      }
      const nNext = Math.min(this.#nToGo(slot.sequence!), nBeforeImage, this.#cache.rowsLeft(nComputed))
      const ownMax = maxRows(slot.sequence!)
      if (nRows + nNext <= Math.min(most, ownMax)) {
        parts.push({ slot, nRows: nNext })
        nRows += nNext
      } else if (nRows === 0) {
        return [{ slot, nRows: Math.min(budget, ownMax) }]
      }
    }
    return parts
  }

  /**
   * Prompts that one step finishes first, the shortest first; then those that have waited longest;
   * no prompt waits for ever.
   */
  #inTurn(prefilling: readonly Slot[], most: number): Slot[] {
    const patience = this.#nSteps - patienceSteps
    const rank = ({ sequence }: Slot): number => {
      if (sequence!.lastServedStep < patience) return 0
      return this.#nToGo(sequence!) <= most ? 1 : 2
    }
    return [...prefilling].sort((a, b) => {
      const byRank = rank(a) - rank(b)
      if (byRank !== 0) return byRank
      if (rank(a) === 1) return this.#nToGo(a.sequence!) - this.#nToGo(b.sequence!)
      return a.sequence!.lastServedStep - b.sequence!.lastServedStep
    })
  }

  /**
   * Rows until its prompt is whole, or until others have what they wait for; too few are not worth
   * a step of their own.
   */
  #nToGo(sequence: Sequence): number {
    const nAwaited = this.#waits.nAwaited(sequence)
    const isCut = nAwaited !== undefined && (nAwaited >= cheapestChunk || !this.#cache.options.canCut)
    return isCut ? Math.min(nAwaited, sequence.nPending) : sequence.nPending
  }

  #plan(kind: Step['kind'], chosen: readonly { slot: Slot; nRows: number }[], nowMs: number): Step {
    const number = this.#nSteps++
    const rows: StepRow[] = []
    let imageRows: ImageRows | undefined
    const outputs: StepOutput[] = []
    const promptRows: PromptRow[] = []
    const retakes: StepOutput[] = []
    const parts: { slotId: number; sequence: Sequence; nRows: number }[] = []
    // sequence ids of a batch are consecutive
    const inSlotOrder = [...chosen].sort((a, b) => a.slot.id - b.slot.id)
    for (const { slot, nRows } of inSlotOrder) {
      const sequence = slot.sequence!
      sequence.lastServedStep = number
      parts.push({ slotId: slot.id, sequence, nRows })
      const end = sequence.nComputed + nRows
      const image = sequence.nextImage
      const before = sequence.nPositionsSaved(sequence.nComputed)
      for (let i = sequence.nComputed; i < end; i++) {
        const wantsToken = i === sequence.tokens.length - 1 && sequence.wantsToken
        if (wantsToken) outputs.push({ row: rows.length, slotId: slot.id, sequence })
        const isJudge = sequence.wantsPromptProbs(i)
        if (isJudge) promptRows.push({ row: rows.length, sequence, token: sequence.tokens[i + 1]! })
        const isRetake = sequence.retakesAfter(i)
        if (isRetake) retakes.push({ row: rows.length, slotId: slot.id, sequence })
        const pos = this.#cache.position(slot.stream.id, i) - before
        rows.push({
          token: sequence.tokens[i]!,
          pos,
          seqId: slot.stream.id,
          wantsLogits: wantsToken || isJudge || isRetake,
        })
      }
      if (image !== undefined) {
        const pos = image.start - sequence.nPositionsSaved(image.start)
        imageRows = {
          image,
          pos,
          start: sequence.nComputed - image.start,
          wantsLogits: outputs.length + retakes.length > 0,
        }
      }
    }
    const moves = this.#moves
    this.#moves = []
    const { adapterScales } = parts[0]!.sequence.task
    const outcome = { outputs, promptRows, retakes }
    return { kind, number, startedAtMs: nowMs, adapterScales, moves, rows, imageRows, parts, ...outcome }
  }
}

/** The maximum of rows of a step that has a chunk of this sequence. */
function maxRows({ task, retakesRows, nextKnown, nBeforeRepeated }: Sequence): number {
  const retakesInChunks = retakesRows && nextKnown !== undefined && nBeforeRepeated === Number.POSITIVE_INFINITY
  const needsLogits = task.nPromptProbs !== undefined || retakesInChunks
  return Math.min(
    needsLogits ? rowsWithLogits : Number.POSITIVE_INFINITY,
    nBeforeRepeated,
    task.tMaxPromptMs > 0 ? timedRows : Number.POSITIVE_INFINITY,
  )
}

/** A limit of so many contexts counts as endless. */
const endlessContexts = 16

function isEndless({ task: { nPredict } }: Sequence, nCtx: number): boolean {
  return nPredict < 0 || nPredict > endlessContexts * nCtx
}
