// The changes of the slots since the last report, from which the server knows their state without
// asking.
import type { SlotChange, SlotState } from '../../protocol/report.ts'
import type { Slot } from '../scheduler/slot.ts'

const atTheStart: SlotState = { taskId: null, nCells: 0, nPrompt: 0, nCached: 0, nPredicted: 0 }

const keys = Object.keys(atTheStart) as (keyof SlotState)[]

export class SlotWatch {
  readonly #told: SlotState[] = []

  /** Returns only new slots and changed fields, and counts them as reported. */
  changes(slots: readonly Slot[]): SlotChange[] {
    const changes: SlotChange[] = []
    for (const slot of slots) {
      const told = this.#told[slot.id] ?? atTheStart
      const now = stateOf(slot)
      // a new task is reported in full: otherwise whoever counts its prompt would read an unchanged
      // number as 0
      const isNew = now.taskId !== told.taskId && now.taskId !== null
      const changed = isNew ? keys : keys.filter((key) => now[key] !== told[key])
      if (changed.length === 0) continue
      this.#told[slot.id] = now
      changes.push({ id: slot.id, ...Object.fromEntries(changed.map((key) => [key, now[key]])) })
    }
    return changes
  }
}

function stateOf({ sequence, stream: { nCells } }: Slot): SlotState {
  if (sequence === undefined) return { ...atTheStart, nCells }
  const { task, nPrompt, nCached, nPredicted } = sequence
  return { taskId: task.taskId, nCells, nPrompt, nCached, nPredicted }
}
