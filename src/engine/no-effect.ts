// Warnings about flags that have no effect on this machine or with this model, as sentences for the
// log.
import type { EngineOptions } from '../protocol/task.ts'

export type Machine = {
  readonly packageName: string
  readonly hasGpu: boolean
  readonly isNuma: boolean
  /** Keys of --override-kv that the loader did not read. */
  readonly unusedOverrides: readonly string[]
  /** The reason why memory could not be locked. */
  readonly lockProblem: string | undefined
}

export function noEffect(options: EngineOptions, machine: Machine): string[] {
  const { gpuLayers, mainGpu, tensorSplit, splitMode } = options
  const ofGpus = [
    ...(gpuLayers > 0 ? [`-ngl ${gpuLayers}`] : []),
    ...(mainGpu > 0 ? [`-mg ${mainGpu}`] : []),
    ...(tensorSplit.length > 0 ? [`-ts ${tensorSplit}`] : []),
    ...(splitMode === 'layer' ? [] : [`-sm ${splitMode}`]),
  ]
  return [
    ...(machine.hasGpu
      ? []
      : ofGpus.map((flag) => `${flag} has no effect: the engine ${machine.packageName} computes on the CPU`)),
    ...(options.numa === undefined || machine.isNuma
      ? []
      : [`--numa ${options.numa} has no effect: this machine has one node of memory`]),
    ...(machine.lockProblem === undefined ? [] : [`--mlock: the model is not locked in RAM: ${machine.lockProblem}`]),
    ...machine.unusedOverrides.map((key) => `--override-kv ${key} has no effect: this model does not ask for it`),
  ]
}
