// One generation in the engine: its tokens, their progress, its text, and its clock. Knows no slot
// and no FFI.
import { assert } from '../../base/assert.ts'
import type { TokenProbs } from '../../protocol/event.ts'
import type { TaskImage } from '../../protocol/image.ts'
import type { GenerationTask, Resume } from '../../protocol/task.ts'
import type { Timings } from '../../protocol/timings.ts'
import { ImagePlaces } from '../image-places.ts'
import { LineWatch } from './text/line-watch.ts'
import { TextStream } from './text/text-stream.ts'

/**
 * An answer of at most so many tokens goes on in another engine with the very same numbers: its
 * rows are computed one by one, as they were the first time. Rows that are computed together
 * differ in the last bits, which rarely changes a choice.
 */
const maxRepeated = 64

/**
 * The reason why a sequence waits: its reader is too slow; its sampler is being made; its token is
 * being chosen.
 */
export type Hold = 'reader' | 'sampler' | 'token'

export class Sequence {
  readonly task: GenerationTask
  readonly text: TextStream<TokenProbs | undefined>
  readonly lines: LineWatch
  /** The adapters with which its cells are computed; cells of other adapters cannot be used. */
  readonly adapters: string
  /** Prompts of other scopes get no cells of it. */
  readonly scope: string
  readonly #images: ImagePlaces
  /** Prompt and generated tokens at their positions, as far as the context holds them. */
  readonly tokens: number[]
  /** Prompt tokens, after truncation. */
  readonly nPrompt: number
  /** The number of `tokens` in the KV cache. */
  nComputed = 0
  /** The number of prompt tokens that came from the cache. */
  nCached = 0
  nPredicted = 0
  /** Prompt cut or context shifted. */
  isTruncated: boolean
  hasShifted = false
  /** Tokens of an earlier engine are taken with the logits that they were chosen from. */
  retakesRows = false
  /** The number of them that are taken. */
  #nRetaken = 0
  readonly #holds = new Set<Hold>()
  /** Step in which it last got rows, for fairness. */
  lastServedStep = -1
  #startedAt: number | undefined
  #computedAt: number | undefined
  #firstTokenAt: number | undefined
  #lastTokenAt: number | undefined

  constructor(task: GenerationTask, prompt: readonly number[], isTruncated: boolean) {
    assert(prompt.length > 0, 'the prompt is empty')
    this.task = task
    this.tokens = [...prompt]
    this.nPrompt = prompt.length
    this.isTruncated = isTruncated
    this.text = new TextStream(task.stop)
    this.lines = new LineWatch(task.nIndent)
    this.adapters = task.adapterScales.join()
    this.scope = task.cacheScope
    this.#images = new ImagePlaces(task.images)
  }

  /** Tokens that wait to be computed. */
  get nPending(): number {
    return this.tokens.length - this.nComputed
  }

  /**
   * Whether one row of a token is needed next: that of the last one, or of one that an earlier
   * engine computed alone, too.
   */
  get isDecoding(): boolean {
    const isAlone = this.nPending === 1 || (this.nPending > 0 && this.nBeforeRepeated <= 0)
    return isAlone && this.tokens[this.nComputed]! >= 0 // the last row of an image is not a token
  }

  /**
   * The number of rows before those of an earlier engine's tokens that are computed one by one;
   * Infinity where there are none.
   */
  get nBeforeRepeated(): number {
    const { resume } = this.task
    if (resume === undefined || this.hasShifted || resume.tokens.length > maxRepeated) return Number.POSITIVE_INFINITY
    return this.nPrompt - this.nComputed
  }

  /** The image whose rows are next, if an image is. */
  get nextImage(): TaskImage | undefined {
    return this.imageAt(this.nComputed)
  }

  /**
   * The number of rows that can follow in one step: to the end of the next image, or to the
   * beginning of one.
   */
  get nBeforeImage(): number {
    return this.#images.boundaryAfter(this.nComputed, this.tokens.length) - this.nComputed
  }

  imageAt(index: number): TaskImage | undefined {
    return this.#images.at(index)
  }

  /**
   * Positions that images before this token save: with M-RoPE an image takes fewer positions than
   * it has rows.
   */
  nPositionsSaved(index: number): number {
    return this.#images.nPositionsSaved(index)
  }

  /** Whether it gets no rows for now, and no slot if it does not have one yet. */
  get isHeld(): boolean {
    return this.#holds.size > 0
  }

  hold(why: Hold, isOn: boolean): void {
    if (isOn) this.#holds.add(why)
    else this.#holds.delete(why)
  }

  /** Whether the logits after the last token are needed. */
  get wantsToken(): boolean {
    return this.task.nPredict !== 0
  }

  /**
   * Whether the logits after a token of the prompt are needed, for the probabilities of the next
   * one.
   */
  wantsPromptProbs(index: number): boolean {
    const { nPromptProbs, nSystem } = this.task
    const first = Math.max(1, nSystem) + (this.task.resume?.nPromptProbs ?? 0)
    return nPromptProbs !== undefined && index + 1 >= first && index + 1 < this.nPrompt
  }

  get nShared(): number {
    return this.task.nSystem
  }

  /**
   * The number of `nSame` tokens with cells that are used: the last token's logits are needed,
   * those of all tokens if the prompt's probabilities are requested, and images are computed whole.
   */
  reusable(nSame: number): number {
    const { cachePrompt, nSystem, nPromptProbs } = this.task
    if (nPromptProbs !== undefined) return Math.min(nSame, Math.max(0, nSystem - 1), this.tokens.length - 1)
    const nNeeded = this.nextKnown !== undefined ? this.nPrompt + this.#nRetaken : this.tokens.length
    const nMax = Math.min(cachePrompt ? nSame : Math.min(nSame, nSystem), nNeeded - 1)
    return this.imageAt(nMax)?.start ?? nMax
  }

  /** Called when it gets a stream in which `nCached` of its tokens are already computed. */
  begin(nCached: number, nowMs: number): void {
    assert(nCached < this.tokens.length, `all ${nCached} tokens are cached: none is left to compute`)
    this.nComputed = nCached
    this.nCached = nCached
    this.#startedAt = nowMs
  }

  computed(nRows: number, nowMs: number): void {
    this.nComputed += nRows
    this.#computedAt = nowMs
    assert(this.nComputed <= this.tokens.length, `${this.nComputed} computed of ${this.tokens.length} tokens`)
    if (this.nComputed === this.tokens.length) this.#firstTokenAt ??= nowMs
  }

  /** Called when its cells are gone: everything is computed again. */
  restart(): void {
    this.nComputed = 0
    if (this.nPredicted === 0) this.nCached = 0
  }

  append(token: number, nowMs: number): void {
    this.tokens.push(token)
    this.nPredicted++
    this.#lastTokenAt = nowMs
  }

  /**
   * Puts the tokens of an earlier engine behind the prompt.
   * @param nCtx tokens of context of the slot.
   */
  resume({ tokens, nChars }: Resume, nCtx: number): void {
    if (tokens.length === 0) this.text.resume(nChars)
    for (const token of tokens) {
      this.tokens.push(token)
      this.nPredicted++
      if (this.tokens.length <= nCtx) continue
      const { start, end } = shiftedRange(this, nCtx, nCtx)
      this.tokens.splice(start, end - start)
      this.isTruncated = true
      this.hasShifted = true
    }
  }

  /** The next token of an earlier engine that is to be taken again. */
  get nextKnown(): number | undefined {
    return this.task.resume?.tokens[this.#nRetaken]
  }

  /** Whether the logits after this token are wanted, to take the next one again. */
  retakesAfter(index: number): boolean {
    if (!this.retakesRows || this.nextKnown === undefined) return false
    return index + 1 >= this.nPrompt + this.#nRetaken && index + 1 < this.tokens.length
  }

  /** @param piece of `nextKnown`, which is taken now. Its text was sent before. */
  retaken(piece: Uint8Array): void {
    const { tokens, nChars } = this.task.resume!
    const { text } = this.text.push(tokens[this.#nRetaken++]!, piece, undefined)
    this.lines.push(text)
    if (this.#nRetaken === tokens.length) this.text.resume(nChars)
  }

  /** Removes tokens [start, end) from the context. They have been computed. */
  discard(start: number, end: number): void {
    assert(end <= this.nComputed, `tokens to ${end} are discarded, and ${this.nComputed} are computed`)
    this.tokens.splice(start, end - start)
    this.nComputed -= end - start
    this.isTruncated = true
    this.hasShifted = true
  }

  /** The progress of the prompt: like `timings`, for the part computed so far. */
  prefillTimings(nowMs: number): Timings {
    const nPrompt = Math.min(this.nComputed, this.nPrompt) - this.nCached
    const promptMs = nPrompt > 0 ? nowMs - (this.#startedAt ?? nowMs) : 0
    return { nCached: this.nCached, nPrompt, promptMs, nPredicted: 0, predictedMs: 0 }
  }

  /** Whether its prompt has taken longer than the task allows and is not complete yet. */
  isPromptLate(nowMs: number): boolean {
    const { tMaxPromptMs } = this.task
    if (tMaxPromptMs <= 0 || this.nPredicted > 0 || this.nPending === 0) return false
    return nowMs - (this.#startedAt ?? nowMs) >= tMaxPromptMs
  }

  timings(): Timings {
    const started = this.#startedAt ?? 0
    const first = this.#firstTokenAt
    const before = this.task.resume?.timings
    if (before !== undefined) {
      const newMs = first === undefined ? 0 : (this.#lastTokenAt ?? first) - first
      return { ...before, nPredicted: this.nPredicted, predictedMs: before.predictedMs + newMs }
    }
    if (first === undefined) return this.prefillTimings(this.#computedAt ?? started)
    return {
      nCached: this.nCached,
      nPrompt: this.nPrompt - this.nCached,
      promptMs: first - started,
      nPredicted: this.nPredicted,
      predictedMs: (this.#lastTokenAt ?? first) - first,
    }
  }
}

/**
 * The prompt that fits: the first nKeep tokens, then whole blocks of half the rest dropped, the end
 * kept.
 * @param nCtx tokens of context; a shorter prompt is returned unchanged.
 * Source: llama.cpp's server of January 2024 (update_slots).
 */
export function truncatePrompt(
  prompt: readonly number[],
  nCtx: number,
  nKeepAsked: number,
): { tokens: readonly number[]; isTruncated: boolean } {
  if (prompt.length < nCtx) return { tokens: prompt, isTruncated: false }
  const nKeep = effectiveKeep(nKeepAsked, prompt.length, nCtx)
  const block = Math.floor((nCtx - nKeep) / 2)
  const nErased = Math.floor((prompt.length - nKeep - block) / block) * block
  return { tokens: [...prompt.slice(0, nKeep), ...prompt.slice(nKeep + nErased)], isTruncated: true }
}

/**
 * The tokens that leave a context to make room: the older half behind those that stay.
 * @param nComputed tokens of the context that are computed.
 */
export function shiftedRange(
  { task, nPrompt }: Pick<Sequence, 'task' | 'nPrompt'>,
  nComputed: number,
  nCtx: number,
): { readonly start: number; readonly end: number } {
  const { nKeep, nDiscard } = task
  const start = effectiveKeep(nKeep, nPrompt, nCtx) + 1
  const nAfterKeep = nComputed - start
  return { start, end: start + (nDiscard > 0 ? Math.min(nDiscard, nAfterKeep - 1) : Math.floor(nAfterKeep / 2)) }
}

/** The effective `n_keep`: -1 is the whole prompt, and four positions stay free. */
export function effectiveKeep(nKeep: number, nPrompt: number, nCtx: number): number {
  return Math.max(0, Math.min(nKeep < 0 ? nPrompt : nKeep, nCtx - 4))
}
