// The report of a step: what was computed, or why it failed.
import type { ErrorRecord } from '../../base/errors.ts'
import type { StepWork } from '../../protocol/report.ts'
import { noRoom } from '../runner/kv-context.ts'
import type { Slot } from '../scheduler/slot.ts'
import type { Step } from '../scheduler/step.ts'

/** @param ms the duration of its rows. Call it before any token is settled. */
export function workOf({ rows, parts, outputs }: Step, slots: readonly Slot[], ms: number): StepWork {
  const nPromptRows = parts.reduce((sum, { sequence, nRows }) => sum + (sequence.nPredicted === 0 ? nRows : 0), 0)
  const nBusy = slots.filter((slot) => !slot.isIdle).length
  return { ms, nRows: rows.length, nPromptRows, nGenerated: outputs.length, nBusy }
}

/** @param code of llama_decode, not 0. */
export function stepError(code: number): ErrorRecord {
  const message =
    code === noRoom
      ? 'Context size has been exceeded: the requests that run share it, and there is no room for their next tokens'
      : `the engine could not compute this request (llama_decode returned ${code})`
  return { kind: 'server', message }
}
