// A life of the engine process. Imported before the rest of the server: the model takes longest to
// load.
import type { FromEngine } from '../../protocol/event.ts'
import type { EngineOptions, ToEngine } from '../../protocol/task.ts'
import { type Child, ForkedChild } from '../process/child.ts'

export type EngineChild = Child<ToEngine, FromEngine>

/** Starts the process, which loads the model; returns without waiting. */
export function startEngine(options: EngineOptions): EngineChild {
  const sendsFloats = options.takesImages || options.embeddings !== undefined
  const fork = { name: 'engine', serialization: sendsFloats ? 'advanced' : 'json' } as const
  return new ForkedChild(fork, { kind: 'load', options })
}
