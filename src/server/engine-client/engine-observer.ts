// Who counts what goes to the engine and comes from it. Told at once, also of what no handler reads.
import type { StepMessage } from '../../protocol/event.ts'

export type EngineObserver = {
  /** A task is on its way to the engine. */
  readonly sent: (taskId: number) => void
  readonly stepped: (message: StepMessage) => void
  /** The client of a task went away before its end. */
  readonly left: (taskId: number) => void
  /** The engine ended by itself, and all tasks with it. */
  readonly died: () => void
}
