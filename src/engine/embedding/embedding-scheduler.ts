// Chooses the waiting inputs to compute next. Pure: it plans steps and receives their results.
//
//   accept → queue of each task ─▶ a sequence of the context ─▶ rows without vectors ─▶ rows with them ─▶ done
import { assert } from '../../base/assert.ts'
import type { EmbeddingTask } from '../../protocol/embedding.ts'
import type { ImageRows, StepRow } from '../scheduler/step.ts'
import { EmbeddingJob, type RowsThatCount } from './embedding-job.ts'

export type EmbeddingSchedulerOptions = {
  readonly rows: RowsThatCount
  /** The number of inputs that can be in the context at a time. */
  readonly nSequences: number
  /** The number of tokens that they can have together. */
  readonly nCells: number
  /** The maximum number of rows of a step that output vectors. */
  readonly maxVectors: number
}

/** One step: either all its rows output vectors, or none does. */
export type EmbeddingStep = {
  readonly wantsVectors: boolean
  readonly adapterScales: readonly number[]
  readonly rows: readonly StepRow[]
  /** The images behind the rows when they are not tokens; they then belong to one input. */
  readonly imageRows: ImageRows | undefined
  /** In the order of their rows. */
  readonly parts: readonly { readonly job: EmbeddingJob; readonly start: number; readonly nRows: number }[]
}

/** The shortest inputs go first, but after so many steps without rows an input is next. */
const patienceSteps = 8

export class EmbeddingScheduler {
  readonly #options: EmbeddingSchedulerOptions
  /** The inputs of each task that have not begun; the task whose turn it is comes first. */
  #waiting: EmbeddingJob[][] = []
  #running: EmbeddingJob[] = []
  readonly #freeSequences: number[]
  #lastWantedVectors = false
  #nSteps = 0

  constructor(options: EmbeddingSchedulerOptions) {
    this.#options = options
    this.#freeSequences = Array.from({ length: options.nSequences }, (_, id) => id)
  }

  get isIdle(): boolean {
    return this.#running.length === 0 && this.#waiting.length === 0
  }

  accept(task: EmbeddingTask): void {
    const jobs = task.inputs.map((input, index) => new EmbeddingJob(task, index, input, this.#options.rows))
    for (const { tokens } of jobs)
      assert(
        tokens.length <= this.#options.nCells,
        `an input of ${tokens.length} tokens has no room in ${this.#options.nCells} cells`,
      )
    this.#waiting.push(jobs)
  }

  /** @returns the sequences whose cells are no longer needed; none when the task has ended. */
  cancel(taskId: number): number[] {
    this.#waiting = this.#waiting.filter(([job]) => job!.taskId !== taskId)
    const cancelled = this.#running.filter((job) => job.taskId === taskId)
    return cancelled.map((job) => this.#release(job))
  }

  /**
   * @param maxRows of the step; an input that is computed whole may have more.
   * @returns undefined when nothing waits.
   */
  schedule(maxRows: number): EmbeddingStep | undefined {
    this.#admit()
    const [oldest] = this.#running
    if (oldest === undefined) return undefined
    const together = this.#running.filter(({ adapters }) => adapters === oldest.adapters)
    const atVectors = together.filter((job) => job.isAtVectors)
    const before = together.filter((job) => !job.isAtVectors)
    const wantsVectors = before.length === 0 || (atVectors.length > 0 && !this.#lastWantedVectors)
    const most = wantsVectors ? Math.min(maxRows, this.#options.maxVectors) : maxRows
    return this.#plan(this.#choose(wantsVectors ? atVectors : before, most), wantsVectors)
  }

  /**
   * Called when the rows of the step are computed. @returns the inputs that are done; their cells
   * are no longer needed.
   */
  settle(step: EmbeddingStep): EmbeddingJob[] {
    this.#lastWantedVectors = step.wantsVectors
    this.#nSteps++
    for (const { job, nRows } of step.parts) {
      job.nComputed += nRows
      job.lastStep = this.#nSteps
    }
    const done = step.parts.map(({ job }) => job).filter((job) => job.isDone)
    for (const job of done) this.#release(job)
    return done
  }

  /** @throws AssertionError when the records contradict each other. */
  checkInvariants(): void {
    const { nSequences, nCells } = this.#options
    const ids = [...this.#running.map(({ seqId }) => seqId), ...this.#freeSequences]
    assert(new Set(ids).size === nSequences && ids.length === nSequences, 'a sequence is lost, or used twice')
    assert(this.#nCellsUsed <= nCells, `${this.#nCellsUsed} of ${nCells} cells are used`)
    for (const job of this.#running) assert(job.nComputed < job.nNeeded, 'an input that is done still runs')
    for (const jobs of this.#waiting) assert(jobs.length > 0, 'a task without inputs still waits')
  }

  get #nCellsUsed(): number {
    return this.#running.reduce((sum, { tokens }) => sum + tokens.length, 0)
  }

  /**
   * Tasks take turns. The input whose turn it is waits until there is room, and the others wait
   * with it: otherwise it might wait for ever.
   */
  #admit(): void {
    let room = this.#options.nCells - this.#nCellsUsed
    for (;;) {
      const [jobs] = this.#waiting
      const job = jobs?.[0]
      if (job === undefined || this.#freeSequences.length === 0 || job.tokens.length > room) return
      room -= job.tokens.length
      job.seqId = this.#freeSequences.shift()!
      job.lastStep = this.#nSteps // patience is counted from here
      this.#running.push(job)
      const rest = jobs!.slice(1)
      this.#waiting = rest.length > 0 ? [...this.#waiting.slice(1), rest] : this.#waiting.slice(1)
    }
  }

  #choose(jobs: readonly EmbeddingJob[], most: number): { job: EmbeddingJob; nRows: number }[] {
    const parts: { job: EmbeddingJob; nRows: number }[] = []
    let nRows = 0
    for (const job of this.#inTurn(jobs)) {
      const { nextImage, nNext, isWhole } = job
      if (nextImage !== undefined) {
        if (nRows > 0) continue
        return [{ job, nRows: nextImage.isNonCausal ? nextImage.nTokens : Math.min(nNext, most) }]
      }
      const fits = nRows + nNext <= most
      if (!fits && isWhole && nRows > 0) continue
      const nTaken = fits || isWhole ? nNext : most - nRows
      parts.push({ job, nRows: nTaken })
      nRows += nTaken
      if (nRows >= most) break
    }
    return parts
  }

  /** Those that have waited too long, then the shortest. */
  #inTurn(jobs: readonly EmbeddingJob[]): EmbeddingJob[] {
    const hasWaited = (job: EmbeddingJob) => job.lastStep < this.#nSteps - patienceSteps
    return [...jobs].sort((a, b) => {
      if (hasWaited(a) !== hasWaited(b)) return hasWaited(a) ? -1 : 1
      return hasWaited(a) ? a.lastStep - b.lastStep : a.nNext - b.nNext
    })
  }

  #plan(chosen: readonly { job: EmbeddingJob; nRows: number }[], wantsVectors: boolean): EmbeddingStep {
    const parts = chosen.map(({ job, nRows }) => ({ job, start: job.nComputed, nRows }))
    const rows = parts.flatMap(({ job, start, nRows }) =>
      Array.from({ length: nRows }, (_, i) => ({
        token: job.tokens[start + i]!,
        pos: job.position(start + i),
        seqId: job.seqId,
        wantsLogits: wantsVectors,
      })),
    )
    const { job, start } = parts[0]!
    const image = job.nextImage
    const imageRows: ImageRows | undefined = image && {
      image,
      pos: job.position(image.start),
      start: start - image.start,
      wantsLogits: wantsVectors,
    }
    return { wantsVectors, adapterScales: job.adapterScales, rows, imageRows, parts }
  }

  #release(job: EmbeddingJob): number {
    this.#running = this.#running.filter((other) => other !== job)
    this.#freeSequences.push(job.seqId)
    return job.seqId
  }
}
