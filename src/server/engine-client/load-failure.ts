// Explains why an engine ended while it loaded its model, if the system gave no reason. Pure.
import type { EngineOptions } from '../../protocol/task.ts'
import type { Exit } from '../process/child.ts'

export type Sizes = {
  /** Size of the model file; undefined if it cannot be read. */
  readonly modelBytes: number | undefined
  /** Memory of this machine, or of the container. */
  readonly memoryBytes: number
}

/**
 * @returns undefined unless it was killed by SIGKILL: Linux so ends a process for which it has no
 *   memory.
 */
export function explainKilledLoad(
  { signal }: Exit,
  { nCtx, nSlots }: Pick<EngineOptions, 'nCtx' | 'nSlots'>,
  { modelBytes, memoryBytes }: Sizes,
): string | undefined {
  if (signal !== 'SIGKILL') return undefined
  const model = modelBytes === undefined ? 'the model' : `the model's ${gigabytes(modelBytes)}`
  const slots = nSlots === 1 ? 'a slot' : `${nSlots} slots`
  const context = nCtx > 0 ? `${nCtx} tokens of context in ${slots}` : `the context of ${slots}`
  return (
    `the engine was killed while it loaded the model, probably out of memory: there are ${gigabytes(memoryBytes)} for ` +
    `${model}, ${context} and everything else; try a smaller -c, fewer slots (-np) or a smaller quantization`
  )
}

function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
