// The tasks in the engine, and those that still wait here, where leaving costs nothing. Pure.
import type { EmbeddingTask } from '../../protocol/embedding.ts'
import type { GenerationTask } from '../../protocol/task.ts'

export type ChannelTask = GenerationTask | EmbeddingTask

/**
 * The number of tasks in the engine beside those in slots: enough that it never waits for the next
 * one.
 */
const nAhead = 8
/** The same, of tasks for one slot. */
const nAheadOfSlot = 2
/** Texts to embed are computed side by side. */
const nEmbedding = 64

type Lane = { readonly inEngine: Set<number>; readonly waiting: Map<number, ChannelTask> }

/**
 * Tasks for any slot, for one slot and for no slot do not wait for each other: each kind has a
 * lane, first come, first served.
 */
export class Lanes {
  readonly #lanes = new Map<number | 'embed', Lane>()
  #nSlots = 1

  /** The engine's number of slots, once it is known. */
  set nSlots(nSlots: number) {
    this.#nSlots = nSlots
  }

  /** @returns whether it may go to the engine now; otherwise it waits until `ended` returns it. */
  admit(task: ChannelTask): boolean {
    const lane = this.#laneOf(task)
    if (lane.inEngine.size < this.#widthOf(task)) {
      lane.inEngine.add(task.taskId)
      return true
    }
    lane.waiting.set(task.taskId, task)
    return false
  }

  /**
   * Called when a task has ended, or its reader has left. @returns whether the engine had it, and
   * the next task for the engine.
   */
  ended(task: ChannelTask): { readonly wasInEngine: boolean; readonly next: ChannelTask | undefined } {
    const lane = this.#laneOf(task)
    lane.waiting.delete(task.taskId)
    const wasInEngine = lane.inEngine.delete(task.taskId)
    const [next] = lane.waiting.values()
    if (!wasInEngine || next === undefined) return { wasInEngine, next: undefined }
    lane.waiting.delete(next.taskId)
    lane.inEngine.add(next.taskId)
    return { wasInEngine, next }
  }

  isInEngine(task: ChannelTask): boolean {
    return this.#laneOf(task).inEngine.has(task.taskId)
  }

  /** Forgets all tasks. */
  clear(): void {
    this.#lanes.clear()
  }

  /** The generations that wait here, in order of arrival. */
  get waiting(): readonly GenerationTask[] {
    const tasks = [...this.#lanes.values()].flatMap(({ waiting }) => [...waiting.values()])
    return tasks.filter((task) => task.kind === 'generate').sort((a, b) => a.taskId - b.taskId)
  }

  get nWaiting(): number {
    let n = 0
    for (const [key, { waiting }] of this.#lanes) if (key !== 'embed') n += waiting.size
    return n
  }

  #laneOf(task: ChannelTask): Lane {
    const key = task.kind === 'embed' ? 'embed' : task.slotId
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { inEngine: new Set(), waiting: new Map() }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #widthOf(task: ChannelTask): number {
    if (task.kind === 'embed') return nEmbedding
    return task.slotId < 0 ? this.#nSlots + nAhead : 1 + nAheadOfSlot
  }
}
