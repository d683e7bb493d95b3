// An observer that counts messages to and from the engine. Called at once, also for events that no
// handler reads.
import type { StepMessage } from '../../protocol/event.ts'

export type EngineObserver = {
  /** A task is on its way to the engine. */
  readonly sent: (taskId: number) => void
  readonly stepped: (message: StepMessage) => void
  /** The client of a task went away before its end. */
  readonly left: (taskId: number) => void
  /** The engine ended unexpectedly, and all tasks with it. */
  readonly died: () => void
}
