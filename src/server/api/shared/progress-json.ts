// The progress before the first token, for streams that ask for it; under llama-server's names.
import type { ProgressEvent } from '../../../protocol/report.ts'
import type { ImagesEvent } from '../../generate/images.ts'
import { timingsJson } from './timings-json.ts'

/** The number of encoded images or tiles. */
export function imagesJson({ nDone, nTotal }: ImagesEvent): Record<string, unknown> {
  return { image_progress: { processed: nDone, total: nTotal } }
}

/** `queue`: the place in the queue; `prompt_progress`: as in llama-server. */
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
