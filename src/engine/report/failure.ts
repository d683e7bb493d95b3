// The last event of a task that cannot be served.
import { type ErrorRecord, messageOf, RequestError } from '../../base/errors.ts'
import type { FromEngine } from '../../protocol/event.ts'
import { recordOf } from '../control.ts'

type Failure = { readonly kind: 'error'; readonly taskId: number; readonly error: ErrorRecord }

/**
 * @param error a RequestError gives the reason; anything else is a bug of ours, which ends only
 *   this task and is logged.
 */
export function failure(taskId: number, error: unknown, send: (message: FromEngine) => void): Failure {
  if (error instanceof RequestError) return { kind: 'error', taskId, error: recordOf(error) }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  send({ kind: 'log', level: 'error', text: `the engine failed in a request: ${text}` })
  const message = `the engine failed in this request: ${messageOf(error)}`
  return { kind: 'error', taskId, error: { kind: 'server', message } }
}
