// Reports to tasks that ask for it, until their first token: their place in the queue, then the
// progress of their prompt.
import type { ProgressEvent } from '../../protocol/report.ts'
import type { Sequence } from '../generation/sequence.ts'
import type { Slot } from '../scheduler/slot.ts'

export class Progress {
  readonly #places = new WeakMap<Sequence, { readonly position: number; readonly nWaiting: number }>()
  readonly #begun = new WeakSet<Sequence>()

  /** New places in the queue, and prompts that begin. */
  beforeStep(waiting: readonly Sequence[], slots: readonly Slot[], nowMs: number): ProgressEvent[] {
    const events: ProgressEvent[] = []
    const nWaiting = waiting.length
    for (const [i, sequence] of waiting.entries()) {
      const { wantsProgress, taskId } = sequence.task
      if (!wantsProgress) continue
      const position = i + 1
      const told = this.#places.get(sequence)
      if (told?.position === position && told.nWaiting === nWaiting) continue
      this.#places.set(sequence, { position, nWaiting })
      events.push({ kind: 'queued', taskId, position, nWaiting })
    }
    for (const { id, sequence } of slots) {
      if (sequence === undefined || !sequence.task.wantsProgress || this.#begun.has(sequence)) continue
      this.#begun.add(sequence)
      events.push(prefillOf(sequence, id, nowMs))
    }
    return events
  }

  /** @param parts the parts of prompts in the step, before any token is chosen from it. */
  afterStep(
    parts: readonly { readonly slotId: number; readonly sequence: Sequence }[],
    nowMs: number,
  ): ProgressEvent[] {
    return parts
      .filter(({ sequence }) => sequence.task.wantsProgress && sequence.nPredicted === 0)
      .map(({ sequence, slotId }) => prefillOf(sequence, slotId, nowMs))
  }
}

function prefillOf(sequence: Sequence, slotId: number, nowMs: number): ProgressEvent {
  const { task, nPrompt } = sequence
  const timings = sequence.prefillTimings(nowMs)
  return { kind: 'prefill', taskId: task.taskId, slotId, nTotal: nPrompt, timings }
}
