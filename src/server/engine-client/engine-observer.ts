// An observer that counts messages to and from the engine. Called at once, also for events that no
// handler reads.
import type { StepMessage } from '../../protocol/event.ts'

export type EngineObserver = {
  /** A task is on its way to the engine. */
  readonly sent: (taskId: number) => void
  readonly stepped: (message: StepMessage) => void
  /** The client of a task went away before its end. */
  readonly left: (taskId: number) => void
  /** A task ended with an error that the engine did not report. */
  readonly failed: (taskId: number) => void
  /** The engine ended by itself; tasks wait for the next one. */
  readonly died: () => void
}
