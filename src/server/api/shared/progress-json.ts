// What a stream that asked for it is told before its first token. What all dialects share of it.
import type { ProgressEvent } from '../../../protocol/report.ts'
import { timingsJson } from '../../generate/request-maker.ts'

export function isProgress<E extends { readonly kind: string }>(event: E | ProgressEvent): event is ProgressEvent {
  return event.kind === 'queued' || event.kind === 'prefill'
}

/** `queue`: its place among the waiting; `prompt_progress`: as llama-server has it. */
export function progressJson(
  event: ProgressEvent,
  { timingsPerToken }: { readonly timingsPerToken: boolean },
): Record<string, unknown> {
  if (event.kind === 'queued') return { queue: { position: event.position, waiting: event.nWaiting } }
  const { nCached, nPrompt, promptMs } = event.timings
  return {
    prompt_progress: { total: event.nTotal, cache: nCached, processed: nCached + nPrompt, time_ms: promptMs },
    ...(timingsPerToken ? { timings: timingsJson(event) } : {}),
  }
}
