// Requests from the server to the engine other than generations: orders and questions, each with
// one answer. Plain data.
import type { ErrorRecord } from '../base/errors.ts'

export type SlotFile = { readonly slotId: number; readonly path: string }
export type SlotFileDone = { readonly nTokens: number; readonly nBytes: number; readonly ms: number }

/** Each action with its input and its answer. */
export type ControlActions = {
  /** Empties a slot's cache, once the slot is idle. */
  'erase-slot': { readonly ask: { readonly slotId: number }; readonly answer: { readonly nErased: number } }
  /** Writes the contents of a slot to a file, once the slot is idle. */
  'save-slot': { readonly ask: SlotFile; readonly answer: SlotFileDone }
  /** Replaces the contents of a slot with those of a file, once the slot is idle. */
  'restore-slot': { readonly ask: SlotFile; readonly answer: SlotFileDone }
}

export type ControlAction = keyof ControlActions
export type AskOf<A extends ControlAction> = ControlActions[A]['ask']
export type AnswerOf<A extends ControlAction> = ControlActions[A]['answer']

export type ControlTask<A extends ControlAction = ControlAction> = {
  readonly [K in A]: { readonly kind: 'control'; readonly taskId: number; readonly action: K; readonly ask: AskOf<K> }
}[A]

/** The one answer to a control task. */
export type ControlEvent =
  | { readonly kind: 'done'; readonly taskId: number; readonly answer: AnswerOf<ControlAction> }
  | { readonly kind: 'error'; readonly taskId: number; readonly error: ErrorRecord }
