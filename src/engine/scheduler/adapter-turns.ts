// Gives turns to sequences with different LoRA adapters: libllama applies one set of adapters to
// all rows of a decode.
import type { Slot } from './slot.ts'
import type { Step } from './step.ts'

type Turn = { readonly step: number; readonly kind: Step['kind'] }

export class AdapterTurns {
  /** The last step of each active set of adapters; for a new set, the last step when it arrived. */
  #last = new Map<string, Turn>()
  #nSteps = 0

  /**
   * @param running the slots that are at work.
   * @returns the slots that share the next step: the set with the oldest last step, and the kind of
   *   that step.
   */
  next(running: readonly Slot[]): { readonly slots: readonly Slot[]; readonly lastKind: Step['kind'] } {
    const newcomer: Turn = { step: this.#nSteps, kind: 'prefill' }
    this.#last = new Map(running.map((slot) => [adaptersOf(slot), this.#last.get(adaptersOf(slot)) ?? newcomer]))
    const [first, ...others] = this.#last
    if (first === undefined) return { slots: [], lastKind: 'prefill' }
    const [chosen, turn] = others.reduce((a, b) => (b[1].step < a[1].step ? b : a), first)
    return { slots: running.filter((slot) => adaptersOf(slot) === chosen), lastKind: turn.kind }
  }

  /** Called when the step is computed. */
  settle({ number, kind, parts }: Step): void {
    this.#nSteps = number + 1
    this.#last.set(parts[0]!.sequence.adapters, { step: this.#nSteps, kind })
  }
}

function adaptersOf({ sequence }: Slot): string {
  return sequence!.adapters
}
