// Whose turn it is among sequences with different LoRA adapters: libllama applies one set of them to all rows of a decode.
import type { Slot } from './slot.ts'
import type { Step } from './step.ts'

type Turn = { readonly step: number; readonly kind: Step['kind'] }

export class AdapterTurns {
  /** The last step of each set of adapters that is at work; for a new one, the last step when it came. */
  #last = new Map<string, Turn>()
  #nSteps = 0

  /**
   * @param running the slots that are at work.
   * @returns those that share a step now: the set whose last step is the longest ago, with the kind of that step.
   */
  next(running: readonly Slot[]): { readonly slots: readonly Slot[]; readonly lastKind: Step['kind'] } {
    const newcomer: Turn = { step: this.#nSteps, kind: 'prefill' }
    this.#last = new Map(running.map((slot) => [adaptersOf(slot), this.#last.get(adaptersOf(slot)) ?? newcomer]))
    const [first, ...others] = this.#last
    if (first === undefined) return { slots: [], lastKind: 'prefill' }
    const [chosen, turn] = others.reduce((a, b) => (b[1].step < a[1].step ? b : a), first)
    return { slots: running.filter((slot) => adaptersOf(slot) === chosen), lastKind: turn.kind }
  }

  /** The step is computed. */
  settle({ number, kind, parts }: Step): void {
    this.#nSteps = number + 1
    this.#last.set(parts[0]!.sequence.adapters, { step: this.#nSteps, kind })
  }
}

function adaptersOf({ sequence }: Slot): string {
  return sequence!.adapters
}
