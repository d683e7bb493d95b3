// The state of the engine as last reported: the state of each slot, and the tasks in progress.
import type { StepMessage } from '../../protocol/event.ts'
import type { SlotState } from '../../protocol/report.ts'
import type { GenerationTask } from '../../protocol/task.ts'

export type KnownTask = Omit<GenerationTask, 'taskId' | 'kind'>

export type KnownSlot = SlotState & {
  readonly id: number
  /** Its task, unless the client has gone away and the engine does not know yet. */
  readonly task: KnownTask | undefined
}

const idle: SlotState = { taskId: null, nCells: 0, nPrompt: 0, nCached: 0, nPredicted: 0 }

export class TaskBoard {
  readonly #tasks = new Map<number, KnownTask>()
  /** Tasks that need no slot. */
  readonly #embedding = new Set<number>()
  #slots: SlotState[] = []

  /** Another engine: its slots are empty. Tasks wait for it. */
  reset(nSlots: number): void {
    this.#slots = Array.from({ length: nSlots }, () => idle)
  }

  sent(taskId: number, task: KnownTask): void {
    this.#tasks.set(taskId, task)
  }

  sentEmbedding(taskId: number): void {
    this.#embedding.add(taskId)
  }

  ended(taskId: number): void {
    this.#tasks.delete(taskId)
    this.#embedding.delete(taskId)
  }

  stepped({ slots, events }: StepMessage): void {
    for (const { id, ...change } of slots) this.#slots[id] = { ...(this.#slots[id] ?? idle), ...change }
    for (const { kind, taskId } of events) if (kind === 'finish' || kind === 'error') this.#tasks.delete(taskId)
  }

  get slots(): readonly KnownSlot[] {
    return this.#slots.map((slot, id) => ({
      ...slot,
      id,
      task: slot.taskId === null ? undefined : this.#tasks.get(slot.taskId),
    }))
  }

  /** Whether a slot worked for the task when it was reported last. */
  isRunning(taskId: number): boolean {
    return this.#slots.some((slot) => slot.taskId === taskId) || this.#embedding.has(taskId)
  }

  get nBusy(): number {
    return this.#slots.filter(({ taskId }) => taskId !== null).length
  }

  /** Embedding requests in progress. */
  get nEmbedding(): number {
    return this.#embedding.size
  }

  /** Tasks without a slot, including those that the engine does not know yet. */
  get nWaiting(): number {
    const running = new Set(this.#slots.map(({ taskId }) => taskId))
    let n = 0
    for (const taskId of this.#tasks.keys()) if (!running.has(taskId)) n++
    return n
  }

  /** Tokens in the KV cache. */
  get nCells(): number {
    return this.#slots.reduce((sum, { nCells }) => sum + nCells, 0)
  }
}
